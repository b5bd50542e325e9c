#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kernel.py COUNT - what one decision takes in a loop like that of the system we succeed: names of blocked actions,
and substrings in any letter case of the parameters as JSON. Prints "P50 P99 PER_SECOND" as tests/bench/rules.c."""

import json
import sys
import time

count = int(sys.argv[1])
policies = {
    "blocked": {"blocked_actions": ["file_delete", "send_email"]},
    "paths": {"blocked_patterns": [f"/srv/P{i}/secret" for i in range(count)]},
}


def check(action, params):
    for policy in policies.values():
        if action in policy.get("blocked_actions", ()):
            return "action"
        patterns = policy.get("blocked_patterns")
        if patterns:
            text = json.dumps(params).lower()
            for pattern in patterns:
                if pattern.lower() in text:
                    return pattern
    return None


times = []
for i in range(max(200, 200000 // count)):
    params = {"path": f"/srv/p{i * 7919 % (count + count // 4)}/data/a/b/c.txt"}
    start = time.perf_counter_ns()
    check("file_read", params)
    times.append(time.perf_counter_ns() - start)
rate = len(times) * 1e9 / sum(times)
times.sort()
print(times[len(times) // 2], times[len(times) * 99 // 100], round(rate))
