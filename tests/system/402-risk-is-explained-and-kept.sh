# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
small_disk 4m
dd if=/dev/zero of="$root/full/f" bs=1M count=1 2> /dev/null
conf <<< 'horizon = 10'
metadata '{"a": 1}'
same 3 "$("$PREHUP" explain --sysroot "$root" > /dev/null 2>&1 || echo $?)" # no daemon
daemon
explained() { "$PREHUP" explain --sysroot "$root" | grep -q "$1"; }
"$PREHUP" explain --sysroot "$root" > first # during learning or just after
grep -qE 'Still learning|Risk of failing' first
await "a risk" explained '^Risk of failing within 10 s: 0.0'
await "a word on it" explained 'filesystem /full: ok'
explained 'fs.used_ratio\[/full\] at 25.0 %'
explained 'usually 25.0 %'
"$PREHUP" explain --json --sysroot "$root" | python3 -c '
import json, sys
doc = json.load(sys.stdin)
assert doc["state"] == "ok" and 0 <= doc["risk"] < 0.4, doc
(metric,) = [m for c in doc["causes"] for m in c["metrics"] if m["metric"] == "fs.used_ratio"]
assert [w["horizon_s"] for w in metric["within"]] == [10, 3600, 21600, 86400], metric
assert metric["within"][3]["risk"] is None, metric'
"$PREHUP" watch --frames 2 --every 1 --sysroot "$root" > frames
grep -q 'fs.used_ratio\[/full\]' frames
grep -q '25.0 %' frames

# After a restart learning continues.
end -TERM
daemon
await "a risk again" explained '^Risk of failing within 10 s: 0.0'
said 'is incomplete' && exit 1
end -TERM
printf x | dd of="$root/var/lib/prehup/learnt" bs=1 seek=100 conv=notrunc 2> /dev/null
daemon
said 'is incomplete'
end -TERM
