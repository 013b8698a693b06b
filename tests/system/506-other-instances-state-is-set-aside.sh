# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# A server made from a snapshot runs its own deployments and hooks, and uses no state of the other server.
. "$(dirname "$0")/lib.sh"
uuid() { printf '%s\n' "$1" > "$root/sys/class/dmi/id/product_uuid"; }
mkdir -p "$root/sys/class/dmi/id" "$root/var/lib/cloud/data" "$root/var/lib/prehup" "$root/var/lib/heat-cfntools" "$root/var/cache/heat-cfntools"
conf <<< ''
cfn_hook "echo x >> $PWD/ran"$'\nrunas=root'
metadata '{"release": 1}'
uuid 6F1E2D3C-0000-4000-8000-000000000001
daemon
await "the first run" ran 1
end

# The same UUID in lower case, and an id of cloud-init: the hook does not run again.
uuid 6f1e2d3c-0000-4000-8000-000000000001
echo iid-1 > "$root/var/lib/cloud/data/instance-id"
daemon
sleep 2
same 1 "$(wc -l < ran)"
end

# Firmware without a UUID is no other instance: cloud-init's id counts.
uuid 'Not Settable'
daemon
sleep 1
same 1 "$(wc -l < ran)"
end

# Another instance.  Files that bootstrap unpacked belong to the old one, those of cloud-init to the new one.
uuid 6f1e2d3c-0000-4000-8000-000000000002
rm "$root/var/lib/cloud/data/instance-id"
echo '{"dmi":"6f1e2d3c-0000-4000-8000-000000000001"}' > "$root/var/lib/prehup/instance-id"
echo '{}' > "$root/var/lib/prehup/instance.json"
echo http://192.0.2.1/v1/ > "$root/var/lib/heat-cfntools/cfn-metadata-server"
echo '{}' > "$root/var/cache/heat-cfntools/last_metadata"
daemon
await "the run of the other instance" ran 2
said "this is instance 6f1e2d3c-0000-4000-8000-000000000002: the state of 6f1e2d3c-0000-4000-8000-000000000001 is set aside"
test ! -e "$root/var/lib/heat-cfntools/cfn-metadata-server"
test -e "$root/var/lib/prehup/other/heat-cfntools/cfn-metadata-server"
test ! -e "$root/var/lib/prehup/instance.json"
end
