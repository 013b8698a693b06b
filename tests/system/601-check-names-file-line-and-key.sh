# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
check() { "$PREHUP" check --sysroot "$root" "$@"; }
same "0 hooks, 0 signals: no errors" "$(check)"
printf '[x]\ntriggers=post.update\npath=Resources.S\n' > "$root/etc/cfn/hooks.conf"
out=$(check) && exit 1
same "/etc/cfn/hooks.conf:1: [x]: no action; this hook is left out" "$out"
rm "$root/etc/cfn/hooks.conf"
printf '[predict]\nhorizon = 1\n' > "$root/etc/prehup/prehup.conf"
out=$(check) && exit 1
same '/etc/prehup/prehup.conf:2: [predict] horizon: "1" is less than 10' "$out"
rm "$root/etc/prehup/prehup.conf"
echo '{"prehup": {"predict": {"raise": 3}}}' > m.json
out=$(check --metadata m.json) && exit 1
same 'm.json: metadata: prehup.predict.raise: "3" is more than 1' "$out"
echo '{"prehup": {"predict": {"raise": 0.9}}}' > m.json
check --metadata m.json
check --print | grep -q '^horizon = 900$'
# usage
"$PREHUP" > /dev/null 2>&1 && exit 1
same 2 "$("$PREHUP" nonsense > /dev/null 2>&1 || echo $?)"
same 2 "$("$PREHUP" run --nonsense > /dev/null 2>&1 || echo $?)"
same 2 "$("$PREHUP" --sysroot relative check > /dev/null 2>&1 || echo $?)"
same 3 "$("$PREHUP" status --sysroot "$root" > /dev/null 2>&1 || echo $?)"
"$PREHUP" --version | grep -q '^prehup [0-9]'
for c in run check status replay; do "$PREHUP" $c --help | grep -q '^usage: prehup '; done
