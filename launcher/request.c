/* SPDX-License-Identifier: MIT */
#include "launcher/request.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "common/clean.h"
#include "common/clock.h"
#include "common/wire.h"
#include "launcher/ask.h"
#include "launcher/caller.h"
#include "launcher/explained.h"
#include "launcher/guard.h"
#include "launcher/judge.h"
#include "launcher/memory.h"
#include "launcher/outcome.h"
#include "launcher/procfile.h"
#include "rules/explain.h"
#include "rules/limits.h"
#include "rules/redact.h"

#define PAGE_BYTES 4096

int request_ioctl(const struct supervisor *supervisor, unsigned long operation, void *argument)
{
	int r;

	do
		r = ioctl(supervisor->listener_fd, operation, argument);
	while (r < 0 && errno == EINTR);
	return r;
}

bool request_is_alive(const struct request *request)
{
	uint64_t id = request->id;

	return request_ioctl(request->supervisor, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

int request_path_check(const struct request *request, unsigned which)
{
	if (request->path[which])
		return 0;
	return request->path_error[which] ? request->path_error[which] : -EFAULT;
}

int request_read_pieces(struct request *request, const struct iovec *there, size_t count, void *buf,
			size_t size)
{
	ssize_t done = size ? memory_read_pieces(request->tid, &request->mem_fd, there, count, buf,
						 size)
			    : 0;

	if (!request_is_alive(request))
		return -ESRCH;
	return done == (ssize_t)size ? 0 : -EFAULT;
}

int request_read(struct request *request, uint64_t address, void *buf, size_t size)
{
	const struct iovec there = { (void *)(uintptr_t)address, size };

	return request_read_pieces(request, &there, 1, buf, size);
}

ssize_t request_read_text(struct request *request, uint64_t address, char *buf, size_t size)
{
	size_t len = 0;

	/* Up to a page end at a time: the text may end right before an unmapped page. */
	while (len < size) {
		size_t block = PAGE_BYTES - (address + len) % PAGE_BYTES;
		const char *end;
		ssize_t done;

		if (len == 0 && block > 256)
			block = 256; /* most paths are short, and copying costs by the byte */
		if (block > size - len)
			block = size - len;
		done = memory_read(request->tid, &request->mem_fd, address + len, buf + len, block);
		if (done <= 0)
			return request_is_alive(request) ? -EFAULT : -ESRCH;
		end = memchr(buf + len, '\0', (size_t)done);
		if (end)
			return request_is_alive(request) ? end - buf : -ESRCH;
		len += (size_t)done;
	}
	return request_is_alive(request) ? -ENAMETOOLONG : -ESRCH;
}

int request_write(struct request *request, uint64_t address, const void *buf, size_t size)
{
	ssize_t done;

	if (!request_is_alive(request))
		return -ESRCH;
	done = size ? memory_write(request->tid, &request->mem_fd, address, buf, size) : 0;
	return done == (ssize_t)size ? 0 : -EFAULT;
}

/* Return: 0 with request->caller set, or negative errno. */
static int caller_find(struct request *request)
{
	return request->caller ? 0 : caller_of(request, &request->caller);
}

/* For what is asked of every call: not when hundreds at once would each hold a descriptor for it. */
static bool caller_is_known(struct request *request)
{
	return request->caller || (caller_may_keep() && caller_find(request) == 0);
}

pid_t request_pid(struct request *request)
{
	return caller_is_known(request) ? request->caller->pid : caller_process(request->tid);
}

int request_pidfd(struct request *request)
{
	int r = caller_find(request);

	return r < 0 ? r : request->caller->pidfd;
}

int request_dup(struct request *request, int fd)
{
	int pidfd = request_pidfd(request);
	int copy;

	if (pidfd < 0)
		return pidfd;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	return copy < 0 ? -errno : copy;
}

const char *request_program(struct request *request)
{
	char path[64];
	ssize_t len;

	if (request->program[0])
		return request->program;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", request->tid);
	len = readlink(path, request->program, sizeof(request->program) - 1);
	request->program[len > 0 ? len : 0] = '\0';
	return request->program;
}

/* What rules look at; of the program only where one does, for it costs a look into /proc. */
/* The caller's effective user; that of nobody when it is not to be found out. */
static uid_t uid_now(const struct request *request)
{
	const char *line;
	unsigned uid;

	if (request->supervisor->uid != 0 || !atomic_load(&request->supervisor->credentials_moved))
		return request->supervisor->uid;
	line = procfile_line(procfile_status(request->tid), "Uid");
	return line && sscanf(line, "%*u %u", &uid) == 1 ? (uid_t)uid : (uid_t)-1;
}

static unsigned hour_now(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? (unsigned)local.tm_hour : 0;
}

/* What the taps ask about is no call of the kernel's. */
static const char *name_of_call(const struct request *request)
{
	if (request->number == WIRE_NR_TAP)
		return "tap";
	return request->call < CALL_COUNT ? call_table[request->call].name : "unknown";
}

/* What is found out only where a rule looks at it. */
static void event_introduce(struct request *request, struct event *event)
{
	const struct supervisor *supervisor = request->supervisor;

	event->call = name_of_call(request);
	event->agent = supervisor->agent;
	event->ring = EVENT_RING_AGENT;
	event->uid = supervisor->judges_users ? uid_now(request) : supervisor->uid;
	if (supervisor->judges_programs) {
		event->program = request_program(request);
		event->pid = request_pid(request);
	}
	if (supervisor->judges_hours)
		event->hour = hour_now();
}

/* The rest of what is recorded; the program that was judged is the one that is recorded. */
static void event_complete(struct request *request, struct event *event)
{
	bool is_known = !request->program[0] && caller_is_known(request);

	event->program = is_known ? caller_program(request->caller) : request_program(request);
	event->pid = request_pid(request);
}

static int refusal_errno(const struct request *request)
{
	if (request->number == WIRE_NR_TAP)
		return EACCES;
	return request->call < CALL_COUNT ? call_table[request->call].refusal : ENOSYS;
}

static void refusal_explain(struct request *request, const struct event *event,
			    const struct decision *decision)
{
	struct supervisor *supervisor = request->supervisor;
	char *sentence = request->sentence;
	size_t size = sizeof(request->sentence);
	char target[PATH_MAX + 64];
	size_t len;

	if (supervisor->explain == EXPLAIN_JSON)
		len = decision_json(event, decision, sentence, size);
	else
		len = decision_sentence(event, decision, sentence, size);
	if (supervisor->explain == EXPLAIN_OFF || request->is_quiet)
		return;
	explained_note(supervisor->explained, request, decision->rule,
		       event_target(event, target, sizeof(target)), sentence, len);
}

/* Where the record's row of the next decision is kept; NULL: its outcome is not kept. */
static uint64_t *ticket_next(struct request *request)
{
	size_t count = sizeof(request->tickets) / sizeof(request->tickets[0]);

	return request->ticket_count < count ? &request->tickets[request->ticket_count++] : NULL;
}

void request_ended(struct request *request, int error)
{
	int64_t latency = clock_ns(CLOCK_MONOTONIC) - request->began_ns;

	for (size_t i = 0; i < request->ticket_count; i++)
		recorder_outcome(request->supervisor->recorder, request->tickets[i], error,
				 latency);
	request->ticket_count = 0;
}

/* What is decided goes into the record, then into effect. @decision may become stricter. */
static int decision_carry_out(struct request *request, struct event *event,
			      struct decision *decision, const char *layer)
{
	struct supervisor *supervisor = request->supervisor;
	CLEAN(redacted_release) struct redacted redacted = { 0 };
	const struct event *told;

	if (decision->verdict == VERDICT_ALLOW && !action_changes(event->action) &&
	    !supervisor->record_reads)
		return 0;
	event_complete(request, event);
	told = policy_redact(supervisor->policy, event, &redacted);
	if (outcome_record(supervisor, told, decision, layer, ticket_next(request)) < 0)
		return -EIO; /* what cannot be recorded does not happen */
	if (decision_grants(decision))
		return 0;
	refusal_explain(request, told, decision);
	outcome_effect(supervisor, decision);
	return -refusal_errno(request);
}

/*
 * The kernel says " (deleted)" after the name of a file that was removed or replaced while a
 * descriptor stood for it. What it had been called decides as well: a secret does not become
 * readable because its owner saved a new one. Programs have rules of their own for this.
 *
 * Return: whether there is such a name, which is then in @name.
 */
static bool former_name(const struct event *event, char name[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	size_t suffix = sizeof(deleted) - 1;
	size_t len = event->path ? strlen(event->path) : 0;

	if (event->action == ACTION_EXECUTE || len <= suffix || len >= PATH_MAX ||
	    strcmp(event->path + len - suffix, deleted) != 0)
		return false;
	(void)snprintf(name, PATH_MAX, "%.*s", (int)(len - suffix), event->path);
	return true;
}

/* What is shown is what will be recorded, so all of it must be known before. */
static int ask_and_carry_out(struct request *request, struct event *event,
			     struct decision *decision)
{
	struct ask *ask = request->supervisor->ask;
	int r;

	event_complete(request, event);
	ask_person(ask, request, event, decision);
	r = decision_carry_out(request, event, decision, "supervisor");
	ask_recorded(ask);
	return r;
}

/* What would be decided. Return: 0; -EIO. */
static int record_shadow(struct request *request, struct event *event, struct decision *decision)
{
	struct supervisor *supervisor = request->supervisor;
	CLEAN(redacted_release) struct redacted redacted = { 0 };
	const struct event *told;

	event_complete(request, event);
	told = policy_redact(supervisor->policy, event, &redacted);
	return outcome_record(supervisor, told, decision, OUTCOME_SHADOW, ticket_next(request)) < 0
		       ? -EIO
		       : 0;
}

static int judge_name(struct request *request, struct event *event)
{
	struct supervisor *supervisor = request->supervisor;
	struct decision decision;

	if (judge_by_guard(supervisor, event, &decision))
		return decision_carry_out(request, event, &decision, "guard");
	judge_by_policy(supervisor, event, &decision);
	if (supervisor->limits)
		limits_take(supervisor->limits, event, &decision, outcome_now());
	if (supervisor->shadow && !verdict_grants(decision.verdict))
		return record_shadow(request, event, &decision);
	if (decision.verdict == VERDICT_ASK)
		return ask_and_carry_out(request, event, &decision);
	return decision_carry_out(request, event, &decision, "supervisor");
}

static bool would_grant_name(struct request *request, struct event *event)
{
	struct decision decision;

	if (judge_by_guard(request->supervisor, event, &decision))
		return false;
	if (request->supervisor->shadow)
		return true;
	judge_by_policy(request->supervisor, event, &decision);
	return verdict_grants(decision.verdict);
}

int request_judge(struct request *request, struct event *event)
{
	struct event former;
	char name[PATH_MAX];
	int r = 0;

	if (guard_permits(request->supervisor->guard, event))
		return 0;
	event_introduce(request, event);
	if (former_name(event, name)) {
		former = *event;
		former.path = name;
		if (!would_grant_name(request, &former))
			r = judge_name(request, &former);
	}
	return r < 0 ? r : judge_name(request, event);
}

bool request_would_grant(struct request *request, struct event *event)
{
	struct event former;
	char name[PATH_MAX];

	event_introduce(request, event);
	if (former_name(event, name)) {
		former = *event;
		former.path = name;
		if (!would_grant_name(request, &former))
			return false;
	}
	return would_grant_name(request, event);
}

static struct decision decision_of_guard(const char *guard, const char *message)
{
	return (struct decision){
		.verdict = VERDICT_DENY,
		.rule = guard,
		.file = "",
		.message = message,
	};
}

int request_refuse(struct request *request, struct event *event, const char *guard,
		   const char *message)
{
	struct decision decision = decision_of_guard(guard, message);

	event_introduce(request, event);
	return decision_carry_out(request, event, &decision, "guard");
}

int request_refuse_unseen(struct request *request, struct event *event, const char *guard,
			  const char *message)
{
	struct decision decision = decision_of_guard(guard, message);

	if (!request->supervisor->shadow)
		return request_refuse(request, event, guard, message);
	event_introduce(request, event);
	return record_shadow(request, event, &decision);
}

int64_t request_put(struct request *request, int fd, int flags)
{
	struct seccomp_notif_addfd addfd = {
		.id = request->id,
		.srcfd = (uint32_t)fd,
		.newfd_flags = flags & O_CLOEXEC ? O_CLOEXEC : 0,
	};
	int number = request_ioctl(request->supervisor, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);

	return number < 0 ? -errno : number;
}

int64_t request_give(struct request *request, int fd, int flags)
{
	int64_t number = request_put(request, fd, flags);

	(void)close(fd);
	return number;
}
