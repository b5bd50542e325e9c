#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each call that agentos-run makes of libc fails once, for every call that there is: the agent is
# refused the same as without a failure, what was done is in the record, and the run comes to an end
# soon, with nobody left. Which functions, and how they fail, is in the table at the end.
#
# FAULT_CALLS=N    tries N calls of each function, spread over all that there are (default: 6; all: 0)
# FAULT_ONLY=NAME  this function alone
. "$(dirname "$0")/lib.sh"

CALLS=${FAULT_CALLS:-6}

# injected FAULT - the agent's run with this failure.
injected() {
	rm -f "$T/report"
	AGENT_UNDER=(env "AGENTOS_FAULT=$1" "AGENTOS_FAULT_REPORT=$T/report"
		"LD_PRELOAD=$FAULTS/preload_faults.so")
	agent
	head -c 4096 "$T/report" | tr -d '\0' >"$T/injected"
}

# The run came to its end: by itself, or agentos-run failed and all is over.
loose_ends() {
	# libseccomp 2.5.4 may run in circles in seccomp_export_bpf() when an allocation has failed, and
	# crash: before there is anybody but agentos-run.
	case $status:$left:$(wc -c <"$T/out") in
	late:1:0) ! grep -q '^[cmre]*alloc ' "$T/injected" || status=137 left=0 ;;
	esac
	case $status in
	0) grep -qs '^end: ok' "$T/out" || echo "status 0 before the end" ;;
	125 | 126 | 127 | 134 | 137) ;;
	139) [ ! -s "$T/out" ] || echo "agentos-run crashed" ;; # libseccomp does, before there is an agent
	*) echo "status $status" ;;
	esac
	[ "$left" = 0 ] || echo "$left processes are left"
	case $status in
	134 | 137 | 139 | late) ;; # nobody was there to remove them
	*) [ -z "$(ls -A "$T/tmp")" ] || echo "temporary files are left" ;;
	esac
	rm -rf "$T/tmp" && mkdir "$T/tmp"
}

# What has happened is in the record, and so is what was said to be refused.
unrecorded() {
	local name text
	[ -e "$AUDIT" ] || return
	"$AGENTOS" audit verify --audit "$AUDIT" >"$T/verified" 2>&1 || cat "$T/verified"
	"$AGENTOS" audit query --audit "$AUDIT" >"$T/rows" 2>&1 || cat "$T/rows"
	for name in made folder new link fifo masked socket shared/nobody; do
		[ ! -e "$WS/$name" ] && [ ! -L "$WS/$name" ] ||
			grep -q "  $WS/$name  allow" "$T/rows" || echo "$name was made without a record"
	done
	[ -e "$WS/gone" ] || grep -q "delete_file  $WS/gone  allow" "$T/rows" ||
		echo "gone was deleted without a record"
	sed -n "s/^agentos: denied \([a-z_]*\) '\([^']*\)'.*/  \1  \2  deny/p" "$T/err" | sort -u >"$T/told"
	while read -r text; do
		grep -qF "$text" "$T/rows" || echo "told, and not recorded: $text"
	done <"$T/told"
}

# Made as the caller would have.
misfits() {
	local name mode owner
	for name in "$WS/masked" "$WS/shared/nobody"; do
		[ -e "$name" ] || continue
		read -r mode owner <<<"$(stat -c '%a %u' "$name")"
		case ${name##*/} in
		masked) [ "$mode" = 640 ] || echo "masked has mode $mode" ;;
		nobody) [ "$owner" = 65534 ] || echo "nobody's belongs to $owner" ;;
		esac
	done
}

problems() {
	harm
	loose_ends
	unrecorded
	misfits
}

# How often each function is called; nothing is wrong when none of them fails.
count() {
	injected open:0:0
	same "without a failure: nothing is wrong" "" "$(problems)"
	same "and all that is allowed is done" "" "$(undone)"
	cp "$T/injected" "$T/counts"
	check "and the library has counted the calls" grep -q "^notif_recv [1-9]" "$T/counts"
}

# numbers NAME - which calls of this function are to fail: all, or so many spread over all.
numbers() {
	local count
	count=$(sed -n "s/^$1 //p" "$T/counts")
	awk -v count="${count:-0}" -v calls="$CALLS" 'BEGIN {
		step = calls && count > calls ? count / calls : 1
		for (n = (step + 1) / 2; n <= count; n += step) print int(n)
	}'
}

# fail NAME ERROR - each call of NAME in turn fails with ERROR.
fail() {
	local number error wrong=0 tried=0 slowest=0
	error=$(python3 -c "import errno; print(errno.$2)")
	for number in $(numbers "$1"); do
		injected "$1:$number:$error"
		[ -s "$T/injected" ] || continue # there were fewer this time
		tried=$((tried + 1))
		[ "$took" -le "$slowest" ] || slowest=$took
		problems >"$T/problems"
		[ -s "$T/problems" ] || continue
		wrong=$((wrong + 1))
		! grep -q outside "$T/problems" || mend
		note "$(cat "$T/injected"); status $status after $took ms"
		note_file problems "$T/problems"
		grep -v '^agentos: denied' "$T/err" >"$T/other"
		note_file errors "$T/other"
	done
	[ "$tried" -gt 0 ] || return
	if [ "$wrong" = 0 ]; then
		ok "$1 fails with $2: $tried calls, the slowest run $slowest ms"
	else
		not_ok "$1 fails with $2: $wrong of $tried"
	fi
}

control
[ "$AGENTOS_RUN" != env ] || exit
count
while read -r name errors; do
	[ -z "${FAULT_ONLY:-}" ] || [ "$FAULT_ONLY" = "$name" ] || continue
	for error in $errors; do
		fail "$name" "$error"
	done
done <<'END'
notif_recv EINTR ENOMEM
notif_send EINTR
notif_valid EINTR ENOENT
notif_addfd EINTR EMFILE
open EMFILE
openat ENOMEM
openat2 ENOMEM
fopen EMFILE
opendir EMFILE
readdir ENOMEM
fgets EIO
read EIO EINTR
pread EIO
write EIO EINTR
pwrite ENOSPC EIO
process_vm_readv EPERM ENOMEM
process_vm_writev EPERM
close EIO
fstat EIO
stat ENOMEM
statx EIO
fstatfs EIO
readlink ENOMEM
faccessat EIO
fcntl EMFILE
pidfd_open EMFILE
pidfd_getfd EMFILE EPERM
setgroups EPERM
capget EINVAL
capset EPERM
seccomp EINVAL ENOMEM
landlock_create_ruleset ENOMEM EMFILE
landlock_add_rule EINVAL
landlock_restrict_self E2BIG
clone EAGAIN
fork EAGAIN
setfsuid EPERM
setfsgid EPERM
getgroups EINVAL
malloc ENOMEM
calloc ENOMEM
realloc ENOMEM
pthread_create EAGAIN
connect EIO
bind EADDRINUSE
listen EADDRINUSE
sendmsg ENOBUFS
getsockopt ENOBUFS
getsockname ENOBUFS
getifaddrs ENOMEM
seize EPERM ESRCH
interrupt EIO
registers EIO
detach ESRCH
waitpid EINTR
waitid EINTR
poll EINTR ENOMEM
sigwaitinfo EINTR
signalfd EMFILE
pipe2 EMFILE
unshare EPERM
close_range EINVAL
dup2 EMFILE
prctl EPERM
sigaction EINVAL
sigprocmask EINVAL
kill EPERM
fchdir EACCES
chdir EACCES
mkdirat ENOSPC
mknodat ENOSPC
unlinkat EROFS
renameat2 ENOSPC
symlinkat ENOSPC
truncate EIO
fchmod EIO
utimensat EIO
mkdtemp ENOSPC
mkostemp ENOSPC
mkdir ENOSPC
link EPERM
unlink EIO
fdatasync EIO
ftruncate ENOSPC
mmap ENOMEM
memfd_create EMFILE
getrandom ENOSYS
setenv ENOMEM
realpath ENOMEM
getcwd ENOENT
END
