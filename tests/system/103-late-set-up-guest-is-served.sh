# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
echo '{"a": 1}' > metadata
printf '[heat]\ninterval = 1\n[collect]\ncollectors = memory\n' > "$root/etc/prehup/prehup.conf"
daemon
mkdir -p "$root/var/lib/heat-cfntools"
printf '[main]\nstack=s\ncredential-file=/etc/cfn/cred\n' > "$root/etc/cfn/cfn-hup.conf"
cfn_hook "echo x >> $PWD/ran"
printf 'http://127.0.0.1:%s/v1/' "$port" > "$root/var/lib/heat-cfntools/cfn-metadata-server"
await "told that keys are missing" said 'invalid credentials file /etc/cfn/cred'
(umask 077 && printf 'AWSAccessKeyId=a\nAWSSecretKey=s\n' > "$root/etc/cfn/cred")
await "the hook" ran 1
end
# a daemon that starts without keys waits for them
rm "$root/etc/cfn/cred" ran
rm -rf "${root:?}/var"
mkdir -p "$root/var/lib/heat-cfntools"
printf 'http://127.0.0.1:%s/v1/' "$port" > "$root/var/lib/heat-cfntools/cfn-metadata-server"
daemon
await "not configured" status_is '"state": "not-configured"'
(umask 077 && printf 'AWSAccessKeyId=a\nAWSSecretKey=s\n' > "$root/etc/cfn/cred")
await "the hook" ran 1
end
