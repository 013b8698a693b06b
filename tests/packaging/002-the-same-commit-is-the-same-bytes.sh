# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Built once more, libraries and all, in another folder at another depth, by what is committed.
. "$(dirname "$0")/lib.sh"
there=$DIR/a/rather/deep/folder
mkdir -p "$there"
git archive HEAD | tar -x -C "$there"
epoch=$(git log -1 --format=%ct)
deps=$(ls -d build/static-deps/"$(uname -m)"-* | tail -1)
SOURCE_DATE_EPOCH=$epoch make -C "$there" static DL="$TOP/$deps/fetched-mbedtls.d"
cmp "$static" "$there/build/static/prehup"
