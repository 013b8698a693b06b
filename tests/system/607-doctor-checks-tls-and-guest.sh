# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
plain=$port
cfn_guest
sed -i 's/^\[heat\]/&\nresource = Server/' "$root/etc/prehup/prehup.conf"
echo '{"a": 1}' > metadata

at() { printf '%s' "$1" > "$root/var/lib/heat-cfntools/cfn-metadata-server"; }
free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
at "http://127.0.0.1:$free/v1/"
doctor 12 'tcp FAILED' 'nothing listens there'
at "http://heat.invalid:8000/v1/"
doctor 11 'dns FAILED' 'resolve the name heat.invalid'
at "https://127.0.0.1:$port/v1/"
doctor 13 'tls FAILED'

# certificates
mkdir ca
cat > ca/conf <<- C
	[ca]
	default_ca = d
	[d]
	database = ca/index
	serial = ca/serial
	new_certs_dir = ca
	certificate = ca/pem
	private_key = ca/key
	default_md = sha256
	policy = p
	unique_subject = no
	copy_extensions = copy
	[p]
	commonName = supplied
C
: > ca/index
echo 01 > ca/serial
ec=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${ec[@]}" -keyout ca/key -out ca/pem -subj /CN=authority -days 3 2> /dev/null
certificate() { # NAME SUBJECT-ALT-NAME START END: served on a new port
	openssl req "${ec[@]}" -keyout "$1.key" -out "$1.csr" -subj /CN=heat -addext "subjectAltName=$2" 2> /dev/null
	openssl ca -batch -notext -config ca/conf -in "$1.csr" -out "$1.pem" -startdate "$3" -enddate "$4" 2> /dev/null
	python3 "$here/stand_in.py" "$PWD" "$1.pem" "$1.key" > "$1.port" &
	pids+=("$!")
	await "$1" test -s "$1.port"
	at "https://127.0.0.1:$(cat "$1.port")/v1/"
}
certificate good IP:127.0.0.1 20200101000000Z 20991231000000Z
doctor 13 'tls FAILED' 'not signed by an authority that this guest trusts' '[heat] ca-file'
cp ca/pem "$root/ca.pem"
sed -i 's/^\[heat\]/&\nca-file = \/ca.pem/' "$root/etc/prehup/prehup.conf"
doctor 0 'tls ok certificate verified'
at "http://127.0.0.1:$(cat good.port)/v1/"
doctor 14 'service FAILED'
certificate old IP:127.0.0.1 20200101000000Z 20210101000000Z
doctor 13 'has expired' "this guest's clock is ahead"
certificate early IP:127.0.0.1 20900101000000Z 20991231000000Z
doctor 13 'not valid yet' "clock is behind"
certificate other DNS:heat.example 20200101000000Z 20991231000000Z
doctor 13 'for another name'
sed -i 's/^ca-file = .*/ca-file = \/none.pem/' "$root/etc/prehup/prehup.conf"
doctor 13 'tls FAILED' 'none.pem'

# Heat's own API
printf '[source heat]\ntype = heat\nauth-url = http://127.0.0.1:%s/v3\nuser-id = u\npassword = very-secret\nproject-id = p\nstack = s/1\nresource = Server\n[heat]\ntimeout = 3\n' "$plain" > "$root/etc/prehup/prehup.conf"
rm -r "$root/etc/cfn" "$root/var/lib/heat-cfntools"
cfn ok 0 'service ok Keystone v3' 'authentication ok' 'metadata ok' 'no faults found'
cfn denied 16 'authentication FAILED' 'compare user and project'
cfn no-stack 18 'stack FAILED'
cfn no-resource 19 'resource FAILED'
cfn forbidden 19 'resource FAILED'
cfn busy 22 'service FAILED'
cfn html 14 'service FAILED' 'Keystone v3'
manners ok
echo "http://127.0.0.1:$free" > catalog
doctor 12 'tcp FAILED' "Keystone's catalogue"
echo "http://heat.invalid:1" > catalog
doctor 11 'dns FAILED' "Keystone's catalogue"
echo "https://127.0.0.1:$(cat good.port)" > catalog
doctor 13 'tls FAILED' 'ca-file'
rm catalog

# this guest
mkdir -p "$root/var/lib/prehup"
small_disk 1m
fill_disk
mount --bind "$root/full" "$root/var/lib/prehup"
doctor 21 'state folder FAILED' 'is full'
json 21
mount -o remount,bind,ro "$root/var/lib/prehup"
doctor 21 'state folder FAILED' 'cannot be written'
umount "$root/var/lib/prehup"
"$PREHUP" run --sysroot "$root" >> log 2>&1 &
pids+=("$!")
await "a daemon" status_is '"state"'
doctor 0 'daemon ok running'

# the configuration
printf '[heat]\nintervall = 3\n' > "$root/etc/prehup/prehup.conf"
doctor 10 'files FAILED' 'intervall'
rm "$root/etc/prehup/prehup.conf"
doctor 10 'sources FAILED' 'no source of metadata is configured'
same 2 "$("$PREHUP" doctor --nonsense --sysroot "$root" > /dev/null 2>&1 || echo $?)"
same 2 "$("$PREHUP" doctor more --sysroot "$root" > /dev/null 2>&1 || echo $?)"
