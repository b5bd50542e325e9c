/* SPDX-License-Identifier: MIT */
#ifndef WORDS_H
#define WORDS_H

#include <stdio.h>

unsigned long words_count(FILE *in);

#endif
