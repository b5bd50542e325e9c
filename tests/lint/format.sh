#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All sources are laid out as `make format` does. Versions of clang-format differ: that of Debian 12 counts.

. "$(dirname "$0")/../support/lint.sh"

VERSION=14
name="the layout is that of make format"
if ! command -v clang-format >/dev/null; then
	skip "$name" "not installed: clang-format"
elif ! clang-format --version | grep -q "version $VERSION\."; then
	skip "$name" "not version $VERSION of clang-format"
else
	files "($modules|^tests/(unit|support|adversarial|compat|bench|fuzz)/).*\.[ch]$" | while read -r path; do
		clang-format "$path" | cmp -s - "$path" || echo "$path"
	done | nothing "$name"
fi
