/* SPDX-License-Identifier: MIT */
/*
 * What libyaml cannot read, in words for people.
 */
#ifndef AGENTOS_RULES_YAML_PROBLEM_H
#define AGENTOS_RULES_YAML_PROBLEM_H

#include <stddef.h>
#include <yaml.h>

/**
 * yaml_problem() - why yaml_parser_parse() has failed
 * @text:     what it reads, @size bytes
 * @out_mark: where; written with the answer
 *
 * Return: a literal, or libyaml's; NULL when memory is short.
 */
const char *yaml_problem(const yaml_parser_t *parser, const char *text, size_t size,
			 yaml_mark_t *out_mark);

#endif
