# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Real resources of this kernel, used up in random ways until it refuses, or used in healthy ones.
python3 "$(dirname "$0")/../prediction/real" "$PREHUP"
