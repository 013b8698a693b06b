# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Alpine's abuild is not available: the test takes its steps in order, with Debian's libraries.
. "$(dirname "$0")/lib.sh"
need busybox-static
make apk > "$DIR/apk.log" 2>&1 || { tail -30 "$DIR/apk.log"; exit 1; }
cat > "$DIR/abuild" << 'A'
. "$startdir/APKBUILD"
for f in $source; do cp "$startdir/$f" "$srcdir/"; done
cd "$srcdir"
echo "$sha512sums" | sha512sum -c
tar -xzf "$pkgname-$pkgver.tar.gz"
cd "$srcdir/$pkgname-$pkgver"
build
mkdir -p "$pkgdir"
package
for p in $subpackages; do echo "$p"; done > "$srcdir/subpackages"
A
mkdir -p "$DIR/src"
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin startdir="$TOP/build/packages" srcdir="$DIR/src" pkgdir="$DIR/pkg" \
	busybox ash -eu "$DIR/abuild" > "$DIR/log" 2>&1 || { tail -30 "$DIR/log"; exit 1; }

# The files of `make install` without systemd's, and OpenRC's script.
make install DESTDIR="$DIR/all" > "$DIR/install.log" 2>&1 || { tail "$DIR/install.log"; exit 1; }
files() { (cd "$1" && find . ! -type d | sed 's/^.//' | sort); }
same "$(files "$DIR/all" | grep -vE 'systemd|/usr/lib/|^/usr/share/prehup/|/zsh/' && echo /etc/init.d/prehup)" "$(files "$DIR/pkg" | grep -v /zsh/ | grep -v init.d && echo /etc/init.d/prehup)"
test -x "$DIR/pkg/etc/init.d/prehup"
test "$(readlink "$DIR/pkg/usr/bin/cfn-hup")" = prehup
"$DIR/pkg/usr/bin/prehup" --version | grep -qx "prehup $version"
# Each subpackage has something to take, at the place where abuild looks for it.
for p in doc:usr/share/man openrc:etc/init.d bash-completion:usr/share/bash-completion/completions \
	zsh-completion:usr/share/zsh/site-functions fish-completion:usr/share/fish; do
	grep -qx "prehup-${p%%:*}" "$DIR/src/subpackages"
	test -n "$(ls "$DIR/pkg/${p#*:}")"
done
same 5 "$(wc -l < "$DIR/src/subpackages")"
