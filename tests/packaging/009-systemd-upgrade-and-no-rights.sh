# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Debian 12 with systemd, booted in a container: prehup.service has its effects.
. "$(dirname "$0")/lib.sh"
need mmdebstrap systemd-container
tls_heat
debs
root_of bookworm systemd
root=$DIR/bookworm
cp "$old" "$root/old.deb"
cp "$new" "$root/new.deb"
chroot "$root" dpkg -i /old.deb # without systemd nothing starts, as in an image build
heat_files "$root" 127.0.0.1 \
	'cat /proc/self/oom_score_adj >> /score; dpkg-query -W prehup | grep -q "[.]1[+]static" || dpkg -i /new.deb > /upgrade.log 2>&1; echo done >> /ran'
cp "$DIR/heat/cert" "$root/ca.pem"
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n' > "$root/etc/prehup/prehup.conf"

systemd-nspawn -q -D "$root" --register=no --keep-unit --link-journal=no --capability=CAP_SYS_RESOURCE /lib/systemd/systemd --unit=multi-user.target \
	< /dev/null > "$DIR/console" 2>&1 &
container=$!
end_all() {
	kill "$container" 2> /dev/null || true # an orderly shutdown
	wait "$container" || true
	finish
}
trap end_all EXIT
inside() { nsenter -t "$(pgrep -P "$container")" -m -u -i -p -- "$@"; }
log() { inside journalctl -q -o cat -u prehup.service; }
complain() { log; inside systemctl --no-pager status prehup.service; cat "$root/upgrade.log"; return 1; }

await "systemd" inside systemctl is-active basic.target || { cat "$DIR/console"; exit 1; }
await "the upgrade by the hook" grep -q 'done' "$root/ran" || complain
await "the new version" inside sh -c 'dpkg-query -W -f "\${Version}" prehup | grep -q "\.1+static"' || complain
await "the daemon" inside prehup status || complain
polls() { inside prehup status --json | grep -q '"state": "ok"'; }
await "a poll" polls || complain
main() { inside systemctl show -P MainPID prehup.service; }
same active "$(inside systemctl is-active prehup.service)"
same 0 "$(inside systemctl show -P NRestarts prehup.service)" # it was restarted, and did not fall
# Not every machine that runs this may lower it.
if inside sh -c 'echo -1 > /proc/self/oom_score_adj' 2> /dev/null; then same -500 "$(inside cat "/proc/$(main)/oom_score_adj")"; fi
same 0 "$(sort -u "$root/score")" # and its hooks are as any other process
same "700 711" "$(inside stat -c %a /var/lib/prehup /run/prehup | tr '\n' ' ' | sed 's/ $//')"
same "" "$(inside systemd-analyze --man=no verify prehup.service 2>&1 | grep -i prehup)"

# It comes back, whatever ends it.
was=$(main)
inside sh -c "kill -9 $was"
another() { now=$(main) && [ "$now" != 0 ] && [ "$now" != "$was" ]; }
await "the daemon again" another || complain
inside systemctl reload prehup.service || complain
await "the reload" sh -c 'nsenter -t "$1" -m -u -i -p -- journalctl -q -o cat -u prehup.service | grep -q "settings read again"' - "$(pgrep -P "$container")"

# Unprivileged: another process does root's work, and only that which root has enabled by name.
mkdir -p "$root"/etc/{prehup/root.d,systemd/system/prehup.service.d}
printf '#!/bin/sh\nid -un > /root-did\n' > "$root/etc/prehup/root.d/drain"
chmod 755 "$root/etc/prehup/root.d/drain"
ln -s /usr/share/prehup/unprivileged.conf "$root/etc/systemd/system/prehup.service.d/"
heat_files "$root" 127.0.0.1 'id -un > /run/prehup/who; touch /run/prehup/drain.ask; touch /tried-it || true' ''
sed -i '/^runas=/d' "$root/etc/cfn/hooks.conf"
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n' > "$root/etc/prehup/prehup.conf"
chmod 644 "$root/ca.pem"
inside systemd-sysusers
inside systemctl daemon-reload
inside systemctl enable -q --now prehup-root@drain.path
echo '{"a": 2}' > "$DIR/heat/metadata"
inside systemctl restart prehup.service || complain
await "root's work" grep -q root "$root/root-did" || complain
same prehup "$(inside cat /run/prehup/who)"
same prehup "$(inside stat -c %U "/proc/$(main)")"
test ! -e "$root/tried-it"
await "a poll without rights" polls || complain

inside systemctl disable -q --now prehup-root@drain.path
rm -rf "$root"/etc/cfn "$root"/var/lib/heat-cfntools "$root"/etc/prehup/root.d "$root"/etc/systemd/system/prehup.service.d
inside dpkg --purge prehup > "$DIR/purge.log" 2>&1
same "" "$(find "$root" -xdev \( -name '*prehup*' -o -name 'cfn-*' \) ! -path '*/var/lib/dpkg/*' ! -path '*/var/log/*' | sort)"
