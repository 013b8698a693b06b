# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in busy
small_disk 1m
fill_disk
conf <<C
[hook drain]
triggers = predict.raised
action = echo "\$PREHUP_METRIC \$PREHUP_INSTANCE" >> $PWD/ran
[signal tell]
type = wait-condition
url = http://127.0.0.1:$port/v1/waitcondition/x?Signature=secret&Timestamp=y
[signal scale]
type = policy
url = http://127.0.0.1:$port/v1/signal/x?Signature=secret
C
metadata '{}'
daemon
await "the hook" ran 1
await "both were refused" sh -c '[ "$(wc -l < requests)" -ge 2 ]'
status_is '"waiting": 2'
end -KILL
same 2 "$(find "$root/var/lib/prehup/signals" -name '*.json' | wc -l)"
umount "$root/full" # so that nothing is predicted twice
manners ok
daemon
await "both are taken" sh -c '[ "$(grep -c ^ok requests)" = 2 ]'
await "an empty spool" sh -c "[ -z \"\$(ls $root/var/lib/prehup/signals)\" ]"
sleep 1
same 2 "$(grep -c ^ok requests)"
grep -q '^ok PUT application/json {"Status":"SUCCESS","Reason":"fs.used_ratio\[/full\] at 100' requests
grep -q '^ok POST application/json {"alarm_id":"prehup:fs.used_ratio\[/full\]".*"previous":"ok","current":"alarm"' requests
same "" "$(grep secret log)"
end
