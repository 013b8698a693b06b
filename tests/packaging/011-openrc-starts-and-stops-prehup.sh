# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Debian's OpenRC starts its default runlevel, with prehup's script, in a container.
. "$(dirname "$0")/lib.sh"
need mmdebstrap
tls_heat
root_of trixie openrc bsdutils procps
root=$DIR/trixie
install -D -m 755 "$static" "$root/usr/bin/prehup"
install -D -m 755 packaging/openrc/prehup "$root/etc/init.d/prehup"
# localmount exists on Alpine and Gentoo only; it mounts nothing here.
printf '#!/sbin/openrc-run\nstart() { :; }\n' > "$root/etc/init.d/localmount"
chmod 755 "$root/etc/init.d/localmount"
heat_files "$root" 127.0.0.1 'touch /began; sleep 3; touch /ended'
sed -e 's/^path=.*/path=Resources.Server.Metadata.go/' -e 's/^triggers=.*/triggers=post.add,post.update/' -i "$root/etc/cfn/hooks.conf" # not at the start
cp "$DIR/heat/cert" "$root/ca.pem"
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n' > "$root/etc/prehup/prehup.conf"

# shellcheck disable=SC2016
unshare -pmf --kill-child --propagation private sh -ec 'mount -t proc proc "$1/proc"
	for f in sys dev; do mount --rbind "/$f" "$1/$f"; done
	mount -t tmpfs tmpfs "$1/run"
	mkdir /"$1"/run/openrc
	exec chroot "$1" sh -c "rc-update -q add prehup default; openrc -n default; touch /up; while :; do sleep 1; done"' - "$root" > "$DIR/console" 2>&1 &
container=$!
end_all() {
	kill -9 "$container" 2> /dev/null || true
	wait "$container" 2> /dev/null || true
	finish
}
trap end_all EXIT
inside() { nsenter -t "$(pgrep -P "$container")" -m -p -r -w -- "$@"; }
complain() { cat "$DIR/console"; inside rc-service prehup status; return 1; }

await "the runlevel" test -e "$root/up" || complain
await "the daemon" inside rc-service prehup status || complain
polls() { inside prehup status --json | grep -q '"state": "ok"'; }
await "a poll" polls || complain
if inside prehup status | grep -E '^Guest: (.*, (,|$)|$)'; then exit 1; fi # fields that the firmware leaves empty are not shown
same "711 700" "$(inside stat -c %a /run/prehup /var/lib/prehup | tr '\n' ' ' | sed 's/ $//')"

# It is restarted when killed.
main() { inside pgrep -x prehup; }
was=$(main)
inside kill -9 "$was"
another() { now=$(main) && [ "$now" != "$was" ] && polls; }
await "the daemon again" another || complain

# Settings are read again by the same process.
was=$(main)
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n[hook late]\ntriggers = post.add\npath = Resources.Server.Metadata.go\naction = touch /late\nrunas = root\n' > "$root/etc/prehup/prehup.conf"
inside rc-service prehup reload || complain
echo '{"go": 1}' > "$DIR/heat/metadata"
await "the hook that was there" test -e "$root/began" || complain
await "the hook that is new" test -e "$root/late" || complain
same "$was" "$(main)"

# An end waits for the hook that runs.
rm -f "$root/began" "$root/ended"
echo '{"go": 2}' > "$DIR/heat/metadata"
await "the hook once more" test -e "$root/began" || complain
inside rc-service prehup stop || complain
test -e "$root/ended"
if main; then echo "it still runs"; exit 1; fi
inside rc-service prehup start
await "the daemon once more" polls || complain
