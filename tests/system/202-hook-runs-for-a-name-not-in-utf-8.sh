# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
name=$'caf\xe9'
mkdir "$root/$name"
mount -t tmpfs -o size=1m none "$root/$name" 2> /dev/null || { echo "skipped: a full filesystem (no mounts here)"; exit 0; }
trap 'umount "$root/$name"; finish' EXIT
cat > "$root/etc/prehup/prehup.conf" << C
[heat]
metadata-file = /metadata.json
resource = Server
interval = 1
[collect]
interval = 1
collectors = filesystem
[predict]
warmup = 0
[hook h]
triggers = predict.raised
action = echo "\$PREHUP_METRIC \$PREHUP_INSTANCE" >> $PWD/ran
C
metadata '{}'
daemon
"$PREHUP" metrics --json --sysroot "$root" | grep -qF '/caf\\xe9'
mount -o remount,ro "$root/$name"
await "the hook" ran 1
grep -qxF 'fs.readonly /caf\xe9' ran
"$PREHUP" status --sysroot "$root" | grep -qF '/caf\xe9'
end
