# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# In a root of Debian 13 without systemd: the .deb with the static program installs, serves, is upgraded by a hook that
# it runs itself, and leaves nothing behind when it is purged.  (009: Debian 12, under systemd.)
. "$(dirname "$0")/lib.sh"
need mmdebstrap
tls_heat
debs

# The daemon that an init script has started in a root ends with the test, whatever becomes of that.
end_all() {
	local f
	for f in "$DIR"/*/run/prehup/prehup.pid; do [ ! -e "$f" ] || kill "$(cat "$f")" 2> /dev/null || true; done
	finish
}
trap end_all EXIT

suite=trixie
root_of $suite lsb-base
root=$DIR/$suite
kernel_in "$root"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" # nothing starts, as in an image build
chmod 755 "$root/usr/sbin/policy-rc.d"
cp "$old" "$root/old.deb"
cp "$new" "$root/new.deb"
touch "$root/reference.deb"
before=$(find "$root" -xdev \( -path "$root/var/lib/dpkg" -o -path "$root/var/log" -o -path "$root/var/cache" \) -prune -o -print | sort)

# It replaces the reference, which has the same names.
mkdir -p "$DIR"/reference/{DEBIAN,usr/bin}
printf 'Package: heat-cfntools\nVersion: 1.4.2-2\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: x\n' > "$DIR/reference/DEBIAN/control"
echo 'the reference' > "$DIR/reference/usr/bin/cfn-hup"
dpkg-deb -b "$DIR/reference" "$root/reference.deb" > /dev/null
chroot "$root" dpkg -i /reference.deb
grep -q 'the reference' "$root/usr/bin/cfn-hup"
chroot "$root" dpkg -i /old.deb
test "$(readlink "$root/usr/bin/cfn-hup")" = prehup
if chroot "$root" dpkg -s heat-cfntools > /dev/null 2>&1; then echo "the reference is there too"; exit 1; fi
chroot "$root" prehup --version
test ! -e "$root/run/prehup/lock" # nothing has run
test -L "$root/etc/systemd/system/multi-user.target.wants/prehup.service" || test -e "$root/var/lib/systemd/deb-systemd-helper-enabled/prehup.service.dsh-also"

# Like apt-get install: an installed version is not installed again.
heat_files "$root" 127.0.0.1 \
	'echo begin >> /ran; dpkg-query -W prehup | grep -q "[.]1[+]static" || dpkg -i /new.deb > /upgrade.log 2>&1; echo done >> /ran'
cp "$DIR/heat/cert" "$root/ca.pem"
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n' > "$root/etc/prehup/prehup.conf.mine"
cat "$root/etc/prehup/prehup.conf.mine" > "$root/etc/prehup/prehup.conf"
# The package restarts it, by the init script: nothing forbids it now.
cat > "$root/usr/sbin/policy-rc.d" << 'P'
#!/bin/sh
exit 0
P
chroot "$root" /etc/init.d/prehup start
await "the upgrade by the hook on $suite" grep -q 'done' "$root/ran" || { cat "$root"/upgrade.log; exit 1; }
await "the new version" chroot "$root" sh -c 'dpkg-query -W -f "\${Version}" prehup | grep -q "\.1+static"'
await "the daemon again" chroot "$root" prehup status
# Cut off by the restart, the hook goes on by itself, and is run once more when it has ended; both have an end.
await "the end of every run" sh -c '[ "$(grep -c begin "$1/ran")" = "$(grep -c "done" "$1/ran")" ]' - "$root"
sleep 3
chroot "$root" prehup status --json > "$DIR/status"
grep -q '"state": "ok"' "$DIR/status" # it polls
# Its own settings survived, and its hook had its end: nothing was lost, and nothing is under way.
grep -q 'ca-file = /ca.pem' "$root/etc/prehup/prehup.conf"
same "$(grep -c begin "$root/ran")" "$(grep -c 'done' "$root/ran")"
test "$(grep -c begin "$root/ran")" -le 2 # at most once more, because it ran across a restart

chroot "$root" /etc/init.d/prehup stop
rm -rf "$root"/etc/cfn "$root"/var/lib/heat-cfntools "$root"/ran "$root"/upgrade.log "$root"/ca.pem "$root"/etc/prehup/prehup.conf.mine
chroot "$root" dpkg --purge prehup
after=$(find "$root" -xdev \( -path "$root/var/lib/dpkg" -o -path "$root/var/log" -o -path "$root/var/cache" \) -prune -o -print | sort)
same "$before" "$after"
test ! -e "$root/var/log/cfn-hup.log"
