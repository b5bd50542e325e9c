#!/bin/bash
# SPDX-License-Identifier: MIT
#
# No file names a place that exists on a developer's machine only. Examples have a home of nobody's.

. "$(dirname "$0")/../support/lint.sh"

# Of nobody's, and one that is the same everywhere.
examples='agent|alice|bob|dev|linuxbrew|me|name|someone|u|user|you|other|somebody'

xargs -r grep -nIE '(^|[^A-Za-z0-9_$"})./-])/(work|home|Users)/[A-Za-z]' <"$work/files" |
	grep -vE "/home/($examples)\b" | grep -v '^tests/lint/' | nothing "no path of a developer's machine"
