# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
mkdir -p "$root/proc/sys/fs" "$root/sys"
printf 'MemTotal: 1000 kB\nMemAvailable: 250 kB\n' > "$root/proc/meminfo"
printf '10\t0\t40\n' > "$root/proc/sys/fs/file-nr"
printf '[collect]\ncollectors = memory files disk\n' > "$root/etc/prehup/prehup.conf"
one() { "$PREHUP" metrics --sysroot "$root" "$@"; }
one > out
grep -q '^mem.used_ratio  *0.75 ratio' out
grep -q '^swap.used_ratio  *unknown' out # and not 0
grep -q '^file.used_ratio  *0.25 ratio' out
if grep -q '^disk' out; then exit 1; fi # this guest has no /proc/diskstats
one --json | python3 -c '
import json, sys
m = {x["metric"]: x for x in json.load(sys.stdin)}
assert m["mem.used_ratio"]["value"] == 0.75 and m["mem.used_ratio"]["kind"] == "bounded"
assert m["swap.used_ratio"]["value"] is None'
# The list is the manual's and has a meaning for each metric.
one --list > list
[ "$(wc -l < list)" -gt 100 ]
grep -q '^kernel.oom_kills  *1  *count  *[a-z]' list
one --list --json | python3 -c 'import json, sys; assert all(x["meaning"] for x in json.load(sys.stdin))'
# A recording can be replayed; files rotate within their bound, each with a header.
"$PREHUP" record --sysroot "$root" --interval 0.1 --count 90 --size 0.001 --files 3 rec.csv
ls rec.csv rec.csv.1 rec.csv.2 > /dev/null
[ ! -e rec.csv.3 ]
for f in rec.csv rec.csv.1 rec.csv.2; do
	head -1 "$f" | grep -q '^timestamp,"mem.used_ratio",'
	"$PREHUP" replay "$f"
done
same 600 "$(stat -c %a rec.csv)"
same 2 "$("$PREHUP" record > /dev/null 2>&1 || echo $?)"
same 2 "$("$PREHUP" record --interval never x > /dev/null 2>&1 || echo $?)"
same 1 "$("$PREHUP" record --sysroot "$root" --count 1 /nowhere/at/all > /dev/null 2>&1 || echo $?)"
