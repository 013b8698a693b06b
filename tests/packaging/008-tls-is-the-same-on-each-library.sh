# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# tests/system/106 is of the dynamic program; here mbedTLS, OpenSSL, and aarch64 under qemu-user have the same before them.
. "$(dirname "$0")/lib.sh"
need openssl python3 qemu-user-static
python3 tests/system/tls.py "$DIR" "$static" "$static_openssl" "qemu-aarch64-static $static_arm"
