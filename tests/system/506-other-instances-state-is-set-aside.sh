# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# A server made from another's snapshot runs its own deployments and hooks, and keeps nothing of the other's.
. "$(dirname "$0")/lib.sh"
uuid() { printf '%s\n' "$1" > "$root/sys/class/dmi/id/product_uuid"; }
mkdir -p "$root/sys/class/dmi/id" "$root/var/lib/cloud/data" "$root/var/lib/prehup" "$root/var/lib/heat-cfntools" "$root/var/cache/heat-cfntools"
conf <<< ''
printf '[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=echo x >> %s/ran\nrunas=root\n' "$PWD" > "$root/etc/cfn/hooks.conf"
metadata '{"release": 1}'
uuid 6F1E2D3C-0000-4000-8000-000000000001
daemon
await "the first run" ran 1
end

# The same again, in the other spelling, and with a word of cloud-init's: the hook has run, and stays so.
uuid 6f1e2d3c-0000-4000-8000-000000000001
echo iid-1 > "$root/var/lib/cloud/data/instance-id"
daemon
sleep 2
same 1 "$(wc -l < ran)"
end

# Firmware that does not know any more is no other instance: cloud-init's word holds.
uuid 'Not Settable'
daemon
sleep 1
same 1 "$(wc -l < ran)"
end

# Another one.  What bootstrap had unpacked is another's too; what cloud-init puts there is this one's.
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
