# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
small_disk 1m,nr_inodes=50
for i in $(seq 60); do echo x 2> /dev/null > "$root/full/$i" || true; done # no inodes left, but space
conf <<C
[act]
signal-budget = 1
[signal tell]
type = wait-condition
url = http://127.0.0.1:$port/v1/waitcondition/x
[signal tell-inodes]
type = wait-condition
url = http://127.0.0.1:$port/v1/waitcondition/y
metric = fs.inodes.used_ratio
C
metadata '{}'
daemon
await "inodes are told to both" sh -c '[ "$(cat requests 2> /dev/null | wc -l)" = 2 ]'
fill_disk "$root/full/1"
await "space waits for the next hour" status_is '"waiting": 1'
await "told" said 'signal tell: over its budget of 1 an hour'
sleep 1
same 2 "$(wc -l < requests)"
end
daemon # a restart does not reset the budget
sleep 3
same 2 "$(wc -l < requests)"
await "what is still true waits too" status_is '"waiting": 3'
end
