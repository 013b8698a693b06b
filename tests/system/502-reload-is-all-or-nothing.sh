# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
on_change one "echo one >> $PWD/ran" | conf
metadata '{"a": 1}'
daemon
await "the hook" ran 1
on_change two "echo two >> $PWD/ran" '[predict]' 'raise = 7' '[collect]' 'collectors = filesystem watched' > "$root/etc/prehup/more.conf"
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
# A reload may add only a watched process.
printf '[collect]\nprocesses = comm:sh\n' > "$root/etc/prehup/prehup.d/watched.conf"
kill -HUP "$pid"
await "the process is watched" status_is process.watched.alive
same "one one two" "$(tr '\n' ' ' < ran | sed 's/ $//')"
end
