# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# QEMU boots the image of `make image`; see tests/heat/boot.py.
. "$(dirname "$0")/lib.sh"
need qemu-system-x86 genisoimage python3-requests
fresh build/image/initrd || make image > "$DIR/image.log" 2>&1 || { tail -20 "$DIR/image.log"; exit 1; }
export LAB=$DIR/lab IMAGE=$TOP/build/image PYTHONDONTWRITEBYTECODE=1
down() {
	tests/heat/lab down
	finish
}
trap down EXIT
tests/heat/lab up
/usr/bin/python3 tests/heat/boot.py
grep -q "^[1-9]" "$LAB/counts" # it was tried, and not left out
