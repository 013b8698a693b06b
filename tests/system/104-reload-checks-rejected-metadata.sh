# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
conf <<< $'[act]\nmetadata-hooks = no'
metadata '{"prehup": {"hooks": {"late": {"triggers": "post.update", "action": "echo x >> '"$PWD"'/ran"}}}}'
daemon
await "the refusal" status_is '"metadata": "refused"'
sed -i 's/metadata-hooks = no/metadata-hooks = yes/' "$root/etc/prehup/prehup.conf"
kill -HUP "$pid"
await "the same metadata is taken" status_is '"metadata": "in force"'
sed -i 's/metadata-hooks = yes/metadata-hooks = no/' "$root/etc/prehup/prehup.conf"
kill -HUP "$pid"
await "and refused again" status_is '"metadata": "refused"'
await "told once each time" said 'metadata-hooks = no'
end
