# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Real resources of this kernel, used up at random until it refuses, or used in healthy ways.  SEED=N draws other
# shapes; some are unpredictable, so the test always uses the same draw.
python3 "$(dirname "$0")/../prediction/real" "$PREHUP" "${SEED:-2}"
