/* SPDX-License-Identifier: MIT */
/*
 * Rules: their keys, and that they can match.
 */
#include <stdint.h>
#include <string.h>

#include "common/printable.h"
#include "rules/compile.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NAME_MAX_BYTES 100

/* A name stands in messages and records, and must not be taken for one of ours. */
static bool read_name(struct compile *compile, const struct node *node, void *out)
{
	struct rule *rule = out;
	char shown[2 * NAME_MAX_BYTES];

	if (!compile_is_word(compile, node))
		return false;
	if (strlen(node->text) > NAME_MAX_BYTES)
		return compile_fail(compile, node, "a name has at most %d bytes", NAME_MAX_BYTES);
	if (strcmp(printable_copy(node->text, shown, sizeof(shown)), node->text) != 0)
		return compile_fail(compile, node, "a name has visible characters only");
	if (strcmp(node->text, DEFAULT_RULE) == 0 || strncmp(node->text, "guard-", 6) == 0)
		return compile_fail(compile, node, "the name '%s' is kept for agentos itself",
				    node->text);
	rule->name = node->text;
	return true;
}

static bool read_message(struct compile *compile, const struct node *node, void *out)
{
	return compile_words(compile, node, &((struct rule *)out)->message);
}

static bool read_description(struct compile *compile, const struct node *node, void *out)
{
	(void)out;
	return compile_is_word(compile, node);
}

/* Words of the original for a part of what an action is (policy-language.md, "Aliases"). */
static bool item_on(struct compile *compile, const struct node *node, void *out)
{
	static const unsigned mail = ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_API_CALL) |
				     ACTION_BIT(ACTION_TOOL_CALL);
	struct rule *rule = out;
	unsigned before = rule->actions;
	bool good = true;

	if (node->kind == NODE_SCALAR && strcmp(node->text, "database_write") == 0) {
		rule->actions |= ACTION_BIT(ACTION_DATABASE_QUERY);
		rule->changes_only = !(before & ACTION_BIT(ACTION_DATABASE_QUERY));
	} else if (node->kind == NODE_SCALAR && strcmp(node->text, "send_email") == 0) {
		rule->actions |= mail;
		rule->mail_actions |= mail & ~before;
	} else {
		unsigned one = 0;

		good = compile_action(compile, node, &one);
		rule->actions |= one;
		/* What is named itself counts whole. */
		rule->mail_actions &= ~one;
		rule->changes_only = rule->changes_only && one != ACTION_BIT(ACTION_DATABASE_QUERY);
	}
	return good;
}

static bool read_on(struct compile *compile, const struct node *node, void *out)
{
	return compile_items(compile, node, item_on, out);
}

static bool read_verdict(struct compile *compile, const struct node *node, void *out)
{
	return compile_verdict(compile, node, &((struct rule *)out)->verdict);
}

/* What comes with a refusal: the verdicts of the same names. */
static bool read_signal(struct compile *compile, const struct node *node, void *out)
{
	return compile_signal(compile, node, &((struct rule *)out)->signal);
}

static bool read_enabled(struct compile *compile, const struct node *node, void *out)
{
	return compile_bool(compile, node, &((struct rule *)out)->enabled);
}

/*
 * What bounds a rule in number and time.
 */

static bool read_limit(struct compile *compile, const struct node *node, void *out)
{
	struct rule *rule = out;

	if (!compile_is_word(compile, node))
		return false;
	rule->has_limit = rate_parse(node->text, &rule->limit);
	return rule->has_limit ||
	       compile_fail(compile, node,
			    "'%.80s' is no limit; hint: write 100/hour, 20/minute or 3/10m",
			    node->text);
}

static bool read_limit_by(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = {
		[LIMIT_BY_RUN] = "run",		[LIMIT_BY_AGENT] = "agent",
		[LIMIT_BY_PROGRAM] = "program", [LIMIT_BY_HOST] = "host",
		[LIMIT_BY_RULE] = "rule",
	};

	if (!compile_is_word(compile, node))
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcmp(words[i], node->text) != 0)
			continue;
		((struct rule *)out)->limit_by = (enum limit_by)i;
		return true;
	}
	return compile_unknown(compile, node->line, node->column, "word", node->text, words,
			       COUNT_OF(words));
}

static bool read_until(struct compile *compile, const struct node *node, void *out)
{
	if (!compile_is_word(compile, node))
		return false;
	return date_parse(node->text, &((struct rule *)out)->until) ||
	       compile_fail(compile, node,
			    "'%.80s' is no date; hint: write 2026-12-31 or 2026-12-31T18:00:00Z",
			    node->text);
}

static bool read_timeout(struct compile *compile, const struct node *node, void *out)
{
	uint64_t seconds;

	if (!compile_is_word(compile, node))
		return false;
	if (!duration_parse(node->text, &seconds) || seconds > RATE_PERIOD_MAX)
		return compile_fail(compile, node, "'%.80s' is no time; hint: write 30s, 5m or 2h",
				    node->text);
	((struct rule *)out)->timeout = (unsigned)seconds;
	return true;
}

/* Who may answer: nobody looks at it yet but those who ask. */
static bool item_approver(struct compile *compile, const struct node *node, void *out)
{
	(void)out;
	return compile_is_word(compile, node);
}

static bool read_approvers(struct compile *compile, const struct node *node, void *out)
{
	return compile_items(compile, node, item_approver, out);
}

static bool read_field(struct compile *compile, const struct node *node, void *out)
{
	return compile_field(compile, node, &((struct rule *)out)->match);
}

/* What an exception may have. */
static const struct key except_keys[] = {
	{ "path", compile_field },	{ "protocol", compile_field }, { "port", compile_field },
	{ "ip", compile_field },	{ "host", compile_field },     { "own", compile_field },
	{ "harmless", compile_field },	{ "program", compile_field },  { "args", compile_field },
	{ "method", compile_field },	{ "url", compile_field },      { "query", compile_field },
	{ "verb", compile_field },	{ "tables", compile_field },   { "pattern", compile_field },
	{ "condition", compile_field }, { "detect", compile_field },
};

static bool read_except(struct compile *compile, const struct node *node, void *out)
{
	struct rule *rule = out;
	struct match *match;

	if (node->kind != NODE_MAP || !node->items)
		return compile_fail(compile, node,
				    "a map of keys is needed here; hint: except: { path: ... }");
	match = arena_alloc(compile->arena, sizeof(*match));
	if (!match)
		return compile_short(compile);
	match->node = node;
	match->next = rule->excepts;
	rule->excepts = match;
	return compile_map(compile, node, except_keys, COUNT_OF(except_keys), match);
}

static bool read_excepts(struct compile *compile, const struct node *node, void *out)
{
	return node->kind == NODE_LIST ? compile_items(compile, node, read_except, out)
				       : read_except(compile, node, out);
}

static bool read_inspect(struct compile *compile, const struct node *node, void *out)
{
	static const char *const words[] = { "taps", "trust" };

	if (!compile_is_word(compile, node))
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcmp(words[i], node->text) != 0)
			continue;
		((struct rule *)out)->trusts_unseen = i == 1;
		return true;
	}
	return compile_unknown(compile, node->line, node->column, "word", node->text, words,
			       COUNT_OF(words));
}

static bool read_redact(struct compile *compile, const struct node *node, void *out)
{
	bool value;

	if (!compile_bool(compile, node, &value))
		return false;
	((struct rule *)out)->redact = value ? REDACT_YES : REDACT_NO;
	return true;
}

static const struct key rule_keys[] = {
	{ "name", read_name },		 { "description", read_description },
	{ "message", read_message },	 { "on", read_on },
	{ "except", read_excepts },	 { "action", read_verdict },
	{ "signal", read_signal },	 { "enabled", read_enabled },
	{ "limit", read_limit },	 { "limit_by", read_limit_by },
	{ "until", read_until },	 { "timeout", read_timeout },
	{ "approvers", read_approvers }, { "inspect", read_inspect },
	{ "path", read_field },		 { "protocol", read_field },
	{ "port", read_field },		 { "ip", read_field },
	{ "host", read_field },		 { "own", read_field },
	{ "harmless", read_field },	 { "program", read_field },
	{ "args", read_field },		 { "method", read_field },
	{ "url", read_field },		 { "query", read_field },
	{ "verb", read_field },		 { "tables", read_field },
	{ "pattern", read_field },	 { "detect", read_field },
	{ "condition", read_field },	 { "redact", read_redact },
};

/*
 * Whether it can match.
 */

#define INTERNET (FIELD_BIT(FIELD_IP) | FIELD_BIT(FIELD_HOST) | FIELD_BIT(FIELD_PORT))
#define UNIX_ONLY (1u << PROTOCOL_UNIX)

static const struct node *field_node(const struct node *node, enum field field)
{
	return node_find(node, field_name(field));
}

/* A socket has either a path, or an address and a port. */
static bool check_sockets(struct compile *compile, const struct node *node,
			  const struct match *match)
{
	bool has_path = match->fields & FIELD_BIT(FIELD_PATH);
	bool has_protocol = match->fields & FIELD_BIT(FIELD_PROTOCOL);

	if (has_path && match->fields & INTERNET)
		return compile_fail(compile, field_node(node, FIELD_PATH),
				    "'path' is of unix sockets, which have no host, ip or port");
	if (has_path && has_protocol && !(match->protocols & UNIX_ONLY))
		return compile_fail(compile, field_node(node, FIELD_PATH),
				    "'path' is of unix sockets, and 'protocol' leaves them out");
	if (has_protocol && match->protocols == UNIX_ONLY && match->fields & INTERNET)
		return compile_fail(compile, field_node(node, FIELD_PROTOCOL),
				    "unix sockets have no host, ip or port");
	return true;
}

static bool check_abstract(struct compile *compile, const struct node *node,
			   const struct match *match, unsigned actions)
{
	for (const struct glob *glob = match->paths; glob; glob = glob->next)
		if (glob->text[0] == '@' && !(actions & ACTION_NETWORK))
			return compile_fail(
				compile, field_node(node, FIELD_PATH),
				"'%.80s' names an abstract socket; hint: a file of this "
				"name is './%.80s'",
				glob->text, glob->text);
	return true;
}

/* The actions of @actions that have all fields of @match; an error when there are none. */
static bool check_fields(struct compile *compile, const struct node *node,
			 const struct match *match, unsigned *actions)
{
	unsigned possible = *actions;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		if (!(match->fields & FIELD_BIT(i)))
			continue;
		possible &= field_actions((enum field)i);
		if (!possible)
			return compile_fail(
				compile, field_node(node, (enum field)i),
				"'%s' never matches: none of the rule's actions has it%s",
				field_name((enum field)i),
				*actions & field_actions((enum field)i) ? " beside its other keys"
									: "");
	}
	*actions = possible;
	if (!(possible & ~ACTION_NETWORK) && !check_sockets(compile, node, match))
		return false;
	return check_abstract(compile, node, match, possible);
}

/* Of the actions that were named, those without a field would never match. */
static bool check_named(struct compile *compile, const struct node *node, const struct rule *rule,
			unsigned possible)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		unsigned without = rule->actions & ~possible & ~field_actions((enum field)i);
		unsigned action = 1;

		if (!(rule->match.fields & FIELD_BIT(i)) || !without)
			continue;
		while (!(without & ACTION_BIT(action)))
			action++;
		return compile_fail(compile, field_node(node, (enum field)i),
				    "'%s' is no field of %s, which the rule is on as well",
				    field_name((enum field)i), action_name((enum action)action));
	}
	return true;
}

/*
 * A name is known of those addresses only that were resolved for a rule's `host`: a condition would
 * look at none.
 */
static bool check_host(struct compile *compile, const struct node *node, const struct match *match,
		       unsigned actions)
{
	if (!(actions & ACTION_BIT(ACTION_CONNECT)) || match->fields & FIELD_BIT(FIELD_HOST) ||
	    !condition_concerns(match->condition, "host"))
		return true;
	return compile_fail(compile, field_node(node, FIELD_CONDITION),
			    "of connect, names are known by the key 'host' only; hint: use the "
			    "key, or 'ip' in the condition");
}

static bool check_condition(struct compile *compile, const struct node *node, struct match *match,
			    unsigned *actions, bool are_named)
{
	if (!(match->fields & FIELD_BIT(FIELD_CONDITION)))
		return true;
	if (!compile_condition(compile, field_node(node, FIELD_CONDITION), *actions, are_named,
			       match))
		return false;
	*actions &= match->condition_actions;
	return check_host(compile, node, match, *actions);
}

static bool check_excepts(struct compile *compile, const struct rule *rule)
{
	for (const struct match *except = rule->excepts; except; except = except->next) {
		unsigned actions = rule->actions;

		if (!check_fields(compile, except->node, except, &actions) ||
		    !check_condition(compile, except->node, (struct match *)(uintptr_t)except,
				     &actions, false))
			return false;
	}
	return true;
}

static bool check_rule(struct compile *compile, const struct node *node, struct rule *rule)
{
	bool has_on = node_find(node, "on");
	unsigned possible = has_on ? rule->actions : ACTION_ALL;

	if (!has_on && !rule->match.fields)
		return compile_fail(compile, node,
				    "a rule needs 'on', or a key that says what it is about");
	if (!check_fields(compile, node, &rule->match, &possible))
		return false;
	if (has_on && !check_named(compile, node, rule, possible))
		return false;
	if (!check_condition(compile, node, &rule->match, &possible, has_on))
		return false;
	rule->actions = possible;
	return check_excepts(compile, rule);
}

/* What is found in the texts of actions is what can be left out of their record. */
static bool check_redact(struct compile *compile, const struct node *entry, const struct rule *rule)
{
	const unsigned searching = FIELD_BIT(FIELD_PATTERN) | FIELD_BIT(FIELD_DETECT) |
				   FIELD_BIT(FIELD_CONDITION);

	if (!entry)
		return true;
	if (!(rule->actions & (ACTION_CONTENT | ACTION_BIT(ACTION_EXECUTE))))
		return compile_fail(compile, entry,
				    "'redact' is for rules about content or execute");
	return rule->match.fields & searching ||
	       compile_fail(compile, entry,
			    "'redact' needs a 'pattern', 'detect' or 'condition' beside it, which "
			    "says what is left out");
}

/* A search may find in several lines what stands in none; a condition is about one line. */
static bool spans_lines(const struct rule *rule)
{
	if (!(rule->actions & ACTION_BIT(ACTION_OUTPUT)) || rule->match.condition ||
	    !(rule->match.fields & (FIELD_BIT(FIELD_PATTERN) | FIELD_BIT(FIELD_DETECT))))
		return false;
	for (const struct match *except = rule->excepts; except; except = except->next)
		if (except->condition)
			return false;
	return true;
}

/* Keys that mean something only beside others. */
static bool check_bounds(struct compile *compile, const struct node *node, const struct rule *rule)
{
	static const struct {
		const char *key, *needs;
	} rows[] = {
		{ "limit_by", "limit" },
	};
	const struct node *entry;
	bool grants = node_find(node, "action") && rule->verdict < VERDICT_DENY;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if ((entry = node_find(node, rows[i].key)) && !node_find(node, rows[i].needs))
			return compile_fail(compile, entry, "'%s' needs a '%s' beside it",
					    rows[i].key, rows[i].needs);
	if ((entry = node_find(node, "until")) && !grants)
		return compile_fail(compile, entry,
				    "'until' ends what a rule grants, and this one grants nothing");
	if (((entry = node_find(node, "timeout")) || (entry = node_find(node, "approvers"))) &&
	    (!grants || rule->verdict != VERDICT_ASK))
		return compile_fail(compile, entry, "'%s' is for rules whose action is ask",
				    entry->key);
	if ((entry = node_find(node, "signal")) && rule->verdict != VERDICT_DENY)
		return compile_fail(compile, entry, "'signal' goes with action: deny");
	if ((entry = node_find(node, "inspect")) && !(rule->actions & ACTION_CONTENT))
		return compile_fail(compile, entry, "'inspect' is for rules about content");
	if (rule->has_limit && rule->limit_by == LIMIT_BY_HOST &&
	    rule->actions & ~field_actions(FIELD_HOST))
		return compile_fail(compile, node_find(node, "limit_by"),
				    "not every action of the rule has a host");
	return true;
}

bool compile_rule(struct compile *compile, const struct node *node, struct rule **out_rule)
{
	struct rule *rule;
	bool good;

	if (node->kind != NODE_MAP)
		return compile_fail(compile, node, "a rule is a map of keys");
	rule = arena_alloc(compile->arena, sizeof(*rule));
	if (!rule)
		return compile_short(compile);
	rule->source = compile->source;
	rule->node = node;
	rule->line = node->line;
	rule->message = "";
	rule->enabled = true;
	good = compile_map(compile, node, rule_keys, COUNT_OF(rule_keys), rule);
	if (!node_find(node, "name"))
		good = compile_fail(compile, node, "a rule needs a 'name'");
	if (!node_find(node, "action") && !node_find(node, "limit"))
		good = compile_fail(compile, node,
				    "a rule needs an 'action': allow, audit, ask, deny, stop or "
				    "kill; or a 'limit'");
	/* What one of its keys got wrong would be said twice. */
	if (!good || !check_rule(compile, node, rule) || !check_bounds(compile, node, rule) ||
	    !check_redact(compile, node_find(node, "redact"), rule))
		return false;
	rule->spans_lines = spans_lines(rule);
	if (rule->signal != VERDICT_ALLOW)
		rule->verdict = rule->signal;
	rule->grants_nothing = rule->has_limit &&
			       (!node_find(node, "action") || rule->verdict >= VERDICT_DENY);
	*out_rule = rule;
	return true;
}
