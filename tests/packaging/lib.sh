# SPDX-License-Identifier: Apache-2.0
# lib.sh - tools of the numbered scripts, which get TOP, the sources, and DIR, an empty folder.
# shellcheck shell=bash disable=SC1091,SC2034
cd "$TOP" || exit 1
. packaging/image/lib.sh # need
static=$TOP/build/static/prehup
static_openssl=$TOP/build/static-openssl/prehup
static_arm=$TOP/build/static-aarch64/prehup
dynamic=$TOP/build/prehup
version=$(sed -n 's/^VERSION *= *//p' Makefile)
pids=()
mounts=()

finish() {
	local p m
	for p in "${pids[@]:-}"; do [ -z "$p" ] || kill "$p" 2> /dev/null || true; done
	for ((m = ${#mounts[@]} - 1; m >= 0; m--)); do umount -l "${mounts[m]}" 2> /dev/null || true; done
}
trap finish EXIT

await() { # WHAT COMMAND...
	local what=$1 i
	shift
	for ((i = 0; i < 600; i++)); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	echo "waited in vain for $what"
	return 1
}

same() { [ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2"; return 1; }; }

# Mounts /proc, /sys and /dev in a root.
kernel_in() { # ROOT
	local f
	mkdir -p "$1"/{proc,sys,dev}
	for f in proc sys dev; do
		mount --rbind "/$f" "$1/$f"
		mount --make-rslave "$1/$f"
		mounts+=("$1/$f")
	done
}

# Starts the stand-in of Heat over TLS at $port; $DIR/heat/cert is its certificate.
tls_heat() {
	mkdir -p "$DIR/heat"
	need openssl python3
	echo ok > "$DIR/heat/mode"
	echo '{"a": 1}' > "$DIR/heat/metadata"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=heat.example \
		-addext subjectAltName=IP:127.0.0.1,DNS:heat.example -keyout "$DIR/heat/key" -out "$DIR/heat/cert" 2> /dev/null
	python3 tests/system/stand_in.py "$DIR/heat" "$DIR/heat/cert" "$DIR/heat/key" > "$DIR/heat/port" &
	pids+=("$!")
	await "the stand-in" test -s "$DIR/heat/port"
	port=$(cat "$DIR/heat/port")
}

# Writes the files that Heat's user-data leaves in a guest; its Heat is the stand-in.
heat_files() { # ROOT HOST [ACTION] [USER]
	mkdir -p "$1"/etc/{cfn,prehup} "$1/var/lib/heat-cfntools"
	printf '[main]\nstack=s\ncredential-file=/etc/cfn/cred\n' > "$1/etc/cfn/cfn-hup.conf"
	printf '[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=%s\nrunas=%s\n' "${3:-true}" "${4:-root}" > "$1/etc/cfn/hooks.conf"
	(umask 077 && printf 'AWSAccessKeyId=ak\nAWSSecretKey=sk\n' > "$1/etc/cfn/cred")
	printf 'https://%s:%s/v1/' "$2" "$port" > "$1/var/lib/heat-cfntools/cfn-metadata-server"
	printf '[heat]\ninterval = 1\n' > "$1/etc/prehup/prehup.conf"
}

# True if FILE is newer than the program and the commit.
fresh() { [ "$1" -nt "$static" ] && [ "$1" -nt "$(git rev-parse --git-path logs/HEAD)" ]; }

# Two packages with the static program, the second the newer one: $old and $new.
debs() {
	local f
	old=$TOP/build/packages/prehup_$version+static_$(dpkg --print-architecture).deb
	new=$TOP/build/packages/prehup_$version.1+static_$(dpkg --print-architecture).deb
	exec 8> "$TOP/build/packages/busy"
	flock 8
	for f in "$old" "$new"; do
		fresh "$f" && continue
		[ "$f" = "$old" ] && REVISION= || REVISION=.1
		REVISION=$REVISION make deb STATIC=build/static/prehup > "$DIR/deb.log" 2>&1 || { tail -30 "$DIR/deb.log"; return 1; }
	done
	exec 8>&-
}

# A root of the release, made once and copied, in $DIR/SUITE.
root_of() { # SUITE PACKAGE...
	local tar
	tar=$TOP/build/roots/$(echo "$*" | tr ' ' +).tar
	mkdir -p "$TOP/build/roots" "$DIR/$1"
	[ -e "$tar" ] || mmdebstrap --quiet --variant=essential --include="$(echo "${*:2}" | tr ' ' ,)" "$1" "$tar.new" "$(apt-get indextargets --format \
		'$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -1)" --format=tar > "$DIR/mmdebstrap.log" 2>&1 ||
		{ tail "$DIR/mmdebstrap.log"; return 1; }
	[ -e "$tar" ] || mv "$tar.new" "$tar"
	tar -xf "$tar" -C "$DIR/$1" --exclude './dev/*'
}
