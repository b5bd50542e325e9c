/* SPDX-License-Identifier: MIT */
/*
 * What a list item says, in the few forms that can be read in one way only:
 *
 *   [LEAD] VERB [and VERB...] [NAME...] NOUN [in NAME...] [except NAME...] (ANNOTATION)...
 *
 * A NAME stands in backticks. A word that is not known here may change what all the others mean, so
 * an item with one is not understood: nothing is searched for in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rules/agents_sentence.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum verb {
	VERB_READ,
	VERB_WRITE,
	VERB_DELETE,
	VERB_RUN,
	VERB_QUERY,
	VERB_CALL,
	VERB_SEND,
	VERB_VISIT,
	VERB_ACCESS,
	VERB_SEARCH
};
enum noun {
	NOUN_NONE,
	NOUN_FILES,
	NOUN_FOLDER,
	NOUN_CODE,
	NOUN_DATABASE,
	NOUN_API,
	NOUN_MAIL,
	NOUN_NET
};

struct row {
	const char *word;
	unsigned value;
};

static const struct row verbs[] = {
	{ "read", VERB_READ },	      { "reading", VERB_READ },	    { "view", VERB_READ },
	{ "list", VERB_READ },	      { "write", VERB_WRITE },	    { "writing", VERB_WRITE },
	{ "edit", VERB_WRITE },	      { "editing", VERB_WRITE },    { "modify", VERB_WRITE },
	{ "modifying", VERB_WRITE },  { "change", VERB_WRITE },	    { "changing", VERB_WRITE },
	{ "create", VERB_WRITE },     { "creating", VERB_WRITE },   { "update", VERB_WRITE },
	{ "updating", VERB_WRITE },   { "delete", VERB_DELETE },    { "deleting", VERB_DELETE },
	{ "remove", VERB_DELETE },    { "removing", VERB_DELETE },  { "execute", VERB_RUN },
	{ "executing", VERB_RUN },    { "run", VERB_RUN },	    { "running", VERB_RUN },
	{ "query", VERB_QUERY },      { "querying", VERB_QUERY },   { "call", VERB_CALL },
	{ "calling", VERB_CALL },     { "send", VERB_SEND },	    { "sending", VERB_SEND },
	{ "browse", VERB_VISIT },     { "browsing", VERB_VISIT },   { "visit", VERB_VISIT },
	{ "access", VERB_ACCESS },    { "accessing", VERB_ACCESS }, { "connect", VERB_VISIT },
	{ "connecting", VERB_VISIT }, { "search", VERB_SEARCH },    { "searching", VERB_SEARCH },
};

static const struct row nouns[] = {
	{ "file", NOUN_FILES },
	{ "files", NOUN_FILES },
	{ "folder", NOUN_FOLDER },
	{ "folders", NOUN_FOLDER },
	{ "directory", NOUN_FOLDER },
	{ "directories", NOUN_FOLDER },
	{ "code", NOUN_CODE },
	{ "program", NOUN_CODE },
	{ "programs", NOUN_CODE },
	{ "command", NOUN_CODE },
	{ "commands", NOUN_CODE },
	{ "database", NOUN_DATABASE },
	{ "databases", NOUN_DATABASE },
	{ "api", NOUN_API },
	{ "apis", NOUN_API },
	{ "email", NOUN_MAIL },
	{ "emails", NOUN_MAIL },
	{ "mail", NOUN_MAIL },
	{ "web", NOUN_NET },
	{ "internet", NOUN_NET },
	{ "network", NOUN_NET },
};

/* Words that say nothing here. */
static const struct row fillers[] = {
	{ "the", 0 },	{ "a", 0 },	 { "an", 0 },  { "any", 0 }, { "all", 0 },    { "from", 0 },
	{ "into", 0 },	{ "to", 0 },	 { "in", 0 },  { "on", 0 },  { "this", 0 },   { "of", 0 },
	{ "under", 0 }, { "inside", 0 }, { "via", 0 }, { "at", 0 },  { "within", 0 },
};

static const struct row places[] = {
	{ "in", 0 }, { "under", 0 }, { "inside", 0 }, { "within", 0 }, { "into", 0 }
};

static const struct row workspaces[] = {
	{ "workspace", 0 }, { "project", 0 }, { "repository", 0 }, { "repo", 0 }, { "codebase", 0 },
};

static const struct row exceptions[] = { { "except", 0 }, { "outside", 0 } };

static const struct row links[] = { { "and", 0 }, { "or", 0 } };

/* What a verb does to a noun; the noun may be missing where names stand for it. */
static const struct {
	enum verb verb;
	enum noun noun;
	enum agents_deed deed;
} deeds[] = {
	{ VERB_READ, NOUN_FILES, AGENTS_READ },	      { VERB_READ, NOUN_CODE, AGENTS_READ },
	{ VERB_READ, NOUN_FOLDER, AGENTS_READ },      { VERB_READ, NOUN_NONE, AGENTS_READ },
	{ VERB_SEARCH, NOUN_FILES, AGENTS_READ },     { VERB_SEARCH, NOUN_CODE, AGENTS_READ },
	{ VERB_SEARCH, NOUN_FOLDER, AGENTS_READ },    { VERB_WRITE, NOUN_FILES, AGENTS_WRITE },
	{ VERB_WRITE, NOUN_FOLDER, AGENTS_WRITE },    { VERB_WRITE, NOUN_NONE, AGENTS_WRITE },
	{ VERB_WRITE, NOUN_CODE, AGENTS_WRITE },      { VERB_DELETE, NOUN_FILES, AGENTS_DELETE },
	{ VERB_DELETE, NOUN_FOLDER, AGENTS_DELETE },  { VERB_DELETE, NOUN_NONE, AGENTS_DELETE },
	{ VERB_RUN, NOUN_CODE, AGENTS_EXECUTE },      { VERB_RUN, NOUN_NONE, AGENTS_EXECUTE },
	{ VERB_QUERY, NOUN_DATABASE, AGENTS_QUERY },  { VERB_READ, NOUN_DATABASE, AGENTS_QUERY },
	{ VERB_SEARCH, NOUN_DATABASE, AGENTS_QUERY }, { VERB_WRITE, NOUN_DATABASE, AGENTS_CHANGE },
	{ VERB_CALL, NOUN_API, AGENTS_CALL },	      { VERB_ACCESS, NOUN_API, AGENTS_CALL },
	{ VERB_ACCESS, NOUN_NET, AGENTS_CALL },	      { VERB_CALL, NOUN_NONE, AGENTS_CALL },
	{ VERB_VISIT, NOUN_NONE, AGENTS_CALL },	      { VERB_VISIT, NOUN_NET, AGENTS_CALL },
	{ VERB_SEARCH, NOUN_NET, AGENTS_CALL },	      { VERB_SEND, NOUN_MAIL, AGENTS_MAIL },
};

/* What an item begins with; the longer first. */
static const struct {
	const char *text;
	enum agents_mood mood;
	bool is_only;
} leads[] = {
	{ "you must not", AGENTS_NEVER, false },
	{ "you must never", AGENTS_NEVER, false },
	{ "you should not", AGENTS_NEVER, false },
	{ "you should never", AGENTS_NEVER, false },
	{ "you cannot", AGENTS_NEVER, false },
	{ "you can't", AGENTS_NEVER, false },
	{ "you may not", AGENTS_NEVER, false },
	{ "must not", AGENTS_NEVER, false },
	{ "must never", AGENTS_NEVER, false },
	{ "may not", AGENTS_NEVER, false },
	{ "cannot", AGENTS_NEVER, false },
	{ "can't", AGENTS_NEVER, false },
	{ "do not", AGENTS_NEVER, false },
	{ "don't", AGENTS_NEVER, false },
	{ "never", AGENTS_NEVER, false },
	{ "no", AGENTS_NEVER, false },
	{ "always ask before", AGENTS_ASK, false },
	{ "ask for approval before", AGENTS_ASK, false },
	{ "get approval before", AGENTS_ASK, false },
	{ "ask before", AGENTS_ASK, false },
	{ "only", AGENTS_NEVER, true },
};

static const struct token *now(const struct sentence *sentence)
{
	return &sentence->tokens[sentence->at];
}

static const struct row *row_of(const struct token *token, const struct row *rows, size_t count)
{
	for (size_t i = 0; token->kind == TOKEN_WORD && i < count; i++)
		if (strcmp(rows[i].word, token->text) == 0)
			return &rows[i];
	return NULL;
}

#define ROW(sentence, rows) row_of(now(sentence), rows, COUNT_OF(rows))

static bool take_word(struct sentence *sentence, const struct row *rows, size_t count)
{
	if (!row_of(now(sentence), rows, count))
		return false;
	sentence->at++;
	return true;
}

#define TAKE(sentence, rows) take_word(sentence, rows, COUNT_OF(rows))

/*
 * Annotations.
 */

static bool annotate(struct sentence *sentence, const char *note)
{
	static const char *const approvals[] = { "requires approval",	    "needs approval",
						 "requires human approval", "approval required",
						 "with approval",	    "ask first" };
	static const char *const reads[] = { "read-only", "read only", "readonly",
					     "read-only by default", "read only by default" };
	struct agents_item *item = sentence->item;

	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		if (strcmp(note, reads[i]) == 0) {
			item->read_only = true;
			return true;
		}
	}
	for (size_t i = 0; i < COUNT_OF(approvals); i++) {
		if (strcmp(note, approvals[i]) == 0) {
			item->mood = item->mood == AGENTS_NEVER ? AGENTS_NEVER : AGENTS_ASK;
			return true;
		}
	}
	if (item->limit || !(item->limit = agents_limit(sentence->arena, note)))
		item->why = arena_format(sentence->arena, "the annotation '(%.60s)' is not known",
					 note);
	return !item->why;
}

/*
 * The sentence.
 */

/* Whether the words at the sentence's place are those of @text; then they are taken. */
static bool take_text(struct sentence *sentence, const char *text)
{
	size_t at = sentence->at;

	while (*text) {
		size_t len = strcspn(text, " ");
		const struct token *token = &sentence->tokens[at++];

		if (token->kind != TOKEN_WORD || strlen(token->text) != len ||
		    memcmp(token->text, text, len) != 0)
			return false;
		text += len + (text[len] == ' ');
	}
	sentence->at = at;
	return true;
}

static void lead(struct sentence *sentence)
{
	struct agents_item *item = sentence->item;

	for (size_t i = 0; i < COUNT_OF(leads); i++) {
		if (!take_text(sentence, leads[i].text))
			continue;
		if (!leads[i].is_only || item->area == AGENTS_AREA_NONE ||
		    item->area == AGENTS_AREA_MUST) {
			item->mood = leads[i].mood;
			item->is_only = leads[i].is_only;
		} else if (item->area == AGENTS_AREA_NEVER) {
			item->why = "'only' below a list of what is refused says two things";
		}
		return;
	}
	item->mood = item->area == AGENTS_AREA_CAN ? AGENTS_MAY : AGENTS_NEVER;
	if (item->area == AGENTS_AREA_NONE)
		item->why = "it is below no label that says what it is about (You can: ...)";
	if (item->area == AGENTS_AREA_MUST)
		item->why = "it begins with none of: Never, Do not, Ask before, Only";
}

static void verbs_read(struct sentence *sentence)
{
	const struct row *row = ROW(sentence, verbs);
	size_t before;

	while (row) {
		sentence->verbs |= 1u << row->value;
		before = ++sentence->at;
		while (now(sentence)->kind == TOKEN_COMMA || TAKE(sentence, links))
			sentence->at += now(sentence)->kind == TOKEN_COMMA;
		row = ROW(sentence, verbs);
		if (!row)
			sentence->at = before;
	}
	/* "No network access" has none. */
	if (!sentence->verbs && sentence->item->mood == AGENTS_NEVER &&
	    (take_text(sentence, "network access") || take_text(sentence, "internet access"))) {
		sentence->verbs = 1u << VERB_ACCESS;
		sentence->noun = NOUN_NET;
	}
}

/* The names at the sentence's place, at the end of @list; they are read when the deeds are known. */
static bool names_take(struct sentence *sentence, struct agents_object **list)
{
	bool is_any = false;

	while (*list)
		list = &(*list)->next;
	while (now(sentence)->kind == TOKEN_NAME) {
		struct agents_object *object = arena_alloc(sentence->arena, sizeof(*object));

		sentence->is_short = !object;
		if (!object)
			return false;
		object->text = now(sentence)->text;
		*list = object;
		list = &object->next;
		is_any = true;
		sentence->at++;
		for (size_t ahead = sentence->at;; ahead++) {
			const struct token *token = &sentence->tokens[ahead];

			if (token->kind == TOKEN_NAME)
				sentence->at = ahead;
			if (token->kind != TOKEN_COMMA && !row_of(token, links, COUNT_OF(links)))
				break;
		}
	}
	return is_any;
}

/* Return: whether one of them says that a folder follows. */
static bool fillers_take(struct sentence *sentence)
{
	bool is_place = false;

	for (;;) {
		is_place = is_place || ROW(sentence, places);
		if (!TAKE(sentence, fillers))
			return is_place;
	}
}

/* Where: "in `src/`", "in the workspace", "except in `src/gen/`". */
static bool place_read(struct sentence *sentence)
{
	struct agents_item *item = sentence->item;
	size_t before = sentence->at;

	if (TAKE(sentence, exceptions)) {
		sentence->out_of_place = fillers_take(sentence);
		if (item->excepted)
			return false;
		if (TAKE(sentence, workspaces)) {
			item->excepted = arena_alloc(sentence->arena, sizeof(*item->excepted));
			sentence->is_short = !item->excepted;
			if (item->excepted)
				item->excepted->text = AGENTS_WORKSPACE;
			return item->excepted;
		}
		return names_take(sentence, &item->excepted);
	}
	if (take_text(sentence, "only")) {
		if (item->mood == AGENTS_NEVER)
			item->why = "'only' in a refusal says two things";
		return !item->why;
	}
	sentence->in_place = fillers_take(sentence) || sentence->in_place;
	if (sentence->at > before && !item->objects && TAKE(sentence, workspaces))
		return true;
	return !item->objects && names_take(sentence, &item->objects);
}

static void deeds_find(struct sentence *sentence)
{
	struct agents_item *item = sentence->item;

	for (unsigned verb = 0; sentence->verbs >> verb; verb++) {
		size_t i = 0;

		if (!(sentence->verbs >> verb & 1))
			continue;
		while (i < COUNT_OF(deeds) &&
		       (deeds[i].verb != verb || deeds[i].noun != sentence->noun))
			i++;
		if (i == COUNT_OF(deeds) || (sentence->noun == NOUN_NONE && !item->objects)) {
			item->why = "it does not say in known words what is done to what";
			return;
		}
		item->deeds |= AGENTS_BIT(deeds[i].deed);
	}
}

static void phrase_read(struct sentence *sentence)
{
	struct agents_item *item = sentence->item;
	const struct row *noun;

	verbs_read(sentence);
	if (!sentence->verbs) {
		item->why = now(sentence)->kind == TOKEN_WORD
				    ? arena_format(sentence->arena,
						   "'%.40s' is no verb that is known here",
						   now(sentence)->text)
				    : "there is no verb that is known here";
		return;
	}
	sentence->in_place = fillers_take(sentence);
	(void)names_take(sentence, &item->objects);
	noun = ROW(sentence, nouns);
	if (noun && sentence->noun == NOUN_NONE) {
		sentence->noun = noun->value;
		sentence->at++;
	}
	while (!item->why && now(sentence)->kind != TOKEN_END) {
		if (now(sentence)->kind == TOKEN_NOTE) {
			(void)annotate(sentence, now(sentence)->text);
			sentence->at++;
		} else if (!place_read(sentence) && !item->why) {
			item->why = arena_format(sentence->arena, "'%.40s' is not understood here",
						 now(sentence)->text ? now(sentence)->text
								     : "the end");
		}
	}
	if (!item->why)
		deeds_find(sentence);
}

/* Makes the names in @list what the deeds are about. */
static bool objects_read(struct sentence *sentence, struct agents_object **list)
{
	struct agents_item *item = sentence->item;
	bool is_directory = list == &item->excepted
				    ? sentence->out_of_place
				    : sentence->in_place || sentence->noun == NOUN_FOLDER;

	for (struct agents_object **at = list; *at; at = &(*at)->next) {
		struct agents_object *object = agents_object_read(
			sentence->arena, (*at)->text, item->deeds, is_directory, &item->why);

		if (!object) {
			sentence->is_short = !item->why;
			return false;
		}
		object->next = (*at)->next;
		*at = object;
	}
	return true;
}

int agents_item_read(struct arena *arena, struct agents_item *item)
{
	struct sentence sentence = { .arena = arena, .item = item };
	const char *text = agents_plain_quotes(arena, item->text);

	if (!text)
		return -ENOMEM;
	if (agents_tokens_read(&sentence, text)) {
		lead(&sentence);
		if (!item->why)
			phrase_read(&sentence);
		if (!item->why && !sentence.is_short && objects_read(&sentence, &item->objects))
			(void)objects_read(&sentence, &item->excepted);
	}
	return sentence.is_short ? -ENOMEM : 0;
}
