# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Real resources of this kernel, used up in random ways until it refuses, or used in healthy ones.  SEED=N draws
# others: some shapes nobody could tell, so that what must pass is always the same draw.
python3 "$(dirname "$0")/../prediction/real" "$PREHUP" "${SEED:-2}"
