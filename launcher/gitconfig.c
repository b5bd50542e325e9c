/* SPDX-License-Identifier: MIT */
/*
 * The reader knows just enough of the format to be sure: one setting a line,
 * no continuation lines, no control characters. What it does not know is not
 * harmless.
 */
#include "launcher/gitconfig.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define TEXT_MAX (256 * 1024)
#define KEY_MAX 256

/*
 * "section.key", the subsection left out. Values are names, numbers, addresses
 * and ref patterns to git: none is run, none names a file that git would run
 * or include. core.hooksPath, include.* and url.* are left out on purpose; core.worktree
 * must lead to where the repository itself lies.
 */
static const char *const harmless_keys[] = {
	"core.repositoryformatversion",
	"core.filemode",
	"core.bare",
	"core.logallrefupdates",
	"core.ignorecase",
	"core.precomposeunicode",
	"core.symlinks",
	"core.autocrlf",
	"core.eol",
	"core.safecrlf",
	"core.sharedrepository",
	"core.quotepath",
	"core.sparsecheckout",
	"core.sparsecheckoutcone",
	"core.untrackedcache",
	"core.abbrev",
	"core.worktree",
	"core.fscache",
	"extensions.objectformat",
	"extensions.worktreeconfig",
	"extensions.partialclone",
	"extensions.refstorage",
	"extensions.relativeworktrees",
	"remote.url",
	"remote.fetch",
	"remote.push",
	"remote.pushurl",
	"remote.tagopt",
	"remote.prune",
	"remote.promisor",
	"remote.partialclonefilter",
	"remote.mirror",
	"remote.pushdefault",
	"branch.remote",
	"branch.merge",
	"branch.rebase",
	"branch.pushremote",
	"branch.description",
	"branch.autosetuprebase",
	"branch.autosetupmerge",
	"user.name",
	"user.email",
	"user.useconfigonly",
	"init.defaultbranch",
	"pull.rebase",
	"pull.ff",
	"push.default",
	"push.autosetupremote",
	"push.followtags",
	"fetch.prune",
	"merge.ff",
	"merge.conflictstyle",
	"rebase.autostash",
	"rebase.autosquash",
	"rerere.enabled",
	"submodule.url",
	"submodule.active",
	"submodule.recurse",
	"gc.auto",
	"color.ui",
	"advice.detachedhead",
	"commit.gpgsign",
	"tag.gpgsign",
	"tag.sort",
	"index.version",
	"feature.manyfiles",
	"status.showuntrackedfiles",
};

/* Addresses that make git run a program: "ext::COMMAND", "transport::...". */
static bool value_runs(const char *key, const char *value)
{
	bool is_address = strcasecmp(key, "remote.url") == 0 ||
			  strcasecmp(key, "remote.pushurl") == 0 ||
			  strcasecmp(key, "submodule.url") == 0;

	while (*value == ' ' || *value == '\t' || *value == '"')
		value++;
	return is_address && (strstr(value, "::") || *value == '-');
}

/* Length of the folder that a configuration's repository lies in: what is before "/.git/". */
static size_t repository_len(const char *path)
{
	const char *git = strstr(path, "/.git/");
	const char *slash = strrchr(path, '/');

	return (size_t)((git ? git : slash ? slash : path) - path);
}

/*
 * A working tree elsewhere would let git write there. @value is relative to the
 * folder of the configuration, and may climb with "../" only at its start, up to the
 * folder that the repository lies in.
 */
static bool worktree_is_inside(const char *value, const char *path)
{
	size_t root = repository_len(path);
	size_t len = strlen(path);

	value += strspn(value, " \t");
	if (value[0] == '/' || value[0] == '~' || strpbrk(value, "\"#;"))
		return false;
	while (len > 0 && path[len] != '/')
		len--;
	for (; strncmp(value, "..", 2) == 0 && (value[2] == '/' || !value[2]);
	     value += value[2] ? 3 : 2) {
		if (len <= root)
			return false;
		do
			len--;
		while (len > root && path[len] != '/');
	}
	return !strstr(value, "..");
}

static bool key_is_harmless(const char *key)
{
	for (size_t i = 0; i < sizeof(harmless_keys) / sizeof(harmless_keys[0]); i++)
		if (strcasecmp(key, harmless_keys[i]) == 0)
			return true;
	return false;
}

static bool has_line(const char *text, const char *line, size_t len)
{
	while (*text) {
		size_t here = strcspn(text, "\n");

		if (here == len && memcmp(text, line, len) == 0)
			return true;
		text += here + (text[here] == '\n');
	}
	return false;
}

/* "[section]" or "[section "sub"]" and nothing after it. */
static bool section_parse(const char *line, size_t len, char *section)
{
	size_t i = 1;
	size_t used = 0;

	while (i < len && (isalnum((unsigned char)line[i]) || line[i] == '-') && used < KEY_MAX / 2)
		section[used++] = line[i++];
	section[used] = '\0';
	if (used == 0)
		return false;
	if (i < len && line[i] == ' ') {
		if (++i >= len || line[i++] != '"')
			return false;
		while (i < len && line[i] != '"' && line[i] != '\\')
			i++;
		if (i >= len || line[i++] != '"')
			return false;
	}
	return i + 1 == len && line[i] == ']';
}

/* "key = value" or "key" in @section. */
static bool setting_is_harmless(const char *section, const char *line, size_t len, const char *path)
{
	char key[KEY_MAX];
	char value[1024];
	size_t name_len = 0;
	size_t at;

	while (name_len < len && (isalnum((unsigned char)line[name_len]) || line[name_len] == '-'))
		name_len++;
	if (name_len == 0 || name_len > KEY_MAX / 4 || !section[0])
		return false;
	(void)snprintf(key, sizeof(key), "%s.%.*s", section, (int)name_len, line);
	at = name_len + strspn(line + name_len, " \t");
	if (at < len && line[at] != '=')
		return false;
	if (len - at >= sizeof(value))
		return false;
	(void)snprintf(value, sizeof(value), "%.*s", at < len ? (int)(len - at - 1) : 0,
		       line + at + (at < len));
	/* A backslash may join lines or hide characters: nobody needs one here. */
	if (strcasecmp(key, "core.worktree") == 0 && !worktree_is_inside(value, path))
		return false;
	return key_is_harmless(key) && !strchr(value, '\\') && !value_runs(key, value);
}

static bool text_is_plain(const char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text) && *text != '\n' && *text != '\t')
			return false;
	return true;
}

bool gitconfig_text_is_harmless(const char *new_text, const char *old_text, const char *path)
{
	char section[KEY_MAX / 2 + 1] = "";
	bool section_is_old = false;

	if (!text_is_plain(new_text))
		return false;
	while (*new_text) {
		size_t full = strcspn(new_text, "\n");
		size_t lead = strspn(new_text, " \t");
		const char *line = new_text + lead;
		size_t len = full > lead ? full - lead : 0;

		if (len > 0 && line[0] == '[') {
			if (!section_parse(line, len, section))
				return false;
			section_is_old = has_line(old_text, new_text, full);
		} else if (len > 0 && line[0] != '#' && line[0] != ';' &&
			   !setting_is_harmless(section, line, len, path) &&
			   !(section_is_old && has_line(old_text, new_text, full))) {
			return false;
		}
		new_text += full + (new_text[full] == '\n');
	}
	return true;
}

/* Return: owned text of the file behind an O_PATH descriptor; NULL when unreadable or too large. */
static char *text_read(int pin)
{
	CLEAN_FREE char *text = malloc(TEXT_MAX + 1);
	CLEAN_FD int fd = -1;
	char path[32];
	size_t used = 0;
	ssize_t len;

	fd = open(place_self_path(pin, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (!text || fd < 0)
		return NULL;
	while ((len = read(fd, text + used, TEXT_MAX + 1 - used)) > 0)
		used += (size_t)len;
	if (len < 0 || used > TEXT_MAX)
		return NULL;
	text[used] = '\0';
	return strlen(text) == used ? take_ptr(&text) : NULL;
}

bool gitconfig_is_harmless(const struct place *from, const struct place *to)
{
	CLEAN_FREE char *new_text = text_read(from->fd);
	CLEAN_FREE char *old_text = to->fd >= 0 ? text_read(to->fd) : strdup("");

	return new_text && old_text && gitconfig_text_is_harmless(new_text, old_text, to->path);
}

/* Puts a file of ours with this text under a name. */
static int text_write(const char *text, mode_t mode, int folder, const char *name)
{
	CLEAN_FD int fd = -1;
	size_t len = strlen(text);
	char ours[64];

	(void)snprintf(ours, sizeof(ours), ".agentos-%lx", (unsigned long)pthread_self());
	fd = openat(folder, ours, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (write(fd, text, len) == (ssize_t)len && fchmod(fd, mode & 07777) == 0 &&
	    renameat(folder, ours, folder, name) == 0)
		return 0;
	(void)unlinkat(folder, ours, 0);
	return -1;
}

int gitconfig_replace(const struct place *from, const struct place *to)
{
	CLEAN_FREE char *new_text = text_read(from->fd);
	CLEAN_FREE char *old_text = to->fd >= 0 ? text_read(to->fd) : strdup("");

	if (!new_text || !old_text || !gitconfig_text_is_harmless(new_text, old_text, to->path)) {
		errno = EACCES;
		return -1;
	}
	if (text_write(new_text, from->st.st_mode, to->parent_fd, to->name) < 0)
		return -1;
	return unlinkat(from->parent_fd, from->name, 0);
}

bool gitconfig_renew(int folder, const char *path)
{
	CLEAN_FD int pin = openat(folder, "config", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	CLEAN_FREE char *text = NULL;
	struct stat st;

	if (pin < 0)
		return errno == ENOENT;
	if (fstat(pin, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	text = text_read(pin);
	return text && gitconfig_text_is_harmless(text, "", path) &&
	       text_write(text, st.st_mode, folder, "config") == 0;
}
