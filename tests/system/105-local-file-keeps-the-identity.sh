# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
echo '{"a": 1}' > metadata
echo '{"b": 1}' > "$root/local.json"
cat > "$root/etc/prehup/prehup.conf" <<C
[heat]
interval = 1
splay = 0
[collect]
collectors = memory
[source heat]
type = cfn
url = http://127.0.0.1:$port/v1/
stack = s
resource = Server
access-key = ak
secret-key = sk
[source beside]
type = local
path = /local.json
[hook id]
triggers = post.add post.update post.remove
path = Resources.Server.PhysicalResourceId
action = echo "\$CFN_NEW_PHYSICAL_RESOURCE_ID" >> $PWD/ids
[hook log]
triggers = post.update
path = Resources.Server.Metadata
action = echo "\$CFN_NEW_METADATA" >> $PWD/ran
C
daemon
await "both" grep -qs '"a".*"b"\|"b".*"a"' ran
await "Heat's id" grep -qs '^id$' ids
for n in 2 3 4; do # both sources are polled after each
	echo "{\"a\": $n}" > metadata.new
	mv metadata.new metadata
	await "Heat's change" grep -qs "\"a\": *$n" ran
done
echo '{"b": 2}' > "$root/local.json"
await "the change" grep -qs '"b": *2' ran
same id "$(tail -n 1 ids)"
[ "$(wc -l < ids)" -le 2 ] # the file's comes first if Heat answers later
end
