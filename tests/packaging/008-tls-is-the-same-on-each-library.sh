# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# tests/system/106 tests the dynamic program; this is the same test for mbedTLS, OpenSSL, and aarch64 under qemu-user.
. "$(dirname "$0")/lib.sh"
need openssl python3 qemu-user-static
python3 tests/system/tls.py "$DIR" "$static" "$static_openssl" "qemu-aarch64-static $static_arm"
