# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# A root of busybox: hooks, their users, time zones, and users that only getent(1) knows.
. "$(dirname "$0")/lib.sh"
need busybox-static
tls_heat
root=$DIR/busybox
mkdir -p "$root"/{bin,tmp,etc/ssl,usr/bin,usr/share/zoneinfo,var/log,home/app}
chmod 1777 "$root/tmp"
kernel_in "$root"
cp "$static" "$root/bin/prehup"
ln -s prehup "$root/bin/cfn-hup"
cp /bin/busybox "$root/bin/busybox"
for a in sh cat id echo sleep date env; do ln -s busybox "$root/bin/$a"; done
cp "$DIR/heat/cert" "$root/etc/ssl/cert.pem"
printf 'root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\napp:x:1000:\nextra:x:1001:app\n' > "$root/etc/group"

hook_of() { # USER: prints the ids of a hook of this user
	heat_files "$root" 127.0.0.1 'id > /tmp/id; echo $HOME >> /tmp/id' "$1"
	rm -rf "$root/var/lib/prehup" "$root/var/cache" "$root/tmp/id"
	chroot "$root" /bin/prehup run 2> "$DIR/log" &
	pids+=("$!")
	await "the hook of $1" grep -q / "$root/tmp/id" || { cat "$DIR/log"; return 1; }
	kill "${pids[-1]}"
	wait "${pids[-1]}" || true
	tr '\n' ' ' < "$root/tmp/id" | sed 's/([^)]*)//g; s/ $//'
}
same 'uid=0 gid=0 groups=0 /' "$(hook_of root)"
same 'uid=1000 gid=1000 groups=1000,1001 /home/app' "$(hook_of app)"

# A directory user (SSSD): the guest's getent knows it.
cat > "$root/usr/bin/getent" << 'E'
#!/bin/sh
case "$1 $2" in
"passwd remote") echo "remote:*:70001:70002:From afar:/home/remote:/bin/sh" ;;
"initgroups remote") echo "remote               70002 70003" ;;
"initgroups app") echo "app   1000 1001 70004" ;;
*) exit 2 ;;
esac
E
chmod 755 "$root/usr/bin/getent"
same 'uid=70001 gid=70002 groups=70002,70003 /home/remote' "$(hook_of remote)"
same 'uid=1000 gid=1000 groups=1000,1001,70004 /home/app' "$(hook_of app)"

# A hung getent times out; the user is unknown.
printf '#!/bin/sh\nexec sleep 1000\n' > "$root/usr/bin/getent"
heat_files "$root" 127.0.0.1 true remote
rm -rf "$root/var/lib/prehup" "$root/var/cache"
chroot "$root" /bin/prehup run 2> "$DIR/log" &
pids+=("$!")
await "the user that cannot be had" grep -q 'hook h: .*remote\|hook h: ' "$DIR/log" || { cat "$DIR/log"; exit 1; }
kill "${pids[-1]}"
wait "${pids[-1]}" || true
rm "$root/usr/bin/getent"

# Time zones: the guest's own, or UTC where there are none.
heat_files "$root" 127.0.0.1
need tzdata
mkdir -p "$root/usr/share/zoneinfo/Asia"
cp /usr/share/zoneinfo/Asia/Kolkata "$root/usr/share/zoneinfo/Asia/Kolkata"
log_hour() { # TZ
	rm -rf "$root/var/log/cfn-hup.log" "$root/var/lib/prehup" "$root/var/cache"
	TZ=$1 chroot "$root" /bin/cfn-hup < /dev/null > /dev/null 2>&1 || true
	sed -n '1s/[^[]*\[\([0-9-]* [0-9]*\).*/\1/p' "$root/var/log/cfn-hup.log"
}
for tz in Asia/Kolkata UTC; do
	a=$(TZ=$tz date '+%Y-%m-%d %H') got=$(log_hour $tz) b=$(TZ=$tz date '+%Y-%m-%d %H')
	[ "$got" = "$a" ] || same "$b" "$got"
done
