# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
conf <<C
[hook one]
triggers = post.update
path = Resources.Server.Metadata
action = echo one >> $PWD/ran
C
metadata '{"a": 1}'
daemon
await "the hook" ran 1
printf '[hook two]\ntriggers = post.update\npath = Resources.Server.Metadata\naction = echo two >> %s/ran\n[predict]\nraise = 7\n[collect]\ncollectors = filesystem watched\n' "$PWD" > "$root/etc/prehup/more.conf"
mkdir -p "$root/etc/prehup/prehup.d"
mv "$root/etc/prehup/more.conf" "$root/etc/prehup/prehup.d/more.conf"
kill -HUP "$pid"
await "the mistake is told" said '/etc/prehup/prehup.d/more.conf:6: [predict] raise: "7" is more than 1'
await "status tells" status_is 'the last reload failed'
same 1 "$("$PREHUP" status --json --sysroot "$root" | grep -c '"from"')"
sed -i 's/raise = 7/raise = 0.7/' "$root/etc/prehup/prehup.d/more.conf"
kill -HUP "$pid"
await "two hooks" sh -c "[ \$('$PREHUP' status --json --sysroot '$root' | grep -c '\"from\"') = 2 ]"
metadata '{"a": 2}'
await "both run" ran 3
# What is watched may be all that is new.
printf '[collect]\nprocesses = comm:sh\n' > "$root/etc/prehup/prehup.d/watched.conf"
kill -HUP "$pid"
await "the process is watched" status_is process.watched.alive
same "one one two" "$(tr '\n' ' ' < ran | sed 's/ $//')"
end
