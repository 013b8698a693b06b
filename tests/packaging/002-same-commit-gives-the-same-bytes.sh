# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# Builds the commit and its libraries again, in a folder at another depth.
. "$(dirname "$0")/lib.sh"
git diff --quiet HEAD || { echo "what is here is not what is committed: it cannot be compared"; exit 1; }
there=$DIR/a/rather/deep/folder
mkdir -p "$there"
git archive HEAD | tar -x -C "$there"
epoch=$(git log -1 --format=%ct)
SOURCE_DATE_EPOCH=$epoch make -j"$(nproc)" -C "$there" static DL="$TOP/build/static-deps/fetched"
cmp "$static" "$there/build/static/prehup"
