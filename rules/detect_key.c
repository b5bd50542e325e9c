/* SPDX-License-Identifier: MIT */
/*
 * Keys and tokens, by the beginnings and lengths that their makers publish:
 *
 *   AWS        IAM User Guide, "IAM identifiers"; access keys have 20 characters, secrets 40
 *   Google     cloud.google.com/docs/authentication/api-keys
 *   GitHub     "Behind GitHub's new authentication token formats" (2021); docs, "Token formats"
 *   GitLab     docs, "Token overview", prefixes
 *   Slack      docs, "Token types"
 *   Stripe     docs, "API keys"
 *   OpenAI, Anthropic   their consoles
 *   npm        docs, "About access tokens"; 36 characters after the prefix
 *   PyPI       help, "API tokens": a macaroon, which always begins the same
 *   PEM        RFC 7468; JSON web tokens: RFC 7515, 3.1
 *
 * Keys for tests (sk_test_ of Stripe) open nothing, and are left out.
 */
#include <string.h>

#include "rules/detect_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

enum alphabet { UPPER, ALNUM, BASE64, URL64, ALPHABETS };

static const char *const extras[ALPHABETS] = {
	[UPPER] = "", [ALNUM] = "", [BASE64] = "+/", [URL64] = "-_"
};

static const struct token {
	const char *prefix;
	enum alphabet alphabet;
	size_t least;
	bool is_exact; /* more than @least are another thing */
} tokens[] = {
	{ "AKIA", UPPER, 16, true },	     { "ASIA", UPPER, 16, true },
	{ "AIza", URL64, 35, true },	     { "ghp_", ALNUM, 36, false },
	{ "gho_", ALNUM, 36, false },	     { "ghu_", ALNUM, 36, false },
	{ "ghs_", ALNUM, 36, false },	     { "ghr_", ALNUM, 36, false },
	{ "github_pat_", URL64, 60, false }, { "glpat-", URL64, 20, false },
	{ "xoxa-", URL64, 20, false },	     { "xoxb-", URL64, 20, false },
	{ "xoxe-", URL64, 20, false },	     { "xoxo-", URL64, 20, false },
	{ "xoxp-", URL64, 20, false },	     { "xoxr-", URL64, 20, false },
	{ "xoxs-", URL64, 20, false },	     { "sk_live_", ALNUM, 20, false },
	{ "rk_live_", ALNUM, 20, false },    { "sk-ant-", URL64, 32, false },
	{ "sk-proj-", URL64, 32, false },    { "sk-svcacct-", URL64, 32, false },
	{ "sk-", ALNUM, 32, false },	     { "npm_", ALNUM, 36, true },
	{ "pypi-AgE", URL64, 50, false },
};

static bool is_of(enum alphabet alphabet, char byte)
{
	if (is_digit(byte) || is_upper(byte))
		return true;
	return alphabet != UPPER && byte && (is_letter(byte) || strchr(extras[alphabet], byte));
}

/* How many bytes of an alphabet follow each other from @at on, @max at most. */
static size_t run_at(struct text text, size_t at, enum alphabet alphabet, size_t max)
{
	size_t count = 0;

	while (count < max && is_of(alphabet, byte_at(text, at + count)))
		count++;
	return count;
}

static bool has_prefix(struct text text, size_t at, const char *prefix)
{
	size_t i = 0;

	while (prefix[i] && byte_at(text, at + i) == prefix[i])
		i++;
	return !prefix[i];
}

static bool is_token(struct text text, size_t at)
{
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		const struct token *token = &tokens[i];
		size_t count;

		if (!has_prefix(text, at, token->prefix))
			continue;
		count = run_at(text, at + strlen(token->prefix), token->alphabet, token->least + 1);
		if (count == token->least || (count > token->least && !token->is_exact))
			return true;
	}
	return false;
}

/*
 * The secret of AWS is forty characters without a mark of their own: only its name tells.
 */

#define AWS_SECRET 40
#define BETWEEN_MAX 8 /* bytes between a name and its value: "": " = ' */

/* SecretAccessKey, secret_access_key, "secret access key": in any letter case. */
static bool has_name(struct text text, size_t at, const char *name, size_t *out_size)
{
	size_t marks = 0;
	size_t i = 0;

	while (name[i]) {
		char byte = byte_at(text, at + i + marks);

		if (i > 0 && marks < 2 && (byte == '_' || byte == '-' || byte == ' '))
			marks++;
		else if ((byte | 0x20) == name[i])
			i++;
		else
			return false;
	}
	*out_size = i + marks;
	return true;
}

static bool is_aws_secret(struct text text, size_t at)
{
	size_t size, between;

	if (!has_name(text, at, "secretaccesskey", &size))
		return false;
	at += size;
	for (between = 0; between < BETWEEN_MAX; between++, at++)
		if (!byte_at(text, at) || !strchr(" \t\"'\\:=>", byte_at(text, at)))
			break;
	return between > 0 && run_at(text, at, BASE64, AWS_SECRET + 1) == AWS_SECRET;
}

/* -----BEGIN RSA PRIVATE KEY-----, and that of OpenPGP, which ends in KEY BLOCK. */
static bool is_private_key(struct text text, size_t at)
{
	static const char begin[] = "-----BEGIN ";
	static const char end[] = "PRIVATE KEY";

	if (!has_prefix(text, at, begin))
		return false;
	at += sizeof(begin) - 1;
	for (size_t i = 0; i < 24; i++, at++) {
		if (has_prefix(text, at, end))
			return has_prefix(text, at + sizeof(end) - 1, "-----") ||
			       has_prefix(text, at + sizeof(end) - 1, " BLOCK-----");
		if (!is_upper(byte_at(text, at)) && byte_at(text, at) != ' ')
			return false;
	}
	return false;
}

/*
 * Header and payload are JSON objects, which in base64url begin with eyJ; then the signature.
 * Segments of any length are read once: one begins where the one before ends.
 */

#define SEGMENT_MIN 10
#define SEGMENT_MAX 8192

static size_t segment_at(struct text text, size_t at)
{
	size_t size = run_at(text, at, URL64, SEGMENT_MAX);

	return size >= SEGMENT_MIN ? size : 0;
}

static bool is_web_token(struct text text, size_t at)
{
	for (int i = 0; i < 2; i++) {
		size_t size = has_prefix(text, at, "eyJ") ? segment_at(text, at) : 0;

		if (size == 0 || byte_at(text, at + size) != '.')
			return false;
		at += size + 1;
	}
	return segment_at(text, at) > 0;
}

bool detect_cloud_key(struct text text, size_t at)
{
	char first = byte_at(text, at);
	char before = byte_at(text, at - 1);

	switch (first) {
	case '-':
		return is_private_key(text, at);
	case 's':
	case 'S':
		if (is_aws_secret(text, at))
			return true;
		break;
	case 'e':
		if (!is_of(URL64, before) && is_web_token(text, at))
			return true;
		break;
	default:
		break;
	}
	/* At the beginning of a word, or of a part of one that a mark divides: TOKEN_ghp_... */
	return is_letter(first) && (!word_before(text, at) || before == '_') && is_token(text, at);
}
