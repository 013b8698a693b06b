# SPDX-License-Identifier: Apache-2.0
# lib.sh - tools of the numbered scripts, each of which runs in an empty folder: a guest, a daemon, waiting.
# shellcheck shell=bash disable=SC2034
root=$PWD/root
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$root/etc/prehup" "$root/etc/cfn"
unset http_proxy https_proxy no_proxy NOTIFY_SOCKET || true
pids=()
finish() {
	local p
	for p in "${pids[@]:-}"; do [ -z "$p" ] || kill -9 "$p" 2> /dev/null || true; done
	umount "$root/var/lib/prehup" 2> /dev/null || true
	umount "$root/full" 2> /dev/null || true
}
trap finish EXIT

# The smallest guest: metadata in a file, polled each second.
conf() {
	printf '[heat]\nmetadata-file = /metadata.json\nresource = Server\ninterval = 1\n[collect]\ninterval = 1\ncollectors = filesystem\nfilesystems = /full\n[predict]\nwarmup = 0\n' > "$root/etc/prehup/prehup.conf"
	cat >> "$root/etc/prehup/prehup.conf"
}

# Settings of a hook that runs for each change of the metadata.
on_change() { # NAME ACTION [LINE]...
	printf '[hook %s]\ntriggers = post.update\npath = Resources.Server.Metadata\naction = %s\n' "$1" "$2"
	[ $# -lt 3 ] || printf '%s\n' "${@:3}"
}

# The same in cfn-hup's file.
cfn_hook() { # ACTION
	printf '[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=%s\n' "$1" > "$root/etc/cfn/hooks.conf"
}

# A small filesystem at /full.
small_disk() { # SIZE
	mkdir -p "$root/full"
	mount -t tmpfs -o "size=$1" none "$root/full"
}

# Writes FILE (/full/f) until /full is full.
fill_disk() { dd if=/dev/zero of="${1:-$root/full/f}" bs=4k count=512 2> /dev/null || true; }

metadata() {
	printf '%s' "$1" > "$root/metadata.json.new"
	mv "$root/metadata.json.new" "$root/metadata.json"
}

daemon() {
	"$PREHUP" run --sysroot "$root" "$@" >> log 2>&1 &
	pid=$!
	pids+=("$pid")
	await "the daemon" status_is '"state"'
}

# Ends the daemon by a signal.
end() {
	kill "${1:--TERM}" "$pid"
	wait "$pid" || true
}

await() { # WHAT COMMAND...
	local what=$1 i
	shift
	for ((i = 0; i < 300; i++)); do
		"$@" && return
		sleep 0.1
	done
	echo "waited in vain for $what" >&2
	cat log >&2
	return 1
}

status_is() { "$PREHUP" status --json --sysroot "$root" 2> /dev/null | grep -qF -e "$1"; }
said() { grep -qF -e "$1" log; }
ran() { [ -e ran ] && [ "$(wc -l < ran)" -ge "$1" ]; }

same() { # WANT GOT
	[ "$1" = "$2" ] || { printf 'wanted: %s\ngot:    %s\n' "$1" "$2" >&2; return 1; }
}

# Starts the stand-in of Heat; the file `mode` selects its answers.
stand_in() {
	echo "${1:-ok}" > mode
	python3 "$here/stand_in.py" "$PWD" > port &
	pids+=("$!")
	await "the stand-in" test -s port
	port=$(cat port)
}

manners() {
	echo "$1" > mode.new
	mv mode.new mode
}

# Configures the guest to poll the stand-in, by cfn-hup's files.
cfn_guest() {
	mkdir -p "$root/var/lib/heat-cfntools" "$root/etc/cfn"
	printf '[main]\nstack=s\ncredential-file=/etc/cfn/cred\n' > "$root/etc/cfn/cfn-hup.conf"
	printf 'AWSAccessKeyId=ak\nAWSSecretKey=very-secret\n' > "$root/etc/cfn/cred"
	chmod 600 "$root/etc/cfn/cred"
	printf 'http://127.0.0.1:%s/v1/' "$port" > "$root/var/lib/heat-cfntools/cfn-metadata-server"
	printf '[heat]\ninterval = 1\nmax-backoff = 1\ntimeout = 3\n[collect]\ninterval = 1\ncollectors = memory\n' > "$root/etc/prehup/prehup.conf"
}

doctor() { # STATUS WORDS...: checks its status, and that its one screen has these words
	local want=$1 got=0 w
	shift
	"$PREHUP" doctor --sysroot "$root" > screen 2> err || got=$?
	same "" "$(cat err)"
	same "$want" "$got" || { cat screen >&2; return 1; }
	tr -s ' \n' '  ' < screen > flat
	for w; do grep -qF -e "$w" flat || { echo "without \"$w\":" >&2; cat screen >&2; return 1; }; done
	[ "$(wc -l < screen)" -le 24 ] && [ "$(wc -L < screen)" -le 79 ] || { cat screen >&2; return 1; }
	! grep -e very-secret -e 'Signature=[^(]' screen >&2
}
json() { # STATUS: checks the same in JSON
	local got=0
	"$PREHUP" doctor --json --sysroot "$root" > json || got=$?
	same "$1" "$got"
	python3 - "$1" <<- 'P'
		import json, sys
		j = json.load(open("json"))
		steps = [s for a in j["found"] for s in a["steps"]]
		bad = [s for s in steps if s["state"] == "failed"]
		assert j["status"] == int(sys.argv[1]), j["status"]
		assert bool(bad) == (j["status"] != 0), bad
		assert all(s["what"] for s in steps), steps
	P
}
cfn() { manners "$1"; doctor "${@:2}"; }

# Runs prehup under one of its names and prints its status; it must print nothing, its errors go to err and errs.
tell() { # NAME ARGUMENT...
	local s=0
	[ -e "bin/$1" ] || { mkdir -p bin; ln -s "$PREHUP" "bin/$1"; }
	"bin/$1" "${@:2}" > out 2> err || s=$?
	cat err >> errs
	same "" "$(cat out)"
	echo $s
}
# A wait condition of the stand-in.
waitcondition() {
	echo "http://127.0.0.1:$port/v1/waitcondition/arn%3Aopenstack%3Aheat%3A%3Ap%3Astacks/s/u/resources/H?Timestamp=x&Signature=very-secret&AWSAccessKeyId=old"
}
