# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in busy
small_disk 1m
mkdir "$root/full/var"
ln -s full/var "$root/var"
conf <<C
$(on_change change "echo \"change \$CFN_NEW_METADATA\" >> $PWD/ran")
[hook drain]
triggers = predict.raised
action = echo raised >> $PWD/ran
[signal tell]
type = wait-condition
url = http://127.0.0.1:$port/v1/waitcondition/x
C
metadata '{"a": 1}'
daemon
await "the first hook" ran 1
fill_disk
await "the prediction's hook, from memory" grep -q raised ran
await "the signal's first try" test -s requests
metadata '{"a": 2}'
await "the change, from memory" grep -q 'change {"a": 2}' ran
await "told" said 'kept in memory'
manners ok
await "the signal is taken" grep -q ^ok requests
rm "$root/full/f"
metadata '{"a": 3}'
await "the next change" grep -q 'change {"a": 3}' ran
await "its cache is written again" grep -q '"a": 3' "$root/var/cache/heat-cfntools/last_metadata"
same 1 "$(grep -c '"a": 2' ran)"
umount -l "$root/full" || true
end
