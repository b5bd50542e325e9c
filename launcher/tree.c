/* SPDX-License-Identifier: MIT */
/*
 * Each call: pin, judge by the pinned names, act by name in the pinned parent.
 * What a name stands for can change between judging and acting, but the name
 * that was judged is the name that is acted on, in the directory that was judged.
 *
 * Moving and linking give an object a second name. What may not be read or
 * written under the old one may not be had under a new one either, so rename
 * and link ask for both; and a directory moves only where every refusing
 * rule sees the names below it as before (policy_names_agree()).
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
#include "launcher/names.h"
#include "launcher/place.h"

#define ROUNDS_MAX 16
#define RENAME_AGAIN (-4096) /* no errno */

static struct event event_of(enum action action, const char *operation, const struct place *place,
			     const char *given)
{
	return (struct event){
		.action = action,
		.operation = operation,
		.path = place->path,
		.given = given,
		.is_dir = place->fd >= 0 && S_ISDIR(place->st.st_mode),
		.in_git_folder = place->in_git_folder,
	};
}

static int judge(struct request *request, enum action action, const char *operation,
		 const struct place *place, const char *given)
{
	struct event event = event_of(action, operation, place, given);

	return request_judge(request, &event);
}

/* The parent and the name of something new; -EEXIST when it is there. */
static int find_new(struct request *request, int which, struct place *out)
{
	int r;

	if (!request->path[which])
		return -EFAULT;
	r = place_find(request, request->dir_fd[which], request->path[which],
		       PLACE_PARENT | PLACE_NOFOLLOW, out);
	return r == 0 && out->fd >= 0 ? -EEXIST : r;
}

/* The parent and the name of something that exists. */
static int find_old(struct request *request, int which, struct place *out)
{
	int r;

	if (!request->path[which])
		return -EFAULT;
	r = place_find(request, request->dir_fd[which], request->path[which],
		       PLACE_PARENT | PLACE_NOFOLLOW, out);
	return r == 0 && out->fd < 0 ? -ENOENT : r;
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

int64_t tree_mknod(struct request *request)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	dev_t device = (dev_t)request->args[request->call == CALL_mknod ? 2 : 3];
	int r = find_new(request, 0, &place);

	if (r == 0)
		r = judge(request, ACTION_WRITE_FILE, "mknod", &place, request->path[0]);
	if (r == 0)
		r = names_begin(request, &place, NULL);
	if (r < 0)
		return r;
	return names_end(request, mknodat(place.parent_fd, place.name, identity_mode(request->mode),
					  device));
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
	r = find_old(request, 0, &place);
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

/* The name by which rules know what is below it. */
static const char *name_of(const struct place *place, char *alias)
{
	return place->in_git_folder ? gitfolder_alias(place->path, alias) : place->path;
}

static int judge_directory(struct request *request, const struct place *from,
			   const struct place *to)
{
	struct event event = event_of(ACTION_WRITE_FILE, "rename", to, NULL);
	char aliases[2][PATH_MAX];

	if (request->supervisor->shadow ||
	    policy_names_agree(request->supervisor->policy, name_of(from, aliases[0]),
			       name_of(to, aliases[1])))
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
	char alias[PATH_MAX];

	if (request->supervisor->shadow ||
	    !policy_protects_below(request->supervisor->policy, name_of(link, alias)))
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

static int judge_move(struct request *request, struct place *from, struct place *to,
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
	int r = judge_move(request, from, to, out_checked);

	if (r < 0 || !(flags & RENAME_EXCHANGE))
		return r;
	if (to->fd < 0)
		return -ENOENT;
	return judge_move(request, to, from, &ignored);
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

static int64_t rename_once(struct request *request, unsigned flags)
{
	CLEAN_PLACE struct place from = PLACE_INIT;
	CLEAN_PLACE struct place to = PLACE_INIT;
	bool checked = false;
	int r = find_old(request, 0, &from);

	if (r < 0)
		return r;
	if (!request->path[1])
		return -EFAULT;
	r = place_find(request, request->dir_fd[1], request->path[1], PLACE_PARENT | PLACE_NOFOLLOW,
		       &to);
	if (r < 0)
		return r;
	if (to.fd >= 0 && flags & RENAME_NOREPLACE)
		return -EEXIST;
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
	if (!request->path[0])
		return -EFAULT;
	if (flags & AT_EMPTY_PATH && request->path[0][0] == '\0')
		r = place_find_descriptor(request, request->dir_fd[0], out);
	else
		r = place_find(request, request->dir_fd[0], request->path[0],
			       flags & AT_SYMLINK_FOLLOW ? 0 : PLACE_NOFOLLOW, out);
	if (r == 0 && S_ISDIR(out->st.st_mode))
		r = -EPERM;
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
