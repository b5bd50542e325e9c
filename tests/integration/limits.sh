#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a run may use, and how often it may do things: each limit by its effect, and nobody inside
# can raise it.
. "$(dirname "$0")/lib.sh"

# run_id - of the last run
run_id() {
	"$AGENTOS" audit query --audit "$AUDIT" --json | sed -n 's/.*"run":"\([^"]*\)".*/\1/p' | tail -n 1
}

# under LIMITS - the policy of the runs that follow
under() {
	printf 'version: "1.0"\nname: limits\nlimits: { %s }\n' "$1" >"$T/policy.yaml"
	RUN_OPTIONS=(-p "$T/policy.yaml")
}

under "wall_time: 1s"
refused "a run that takes longer than wall_time is ended" '[ -e late ]' sh -c 'sleep 2; touch late'
same "with the status of timeout(1)" 124 "$status"
check "and it is said" grep -q "took all of its 1 s (wall_time)" "$T/err"
refused "also when it ignores signals" '[ -e late ]' sh -c 'trap "" TERM INT HUP; sleep 2; touch late'
refused "with all that it started" '[ -e late ]' sh -c '(setsid sh -c "sleep 2; touch late" &) ; sleep 3'
check "nothing is left" within 5 no_processes
allowed "one that is quicker is not" '[ "$status" = 3 ]' sh -c 'exit 3'

under "cpu_time: 1s"
refused "a process that computes longer than cpu_time is ended" '[ -e late ]' \
	perl -e '1 while (times)[0] < 2; open my $late, ">", "late"'
allowed "one that waits is not" '[ -e late ]' sh -c 'sleep 2; touch late'

if need python3; then
	under "memory: 64MiB"
	refused "a process gets no more memory than the limit" 'grep -qx got "$T/out"' \
		python3 -c 'x = bytearray(200 << 20); print("got")'
	allowed "and as much as it" 'grep -qx got "$T/out"' python3 -c 'x = bytearray(20 << 20); print("got")'
	refused "it cannot raise the limit" 'grep -qx got "$T/out"' python3 -c '
import resource
try:
    resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
except (ValueError, OSError):
    pass
x = bytearray(200 << 20)
print("got")'
fi

under "file_size: 1MiB"
refused "a file grows to the limit" '[ "$(stat -c %s big)" -gt 1048576 ]' dd if=/dev/zero of=big bs=64k count=32
allowed "and a smaller one is written" '[ "$(stat -c %s small)" = 524288 ]' dd if=/dev/zero of=small bs=64k count=8

under "open_files: 20"
refused "descriptors are counted" '[ "$status" = 0 ]' bash -c 'for i in 30 31 32; do eval "exec $i</dev/null" || exit 1; done'
refused "and stay counted" '[ "$status" = 0 ]' bash -c 'ulimit -n 64 && exec 40</dev/null'
allowed "as many as there may be" '[ "$status" = 0 ]' sh -c 'exec 9</dev/null'

FORKS='for (1 .. $ARGV[0]) { my $p = fork; last unless defined $p; $p or exec "sleep", "2"; $n++ }
	open my $all, ">", "all" if $n == $ARGV[0]; 1 while wait > 0'
if "$AGENTOS" doctor | grep -q "^cgroup *yes"; then
	# A group of its own: what counts is what the run has.
	under "processes: 60"
	refused "the processes of the run are counted" '[ -e all ]' perl -e "$FORKS" 120
	allowed "as many as there may be" '[ -e all ]' perl -e "$FORKS" 3
	if need python3; then
		under "memory: 300MiB"
		EATS='import os, sys
pids = []
for i in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        x = bytearray(b"x" * (100 << 20))
        os.read(0, 1)
        os._exit(0)
    pids.append(pid)
os.write(2, b"")
ends = [os.waitpid(pid, 0)[1] for pid in pids]
print("got" if not any(ends) else ends)'
		refused "memory is counted over all processes" 'grep -qx got "$T/out"' python3 -c "$EATS" 5
		allowed "and as much as the limit is given" 'grep -qx got "$T/out"' python3 -c "$EATS" 1
	fi
	same "no group is left behind" "" "$(find /sys/fs/cgroup -type d -name "agentos-$(run_id)")"
else
	skip "limits of the whole run" "kernel: $("$AGENTOS" doctor | sed -n 's/^cgroup *no *//p')"
	# Those of the same user elsewhere count as well, so the limit is above what there are now.
	now=$(ps -L -U "$(id -u)" -o pid= 2>/dev/null | wc -l)
	under "processes: $((now + 60))"
	if [ "$(id -u)" = 0 ]; then
		fresh
		governed true
		same "root's processes cannot be limited: the run does not start" 125 "$status"
		check "and it is said why" grep -q "cannot limit the processes of root" "$T/err"
		RUN_OPTIONS+=(--level no-limits)
		allowed "unless that is accepted" '[ "$status" = 0 ]' true
	else
		refused "processes are counted" '[ -e all ]' perl -e "$FORKS" 120
		allowed "as many as there may be" '[ -e all ]' perl -e "$FORKS" 3
	fi
fi

# Of two policies the smaller limit holds.
under "wall_time: 1s"
printf 'version: "1.0"\nname: other\nlimits: { wall_time: 1h }\n' >"$T/other.yaml"
RUN_OPTIONS+=(-p "$T/other.yaml")
refused "the smaller limit of two policies holds" '[ -e late ]' sh -c 'sleep 2; touch late'

# How often.
cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: often
rules:
  - { name: three, on: read_file, path: "**/data*", limit: 3/hour, message: read slowly }
END
RUN_OPTIONS=(-p "$T/policy.yaml")
prepare() {
	echo text | tee data1 data2 data3 >data4
	echo more >other
}
refused "what exceeds a rule's limit is refused" '[ "$(grep -c text "$T/out")" -gt 3 ]' \
	sh -c 'cat data1 data2; cat data3; cat data4; cat other other other'
check "with a word on when to try again" grep -q "read slowly; at most 3/hour, again in [0-9]* s" "$T/err"
allowed "what another rule is about is not counted" '[ "$(grep -c more "$T/out")" = 3 ]' cat other other other data1

# How far a limit is used up, by the record.
why() {
	bare "$AGENTOS" why --audit "$AUDIT" -p "$T/policy.yaml" "$@"
}
if [ "$AGENTOS_RUN" != env ]; then
	fresh
	governed sh -c 'cat data1; cat data2; cat other'
	why --run "$(run_id)" read_file path=data3
	same "the level of a run that is over: 0" 0 "$status"
	check "it is as it was at the end" grep -q "^run '.*' is over: as it was at its end$" "$T/out"
	check "used, allowed, and when it ends" grep -Eq \
		"^limit 'three' \(.*policy.yaml:4\): used 2 of 3 in 3600 s; all again in 2[34][0-9]{2} s$" "$T/out"
	why --run "$(run_id)" read_file path=other
	check "what is under no limit says so" grep -qx "no limit is on this" "$T/out"
	fresh
	governed sh -c 'cat data1 data2 data3 data4'
	why --run "$(run_id)" --json read_file path=data3
	same "what a limit would refuse now: 1" 1 "$status"
	check "with the limit's rule and all numbers" python3 -c 'import json, sys
answer = json.load(open(sys.argv[1]))
[level] = answer["limits"]
assert answer["verdict"] == "deny" and answer["rule"] == "three", answer
assert answer["run_is_over"] and answer["run_had_these_policies"]
assert (level["used"], level["allowed"], level["period"]) == (3, 3, 3600), level
assert 1190 <= level["wait"] <= 1200 and 3590 <= level["full"] <= 3600, level' "$T/out"
	why read_file path=data3
	same "without the run it is granted" 0 "$status"
	bare "$AGENTOS" why --audit "$AUDIT" --run "$(run_id)" read_file path=data3
	check "other policies than the run had are told" grep -q "^it had other policies" "$T/out"
	why --run nobody read_file path=data3
	same "a run that is not there: 1" 1 "$status"
	check "is said" grep -q "there is no run 'nobody' in the record" "$T/err"

	fresh
	mkfifo "$WS/end"
	(governed sh -c 'cat data1; read -r line <end') &
	level_is() {
		why --run "$(run_id)" read_file path=data3
		grep -q "' is not over$" "$T/out" && grep -q "used $1 of 3 in 3600 s" "$T/out"
	}
	check "the level of a run that goes on" within 10 level_is 1
	echo >"$WS/end"
	wait
fi

cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: past
rules:
  - { name: past, on: read_file, path: "~/notes/", action: allow, until: 2020-01-01 }
  - { name: still, on: read_file, path: "~/papers/", action: allow, until: 2100-01-01 }
END
prepare() {
	mkdir "$HOME/notes" "$HOME/papers"
	echo text | tee "$HOME/notes/a" >"$HOME/papers/a"
}
refused "a grant ends with its day" 'grep -q text "$T/out"' cat "$HOME/notes/a"
allowed "and holds until then" 'grep -q text "$T/out"' cat "$HOME/papers/a"

# A run of refusals.
prepare() { echo text >other; }
cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: refusals
rules:
  - { name: closed, on: read_file, path: "**/closed*", action: deny }
escalate: { denials: 5/hour, signal: SIGKILL }
END
RUN_OPTIONS=(-p "$T/policy.yaml")
prepare() { touch closed1 closed2 closed3 closed4 closed5 closed6; }
refused "more refusals than escalate lets pass end the run" '[ -e late ]' \
	sh -c 'for i in 1 2 3 4 5 6; do cat closed$i; done; touch late'
check "with a word on why" grep -q "too many refusals: 5 in 3600 s; the run is killed" "$T/err"
allowed "a few do not" '[ -e late ]' sh -c 'cat closed1 closed2; touch late'
