/* SPDX-License-Identifier: MIT */
/*
 * Each call: pin, judge by the pinned names, act by name in the pinned parent.
 * What a name stands for can change between judging and acting, but the name
 * that was judged is the name that is acted on, in the directory that was judged.
 *
 * Moving and linking give an object a second name. What may not be read or
 * written under the old one may not be had under a new one either, so rename
 * and link ask for both; and a directory moves only where every refusing
 * rule sees the names below it as before (judge_move()).
 */
#include "launcher/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "launcher/gitconfig.h"
#include "launcher/gitfolder.h"
#include "launcher/identity.h"
#include "launcher/judge.h"
#include "launcher/names.h"
#include "launcher/place.h"

#define ROUNDS_MAX 16
#define RENAME_AGAIN (-4096) /* no errno */

static bool is_folder(const struct place *place)
{
	return place->fd >= 0 && S_ISDIR(place->st.st_mode);
}

static struct event event_of(enum action action, const char *operation, const struct place *place,
			     const char *given)
{
	return (struct event){
		.action = action,
		.operation = operation,
		.path = place->path,
		.place = place,
		.given = given,
		.is_dir = is_folder(place),
		.in_git_folder = place->in_git_folder,
	};
}

static int judge(struct request *request, enum action action, const char *operation,
		 const struct place *place, const char *given)
{
	struct event event = event_of(action, operation, place, given);

	return request_judge(request, &event);
}

static int find_parent(struct request *request, unsigned which, struct place *out)
{
	int r = request_path_check(request, which);

	return r < 0 ? r
		     : place_find_parent(request, request->dir_fd[which], request->path[which],
					 out);
}

/* The parent and the name of something new; -EEXIST when it is there. */
static int find_new(struct request *request, unsigned which, struct place *out)
{
	int r = find_parent(request, which, out);

	if (r == 0 && !out->ends_in_dots)
		r = place_find_name(request, out);
	return r == 0 && (out->fd >= 0 || out->ends_in_dots) ? -EEXIST : r;
}

/* What the name stands for, which must be there. */
static int find_old(struct request *request, struct place *out)
{
	int r = place_find_name(request, out);

	return r == 0 && out->fd < 0 ? -ENOENT : r;
}

static bool has_slash(const struct place *place)
{
	return strchr(place->name, '/');
}

/* A folder that makes a git folder in disguise of the one that it is in stays only if that runs nothing. */
static int64_t make_folder(struct request *request, const struct place *place)
{
	bool completes = !request->supervisor->shadow && gitfolder_completes(place);
	bool accepted = true;
	int64_t r = mkdirat(place->parent_fd, place->name, identity_mode(request->mode & 07777));

	if (r == 0 && completes) {
		accepted = gitfolder_accept(place);
		if (!accepted)
			(void)unlinkat(place->parent_fd, place->name, AT_REMOVEDIR);
	}
	r = names_end(request, r);
	return accepted ? r : names_refuse_git(request, place);
}

int64_t tree_mkdir(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct event event;
	int r = find_new(request, 0, &place);

	if (r < 0)
		return r;
	event = event_of(ACTION_WRITE_FILE, "mkdir", &place, request->path[0]);
	event.is_dir = true;
	r = request_judge(request, &event);
	if (r == 0)
		r = names_begin(request, &place, NULL);
	return r < 0 ? r : make_folder(request, &place);
}

/* may_mknod() of fs/namei.c: before there is a path. */
static int mknod_check(mode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	default:
		return S_ISDIR(mode) ? -EPERM : -EINVAL;
	}
}

int64_t tree_mknod(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	dev_t device = (dev_t)request->args[request->call == CALL_mknod ? 2 : 3];
	int r = mknod_check(request->mode);

	if (r == 0)
		r = find_new(request, 0, &place);
	if (r == 0)
		r = judge(request, ACTION_WRITE_FILE, "mknod", &place, request->path[0]);
	if (r == 0)
		r = names_begin(request, &place, NULL);
	if (r < 0)
		return r;
	return names_end(request, mknodat(place.parent_fd, place.name, identity_mode(request->mode),
					  device));
}

/* Where there is no name to remove: do_rmdir(), do_unlinkat() of fs/namei.c. */
static int error_of_dots(const struct place *place, bool is_rmdir)
{
	if (!is_rmdir)
		return -EISDIR;
	switch (strcspn(place->name, "/")) {
	case 0:
		return -EBUSY;
	case 1:
		return -EINVAL;
	default:
		return -ENOTEMPTY;
	}
}

int64_t tree_unlink(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	int flags = request->call == CALL_rmdir	     ? AT_REMOVEDIR
		    : request->call == CALL_unlinkat ? (int)request->flags
						     : 0;
	int r;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	r = find_parent(request, 0, &place);
	if (r == 0)
		r = place.ends_in_dots ? error_of_dots(&place, flags) : find_old(request, &place);
	if (r == 0)
		r = judge(request, ACTION_DELETE_FILE, flags ? "rmdir" : "unlink", &place,
			  request->path[0]);
	if (r == 0)
		r = names_begin(request, NULL, NULL);
	if (r < 0)
		return r;
	return names_end(request, unlinkat(place.parent_fd, place.name, flags));
}

/* What may not be read and written under its old name is not to get a new one. */
static int judge_content(struct request *request, const struct place *old, const char *operation)
{
	static const enum action both[] = { ACTION_READ_FILE, ACTION_WRITE_FILE };

	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		struct event event = event_of(both[i], operation, old, NULL);

		if (!request_would_grant(request, &event)) {
			int r = request_judge(request, &event);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int judge_directory(struct request *request, const struct place *from,
			   const struct place *to)
{
	struct event event = event_of(ACTION_WRITE_FILE, "rename", to, NULL);

	if (request->supervisor->shadow || judge_move(request->supervisor, from, to))
		return 0;
	return request_refuse(
		request, &event, "guard-renamed-tree",
		"a protected name is below this directory under one of its two names");
}

/*
 * A link under a name that stands above protected ones: what is reached through it is judged by
 * where it really lies, but whoever reads it later, outside, asks for the protected name.
 */
static int judge_link_name(struct request *request, const struct place *link)
{
	struct event event = event_of(ACTION_WRITE_FILE, "symlink", link, NULL);

	if (request->supervisor->shadow || !judge_protects_below(request->supervisor, link))
		return 0;
	return request_refuse(request, &event, "guard-linked-tree",
			      "protected names are below this one, so it cannot be a link");
}

/* The target of a rename: a git configuration whose new content runs nothing is marked so. */
static int judge_target(struct request *request, struct place *from, struct place *to,
			bool *out_checked)
{
	struct event event = event_of(ACTION_WRITE_FILE, "rename", to, request->path[1]);

	*out_checked = false;
	if (S_ISREG(from->st.st_mode) && !request_would_grant(request, &event)) {
		event.harmless = true;
		if (request_would_grant(request, &event))
			*out_checked = gitconfig_is_harmless(from, to);
		event.harmless = *out_checked;
	}
	return request_judge(request, &event);
}

static int judge_side(struct request *request, struct place *from, struct place *to,
		      bool *out_checked)
{
	int r = judge(request, ACTION_DELETE_FILE, "rename", from, request->path[0]);

	if (r == 0)
		r = judge_target(request, from, to, out_checked);
	if (r == 0)
		r = judge_content(request, from, "rename");
	if (r == 0 && S_ISDIR(from->st.st_mode))
		r = judge_directory(request, from, to);
	if (r == 0 && S_ISLNK(from->st.st_mode))
		r = judge_link_name(request, to);
	return r;
}

static int judge_rename(struct request *request, struct place *from, struct place *to,
			unsigned flags, bool *out_checked)
{
	bool ignored;
	int r = judge_side(request, from, to, out_checked);

	if (r < 0 || !(flags & RENAME_EXCHANGE))
		return r;
	return judge_side(request, to, from, &ignored);
}

static bool is_still_there(const struct place *place)
{
	struct stat st;

	return fstatat(place->parent_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == place->st.st_dev && st.st_ino == place->st.st_ino;
}

/*
 * A directory and a link were judged by more than their names, so what moves must still be what
 * was judged. Return: as the kernel, or RENAME_AGAIN when another took its place.
 */
static int64_t act_rename(struct request *request, const struct place *from, const struct place *to,
			  unsigned flags)
{
	int r = names_begin(request, to, flags & RENAME_EXCHANGE ? from : NULL);

	if (r < 0)
		return r;
	if (!is_still_there(from) || (flags & RENAME_EXCHANGE && !is_still_there(to))) {
		(void)names_end(request, 0);
		return RENAME_AGAIN;
	}
	return names_end(request, syscall(SYS_renameat2, from->parent_fd, from->name, to->parent_fd,
					  to->name, flags));
}

static bool are_on_one_device(const struct place *a, const struct place *b)
{
	struct stat st[2];

	return fstat(a->parent_fd, &st[0]) < 0 || fstat(b->parent_fd, &st[1]) < 0 ||
	       st[0].st_dev == st[1].st_dev;
}

/* Both names, and what they stand for: what the kernel finds wrong with them, in its order. */
static int find_names(struct request *request, unsigned flags, struct place *from, struct place *to)
{
	int r;

	if (from->ends_in_dots)
		return -EBUSY;
	if (to->ends_in_dots)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	r = find_old(request, from);
	if (r == 0)
		r = flags & RENAME_EXCHANGE ? find_old(request, to) : place_find_name(request, to);
	if (r < 0)
		return r;
	if (to->fd >= 0 && flags & RENAME_NOREPLACE)
		return -EEXIST;
	/* Slashes are for folders; and what was judged is a link itself, not where "link/" leads. */
	if (!is_folder(from) && (has_slash(from) || (!(flags & RENAME_EXCHANGE) && has_slash(to))))
		return -ENOTDIR;
	return flags & RENAME_EXCHANGE && !is_folder(to) && has_slash(to) ? -ENOTDIR : 0;
}

static int64_t rename_once(struct request *request, unsigned flags)
{
	CLEAN_PLACE struct place from = PLACE_INIT;
	CLEAN_PLACE struct place to = PLACE_INIT;
	bool checked = false;
	int r = find_parent(request, 0, &from);

	if (r == 0)
		r = find_parent(request, 1, &to);
	if (r < 0)
		return r;
	r = find_names(request, flags, &from, &to);
	if (r < 0)
		return are_on_one_device(&from, &to) ? r : -EXDEV;
	r = judge_rename(request, &from, &to, flags, &checked);
	if (r < 0)
		return r;
	if (!checked || flags & RENAME_EXCHANGE)
		return act_rename(request, &from, &to, flags);
	r = names_begin(request, &to, NULL);
	return r < 0 ? r : names_end(request, gitconfig_replace(&from, &to));
}

int64_t tree_rename(struct request *request)
{
	unsigned flags = request->call == CALL_renameat2 ? (unsigned)request->flags : 0;
	int64_t r = RENAME_AGAIN;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT) ||
	    (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)))
		return -EINVAL;
	for (int round = 0; round < ROUNDS_MAX && r == RENAME_AGAIN; round++)
		r = rename_once(request, flags);
	return r == RENAME_AGAIN ? -EBUSY : r;
}

/* The object that gets another name. */
static int link_source(struct request *request, struct place *out)
{
	int flags = request->call == CALL_linkat ? (int)request->flags : 0;
	int r;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = request_path_check(request, 0);
	if (r < 0)
		return r;
	if (flags & AT_EMPTY_PATH && request->path[0][0] == '\0')
		return place_find_descriptor(request, request->dir_fd[0], out);
	return place_find(request, request->dir_fd[0], request->path[0],
			  flags & AT_SYMLINK_FOLLOW ? 0 : PLACE_NOFOLLOW, out);
}

/* Folders have one name; pipes, sockets and files in memory lie where no name can be made. */
static bool gets_no_name(const struct place *place)
{
	return S_ISDIR(place->st.st_mode) ||
	       (place->nameless &&
		(place->path[0] != '/' || strncmp(place->path, "/memfd:", 7) == 0));
}

/* Return: as the kernel; always an error. */
static int64_t link_in_vain(struct request *request, const struct place *old,
			    const struct place *new)
{
	char path[32];
	int r = identity_assume(request);

	if (r < 0)
		return r;
	r = linkat(AT_FDCWD, place_self_path(old->fd, path), new->parent_fd, new->name,
		   AT_SYMLINK_FOLLOW) < 0
		    ? -errno
		    : -EPERM;
	identity_drop();
	return r;
}

/* A file of the run's own that never had a name (O_TMPFILE) brings no old name with it. */
static bool never_had_a_name(const struct place *place)
{
	const char *name = strrchr(place->path, '/');

	return place->nameless && name && name[1] == '#';
}

int64_t tree_link(struct request *request)
{
	CLEAN_PLACE struct place old = PLACE_INIT;
	CLEAN_PLACE struct place new = PLACE_INIT;
	char path[32];
	int r = link_source(request, &old);

	if (r == 0)
		r = find_new(request, 1, &new);
	if (r == 0 && gets_no_name(&old))
		return link_in_vain(request, &old, &new);
	if (r == 0)
		r = judge(request, ACTION_WRITE_FILE, "link", &new, request->path[1]);
	if (r == 0 && !never_had_a_name(&old))
		r = judge_content(request, &old, "link");
	if (r == 0 && S_ISLNK(old.st.st_mode))
		r = judge_link_name(request, &new);
	if (r == 0)
		r = names_begin(request, &new, NULL);
	if (r < 0)
		return r;
	return names_end(request, linkat(AT_FDCWD, place_self_path(old.fd, path), new.parent_fd,
					 new.name, AT_SYMLINK_FOLLOW));
}

int64_t tree_symlink(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	char target[PATH_MAX];
	ssize_t len = request_read_text(request, request->args[0], target, sizeof(target));
	int r;

	if (len < 0)
		return len;
	if (len == 0)
		return -ENOENT;
	r = find_new(request, 0, &place);
	if (r == 0)
		r = judge(request, ACTION_WRITE_FILE, "symlink", &place, request->path[0]);
	if (r == 0)
		r = judge_link_name(request, &place);
	if (r == 0)
		r = names_begin(request, &place, NULL);
	if (r < 0)
		return r;
	return names_end(request, symlinkat(target, place.parent_fd, place.name));
}
