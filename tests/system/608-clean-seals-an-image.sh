# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# clean removes the instance's files and keeps the image's; a second run has nothing to do.
. "$(dirname "$0")/lib.sh"
r=$root
mkdir -p "$r"/etc/cfn/hooks.d "$r"/var/lib/{heat-cfntools,cloud,heat-config/{hooks,deployed,heat-config-script},os-collect-config,prehup} \
	"$r"/var/cache/heat-cfntools "$r"/var/log outside
cfn() { printf '[main]\nstack=s\ncredential-file=%s\n' "$1" > "$r/etc/cfn/cfn-hup.conf"; }
cfn /etc/cfn/elsewhere
printf 'AWSAccessKeyId=ak\nAWSSecretKey=sk\n' > "$r/etc/cfn/elsewhere"
printf '[heat]\npassword = p\n' > "$r/etc/os-collect-config.conf"
echo x | tee "$r"/var/lib/heat-cfntools/cfn-init-data "$r"/var/lib/heat-config/{hooks/script,deployed/a.json,heat-config-script/a} \
	"$r"/var/lib/os-collect-config/ec2.json "$r"/var/cache/heat-cfntools/last_metadata "$r"/var/log/cfn-hup.log \
	outside/kept > /dev/null
printf '[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=true\n' > "$r/etc/cfn/hooks.d/mine.conf"
ln -s "$PWD/outside" "$r/var/lib/prehup/link" # is removed, not followed
conf <<< ''
metadata '{}'

daemon
if "$PREHUP" clean --sysroot "$r" 2> err; then exit 1; fi
grep -q 'daemon is running' err
end

before=$(find "$r" | sort)
"$PREHUP" clean --dry-run --sysroot "$r" > would
same "$before" "$(find "$r" | sort)"
"$PREHUP" clean --sysroot "$r" > did
same "$(grep -c '^would remove' would)" "$(grep -c '^removed' did)"
for f in etc/cfn/elsewhere etc/os-collect-config.conf var/log/cfn-hup.log; do test ! -e "$r/$f"; done
for d in prehup heat-cfntools heat-config/deployed heat-config/heat-config-script os-collect-config; do same '' "$(ls -A "$r/var/lib/$d")"; done
same '' "$(ls -A "$r/var/cache/heat-cfntools")"
for f in etc/prehup/prehup.conf etc/cfn/cfn-hup.conf etc/cfn/hooks.d/mine.conf var/lib/heat-config/hooks/script; do test -e "$r/$f"; done
test -e outside/kept
grep -q '^not touched: .*/etc/prehup: ' did
grep -q '^not touched: .*/var/lib/cloud: ' did
"$PREHUP" clean --sysroot "$r" > again
same '' "$(grep removed again || true)"

# os-collect-config.conf without a password belongs to the image.
printf '[DEFAULT]\ncommand = os-refresh-config\n' > "$r/etc/os-collect-config.conf"
"$PREHUP" clean --sysroot "$r" > /dev/null
test -e "$r/etc/os-collect-config.conf"
