# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
cfn_guest
mkdir -p "$root/var/log"
ln -s "$PREHUP" cfn-hup
export PREHUP_SYSROOT=$root
status() { local s=0; ./cfn-hup "$@" > out 2> err < /dev/null || s=$?; echo $s; }
echo '{"n": 1}' > metadata
same 1 "$(status)"
grep -q 'No hook files found at /etc/cfn/hooks.conf or /etc/cfn/hooks.d' err
printf '[log]\ntriggers=post.update\npath=Resources.Server.Metadata\nrunas=root\naction=echo $PREHUP_TRIGGER >> %s/ran; false\n' "$PWD" > "$root/etc/cfn/hooks.conf"
same 0 "$(status -f)" # a hook that fails is no failure of cfn-hup
same "post.update" "$(cat ran)"
# without a terminal the log is a file like the reference's, and nothing is printed
same "" "$(cat out err)"
grep -qE '^WARNING \[[0-9-]+ [0-9:]+,[0-9]{3}\] hook log: exit status 1; retrying' "$root/var/log/cfn-hup.log"
same 600 "$(stat -c %a "$root/var/log/cfn-hup.log")"
dd if=/dev/zero bs=1M count=1 2> /dev/null | tr '\0' x >> "$root/var/log/cfn-hup.log"
same 0 "$(status -v)" # a line more, and it is time for a new file
[ "$(stat -c %s "$root/var/log/cfn-hup.log")" -lt 10000 ]
[ -e "$root/var/log/cfn-hup.log.1" ]
# no answer: one line, status 1
manners reset
same 1 "$(status -v)"
same 1 "$(wc -l < err)"
manners ok
# options
mkdir empty
same 0 "$(status -c "$PWD/empty")"
same 2 "$(status --nonsense)"
same 0 "$(status --help)"
rm "$root/etc/cfn/cfn-hup.conf"
same 1 "$(status)"
grep -q 'Could not open main configuration at /etc/cfn/cfn-hup.conf' err
