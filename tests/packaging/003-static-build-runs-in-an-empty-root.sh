# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# A root with only /proc, /sys and /dev: the program works, or reports the missing part.
. "$(dirname "$0")/lib.sh"
tls_heat
root=$DIR/empty
mkdir -p "$root"
kernel_in "$root"
cp "$static" "$root/prehup"
heat_files "$root" 127.0.0.1
doctor() { { chroot "$root" /prehup doctor || true; } | tr -s ' \n' ' ' > "$DIR/doctor"; }
told() { grep -q "$1" "$DIR/doctor" || { cat "$DIR/doctor"; return 1; }; }

# Without certificates https is refused with a reason.
chroot "$root" /prehup run 2> "$DIR/none.log" &
pids+=("$!")
await "the refusal" grep -q 'no file of trusted certificates on this guest' "$DIR/none.log"
kill "${pids[-1]}"
wait "${pids[-1]}" || true
doctor
told 'no file of trusted certificates'
told '\[heat\] ca-file'

# A file that the configuration names, then each place where a distribution keeps it.
polls() {
	rm -rf "$root/var/lib/prehup" "$root/var/cache"
	chroot "$root" /prehup run 2> "$DIR/log" &
	pids+=("$!")
	await "a poll: $1" grep -q 'first metadata' "$DIR/log" || { cat "$DIR/log"; return 1; }
	await "the hook's refusal: $1" grep -q 'hook h' "$DIR/log" # because the empty root has no /bin/sh
	kill "${pids[-1]}"
	wait "${pids[-1]}" || true
}
cp "$DIR/heat/cert" "$root/ca.pem"
printf '[heat]\ninterval = 1\nca-file = /ca.pem\n' > "$root/etc/prehup/prehup.conf"
polls "the file that is named"
printf '[heat]\ninterval = 1\n' > "$root/etc/prehup/prehup.conf"
for f in etc/ssl/certs/ca-certificates.crt etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem etc/pki/tls/certs/ca-bundle.crt \
	etc/ssl/ca-bundle.pem etc/ssl/cert.pem; do
	mkdir -p "$root/$(dirname $f)"
	cp "$DIR/heat/cert" "$root/$f"
	polls $f
	rm "$root/$f"
done

# Another authority's certificate is no certificate.
mkdir -p "$DIR/other"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=other -keyout /dev/null -out "$root/etc/ssl/cert.pem" 2> /dev/null
doctor
told 'not signed by an authority that this guest trusts'

# A missing user, a name in /etc/hosts, and an unknown name.
cp "$DIR/heat/cert" "$root/etc/ssl/cert.pem"
heat_files "$root" heat.example true nobody-at-all
TZ=Asia/Kolkata doctor
told 'cannot resolve the name heat.example'
told 'there is no user nobody-at-all on this guest'
told 'no /bin/sh: hooks cannot run'
told 'no /etc/resolv.conf: only addresses and /etc/hosts are known'
told 'the zone Asia/Kolkata is not on this guest: times are UTC'
echo '127.0.0.1 heat.example' > "$root/etc/hosts"
rm -rf "$root/var/lib/prehup" "$root/var/cache"
chroot "$root" /prehup run 2> "$DIR/log" &
pids+=("$!")
await "a poll by name" grep -q 'first metadata' "$DIR/log" || { cat "$DIR/log"; exit 1; }
await "the missing user" grep -q 'nobody-at-all' "$DIR/log" || { cat "$DIR/log"; exit 1; }
