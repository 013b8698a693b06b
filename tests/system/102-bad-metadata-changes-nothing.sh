# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
on_change log "echo \"\$CFN_NEW_METADATA\" >> $PWD/ran" | conf
metadata '{"a": 1}'
daemon
await "the first" ran 1
for bad in '[1]' '7' '{"a": ' '' "$(printf '[%.0s' $(seq 100))"; do
	metadata "$bad"
	await "told: ${bad:0:10}" status_is '"state": "garbled"'
	metadata '{"a": 1}'
	await "well again" status_is '"state": "ok"'
done
head -c 100000000 /dev/zero | tr '\0' ' ' > "$root/metadata.json"
await "100 MB are told" said 'metadata.json: File too large'
metadata '{"a": "x\u0000y"}'
await "a NUL in a value" ran 2
rm "$root/metadata.json"
await "no file" status_is '"state": "unreadable"'
metadata '{"a": 3}'
await "the next" ran 3
same 3 "$(wc -l < ran)"
end
