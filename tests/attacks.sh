#!/bin/bash
# SPDX-License-Identifier: MIT
#
# attacks.sh LOG... - what the adversarial tests tried, by category, from their TAP logs.
#
# An attack's description begins with "attack CATEGORY: ", what must work beside it with "benign
# CATEGORY: " (category in tests/integration/lib.sh). Of an attack, what follows the last " by " is
# the way: the same way to several targets counts once there.
#
#   ways      different ways        attempts  ways times targets; each ran bare first
#   controls  had their effect bare (the others are skipped: this kernel or user cannot do them)
#   refused   had none governed     benign    worked governed as bare, of how many
#
# Exit status: 0 when every control that had an effect was refused, and all that is benign worked.
set -u

awk '
	match($0, /^(not )?ok [0-9]+ - (attack|benign) [a-z-]+: /) {
		good = $1 == "ok"
		head = substr($0, 1, RLENGTH)
		text = substr($0, RLENGTH + 1)
		n = split(head, words, " ")
		category = substr(words[n], 1, length(words[n]) - 1)
		names[category] = 1
		open = ""
		if (words[n - 1] == "benign") {
			benign[category]++
			if (good) worked[category]++
			next
		}
		attempts[category]++
		if (text ~ /# SKIP/) next
		way = text
		sub(/.* by /, "", way)
		if (!((category, way) in seen)) ways[category]++
		seen[category, way] = 1
		controls[category]++
		if (good) refused[category]++
		else open = category
		next
	}
	# The line after a failure says when it was the control that failed.
	/^# control: / && open { controls[open]--; open = "" }
	function row(name, w, a, c, r, b, of) {
		printf "%-18s %6d %9d %9d %8d %8d of %d\n", name, w, a, c, r, b, of
	}
	END {
		printf "%-18s %6s %9s %9s %8s %8s\n", "category", "ways", "attempts", "controls", "refused", "benign"
		count = 0
		for (name in names) sorted[++count] = name
		for (i = 2; i <= count; i++)
			for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) {
				name = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = name
			}
		for (i = 1; i <= count; i++) {
			name = sorted[i]
			row(name, ways[name], attempts[name], controls[name], refused[name], worked[name], benign[name])
			w += ways[name]; a += attempts[name]; c += controls[name]
			r += refused[name]; b += worked[name]; of += benign[name]
		}
		row(count " categories", w, a, c, r, b, of)
		exit !(count > 0 && c == r && b == of)
	}' "$@"
