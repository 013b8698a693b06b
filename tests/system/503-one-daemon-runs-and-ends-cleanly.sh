# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
on_change slow "echo begin >> $PWD/ran; sleep 2; echo end >> $PWD/ran" | conf
metadata '{"a": 1}'
daemon
same 1 "$("$PREHUP" run --sysroot "$root" > second 2>&1 || echo $?)"
grep -q 'another prehup is already running' second
await "the hook" ran 1
end -TERM # in the middle of the hook, whose end it waits for
same "begin end" "$(tr '\n' ' ' < ran | sed 's/ $//')"
said ended
[ ! -e "$root/run/prehup/control" ]
daemon
"$PREHUP" poll --sysroot "$root"
same 2 "$(wc -l < ran)"
end -INT
# its files are private
same "" "$(find "$root/var/lib/prehup" "$root/var/cache/heat-cfntools" -type f ! -perm 600)"
same "" "$(find "$root/var/lib/prehup" -type d ! -perm 700)"
