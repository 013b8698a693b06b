# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
mkdir tls
python3 "$here/tls.py" "$PWD/tls" "$PREHUP"
