# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
conf < /dev/null
metadata '{}'
spool=$root/var/lib/prehup/signals
mkdir -p "$spool"
waiting() { # NUMBER NAME AGE TRIES: a signal that an earlier run has left
	printf '{"body": {"target": "%s", "way": "url", "method": "POST", "url": "http://127.0.0.1:%s/v1/signal/%s", "text": "{}"}, "attempts": %s, "created": %s}' \
		"$2" "$port" "$2" "$4" "$(($(date +%s) - $3))" > "$spool/000000000000000$1.json"
}
# Incomplete and foreign answers do not count.
for fault in half-head portal; do
	rm -f "$spool"/*
	waiting 1 young 5 0
	manners $fault
	: > log
	: > requests
	daemon
	await "$fault: a try" sh -c '[ "$(wc -l < requests)" = 1 ]'
	await "$fault: not accepted" said 'signal young: not accepted'
	manners ok
	await "$fault: taken" said 'signal young: accepted'
	end
done
