# SPDX-License-Identifier: Apache-2.0
# lib.sh - parts of a small guest: Debian's cloud kernel, busybox, an initramfs.  Used by make-image and by the tests that
# boot a guest.
# shellcheck shell=bash

packaging=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
need() { "$packaging/need" "$@"; }

# Unpacks the kernel's package without installing it.
get_kernel() { # DIR
	local package
	mkdir -p "$(dirname "$1")"
	exec 7> "$1.lock"
	flock 7 # the guest's test and the image's may want it at once
	if [ -e "$1/done" ]; then
		exec 7>&-
		return
	fi
	rm -rf "$1" && mkdir -p "$1"
	newest() { apt-cache depends linux-image-cloud-amd64 2> /dev/null | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1; }
	fetch() { package=$(newest) && [ -n "$package" ] && (cd "$1" && apt-get -q -o APT::Sandbox::User=root download "$package" > /dev/null); }
	# The package lists may be missing, or older than the archive.
	fetch "$1" 2> /dev/null || { flock /var/cache/apt/prehup-need.lock apt-get -q update > /dev/null && fetch "$1"; }
	(cd "$1" && dpkg-deb -x ./*.deb . && rm ./*.deb)
	touch "$1/done"
	exec 7>&-
}

put_busybox() { # ROOT
	mkdir -p "$1"/{bin,sbin,dev,proc,sys,run,tmp,etc,lib/modules,usr/bin,usr/sbin,var/lib,var/log}
	cp /bin/busybox "$1/bin/busybox"
	ln -s ../../bin/busybox "$1/usr/bin/busybox" # the links are to where it is here
	/bin/busybox --install -s "$1/bin"
	echo 'root:x:0:0:root:/root:/bin/sh' > "$1/etc/passwd"
	echo 'root:x:0:' > "$1/etc/group"
	echo '127.0.0.1 localhost' > "$1/etc/hosts"
}

# Copies modules with their dependencies, and writes the order of loading to /modules.order.
put_modules() { # KERNEL ROOT MODULE...
	local kernel=$1 root=$2 release m
	shift 2
	release=$(basename "$(echo "$kernel"/lib/modules/*)")
	[ -e "$kernel/lib/modules/$release/modules.dep.bin" ] || depmod -b "$kernel" "$release"
	for m; do
		modprobe -d "$kernel" -S "$release" --show-depends --ignore-install "$m" 2> /dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++' | while read -r m; do
		cp "$m" "$root/lib/modules/"
		echo "/lib/modules/$(basename "$m")"
	done > "$root/modules.order"
	for m in "$root"/lib/modules/*.xz; do
		[ -e "$m" ] && { xz -d "$m"; sed -i 's/\.xz$//' "$root/modules.order"; }
	done
	return 0
}

pack() { # ROOT: its cpio archive
	(cd "$1" && find . -print0 | sort -z | cpio --null -o -H newc --quiet --reproducible --owner 0:0)
}
