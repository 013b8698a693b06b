# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Packages with the machine's libraries, as in a distribution.  make-package runs lintian and rpmlint.
. "$(dirname "$0")/lib.sh"
need debhelper fakeroot lintian rpm rpmlint
make deb > "$DIR/deb.log" 2>&1 || { tail -30 "$DIR/deb.log"; exit 1; }
make rpm > "$DIR/rpm.log" 2>&1 || { tail -30 "$DIR/rpm.log"; exit 1; }
if grep -E '^[EW]: ' "$DIR/deb.log"; then exit 1; fi
grep -q ' 0 errors, 0 warnings' "$DIR/rpm.log" || { cat "$DIR/rpm.log"; exit 1; }

rpm=$(echo build/packages/prehup-"$version"-*.rpm)
deb=build/packages/prehup_${version}_$(dpkg --print-architecture).deb
rpm -qp --provides "$rpm" | grep -q "^heat-cfntools = $version"
rpm -qp --conflicts "$rpm" | grep -qx heat-cfntools
rpm -qp --configfiles "$rpm" | grep -qx /etc/prehup/prehup.conf
# Both have the same files, except those that each distribution keeps elsewhere.
files_of_deb() { dpkg-deb -c "$deb" | sed 's/ -> .*//; s/.* \.//'; }
files_of_rpm() { rpm -qlp "$rpm"; }
common() {
	grep -vE '/$|^/etc/init.d|/systemd/|/doc/|/licenses/|/zsh/|\.build-id|/lintian/|^/usr/share/prehup$|^/etc/prehup$' | sed 's/\.gz$//' | sort
}
same "$(files_of_deb | common)" "$(files_of_rpm | common)"
