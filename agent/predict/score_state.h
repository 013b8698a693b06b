/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_state.h - what the scorer has learnt, over a restart of the daemon and of the guest.
 *
 * One small file, replaced as a whole, with a checksum: one that is torn, of another build or damaged is
 * no file.  Restarted within one boot all goes on where it was.  After a reboot nobody knows how long the
 * guest was off: only what has no time in it is taken up, what is usual, and what is known of drives, which
 * count their own hours; slopes are learnt anew.
 */
#ifndef AGENT_PREDICT_SCORE_STATE_H
#define AGENT_PREDICT_SCORE_STATE_H

#include "agent/predict/score.h"

extern const char score_state_file[];

/*
 * Writes without waiting for the disk, and allocates nothing: a file that a crash tears is known by its
 * checksum.  0 or -errno.
 */
int score_state_save(const struct scorer *sc, const struct table *t, const char *boot);

/*
 * Hands what was saved to the scorer, which takes it up when a series of that name appears.  The number of
 * series, or -errno: -ENOENT, -EBADMSG when the file is not whole.
 */
int score_state_load(struct scorer *sc, const char *boot);
void score_state_discard(struct scorer *sc); /* what was not taken up */

/* Called by score.c for a bounded series that begins. */
void score_state_restore(struct scorer *sc, struct score *p);

/* What it knows of drives; they are taken up with their first reading. */
struct drive_history_saved score_state_drives(const struct scorer *sc);

#endif
