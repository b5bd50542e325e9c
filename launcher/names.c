/* SPDX-License-Identifier: MIT */
#include "launcher/names.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/gitfolder.h"
#include "launcher/identity.h"

int names_refuse_git(struct request *request, const struct place *place)
{
	struct event event = {
		.action = ACTION_WRITE_FILE,
		.path = place->path,
		.given = request->path[0],
	};

	return request_refuse(
		request, &event, "guard-git-folder",
		"git would take this folder for one of its own, and run what it names");
}

/* What is beside a name may have come since it was judged. */
static bool is_as_judged(const struct request *request, const struct place *place)
{
	bool makes_folder = request->call == CALL_mkdir || request->call == CALL_mkdirat;

	if (place->fd < 0 && !makes_folder && gitfolder_completes(place))
		return false;
	return place->in_git_folder || !gitfolder_holds(place);
}

/* What moves was judged by more than its name, so it must stay what it was meanwhile. */
static bool is_rename(enum call call)
{
	return call == CALL_rename || call == CALL_renameat || call == CALL_renameat2;
}

int names_begin(struct request *request, const struct place *place, const struct place *other)
{
	pthread_rwlock_t *lock = &request->supervisor->names_lock;
	bool concerns_git = (place && gitfolder_concerns(place)) ||
			    (other && gitfolder_concerns(other));
	int r = identity_assume(request);

	if (r < 0)
		return r;
	if (concerns_git || is_rename(request->call))
		(void)pthread_rwlock_wrlock(lock);
	else
		(void)pthread_rwlock_rdlock(lock);
	if (!concerns_git || request->supervisor->shadow)
		return 0;
	if (other && !is_as_judged(request, other))
		place = other;
	else if (is_as_judged(request, place))
		return 0;
	(void)names_end(request, 0);
	return names_refuse_git(request, place);
}

void names_undo(struct request *request, const struct place *place, int fd)
{
	pthread_rwlock_t *lock = &request->supervisor->names_lock;
	struct stat made, now;

	if (identity_assume(request) < 0)
		return;
	(void)pthread_rwlock_wrlock(lock);
	if (fstat(fd, &made) == 0 &&
	    fstatat(place->parent_fd, place->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    made.st_dev == now.st_dev && made.st_ino == now.st_ino)
		(void)unlinkat(place->parent_fd, place->name, 0);
	(void)pthread_rwlock_unlock(lock);
	identity_drop();
}

int64_t names_end(struct request *request, long result)
{
	int64_t answer = result < 0 ? -errno : result;

	(void)pthread_rwlock_unlock(&request->supervisor->names_lock);
	identity_drop();
	return answer;
}
