# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ]
{
	on_change 1-never-ends "trap '' TERM; (trap '' TERM; echo \$\$ > $PWD/grandchild; sleep 1000) & sleep 1000" 'timeout = 1' 'retries = 0'
	on_change 2-floods "head -c 300000000 /dev/zero | tr '\\0' 'y'"
	on_change 3-leaves-a-daemon "sleep 30 & echo \$! > $PWD/left"
	on_change 4-tells-secrets 'echo "password=hunter2 Signature=abc%%3D"; exit 3' 'retries = 0'
	on_change 6-limits "ulimit -c > $PWD/core" 'retries = 0'
	on_change 5-nobody '(id -u; id -ru; id -G; echo $HOME; pwd; cat /etc/shadow 2>&1 | head -1) > /tmp/prehup-nobody.$$; cp /tmp/prehup-nobody.$$ /tmp/prehup-nobody; rm /tmp/prehup-nobody.$$' 'runas = nobody'
} | conf
metadata '{"a": 1}'
rm -f /tmp/prehup-nobody
ulimit -S -c "$(ulimit -H -c)"
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}disable_coredump=0" # else the sanitizer sets that limit to 0
daemon
kib() { awk '/^VmHWM/ { print $2 }' "/proc/$pid/status"; }
await "all have run" test -e /tmp/prehup-nobody
await "nobody is done" said 'hook 5-nobody: done'
said 'hook 1-never-ends: did not end within its time limit'
said 'hook 4-tells-secrets: exit status 3'
await "the limits" test -s core
[ "$(ulimit -c)" = 0 ] || same "$(ulimit -c) / 1" "$(cat core) / $(awk '/^Max core file size/ { print $5 }' "/proc/$pid/limits")"
same "" "$(grep -e hunter2 -e 'abc%' log)"
[ "$(kib)" -lt 40000 ] # 300 MB of output
! kill -0 "$(cat grandchild)" 2> /dev/null
kill -0 "$(cat left)" # a daemon that a hook starts survives
kill "$(cat left)"
same "$(id -u nobody) $(id -u nobody) $(id -G nobody) $(getent passwd nobody | cut -d: -f6) / cat: /etc/shadow: Permission denied" \
	"$(tr '\n' ' ' < /tmp/prehup-nobody | sed 's/ $//')"
rm -f /tmp/prehup-nobody
end
