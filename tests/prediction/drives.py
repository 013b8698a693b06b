# SPDX-License-Identifier: Apache-2.0
"""drives - the risk of drives: training and its figures, by drive.

Rows belong to a drive and a moment.  Every drive has the same weight, and of a drive the moments at which it
looks worst count most, for by those it is judged.
"""
import csv
import gzip
import os
import subprocess

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402

import trees  # noqa: E402

COLUMNS = ("smart_5", "smart_187", "smart_188", "smart_189", "smart_196", "smart_197", "smart_198")
# Counters have just changed; have not for a week; for two months.
LOOK_H = (0, 168, 1440)
AHEAD_H, MONTH_H = 24, 720
FOCUS, SCOUTS = 0.7, 1 / 3  # weight of the worst moments; share of the trees that only find them
MODEL = dict(max_iter=150, learning_rate=0.12, max_depth=3, max_leaf_nodes=8, l2_regularization=4,
             random_state=1, early_stopping=False)
FALSE = (0.001, 0.003, 0.01, 0.02, 0.04)


class Rows:
    """Features of moments, the drive of each, hours left until its failure (inf: it did not fail)."""

    def __init__(self, features, drive, left_h):
        self.features, self.drive, self.left_h = features, drive, left_h
        self.count = drive.max() + 1
        self.fails = np.zeros(self.count, bool)
        self.fails[drive[np.isfinite(left_h)]] = True

    def highest(self, score, of):
        """Of each drive the highest score among the rows `of`."""
        top = np.full(self.count, -np.inf)
        np.maximum.at(top, self.drive[of], score[of])
        return top


def backblaze(program, path):
    """
    Rows of Backblaze's drives, and the risk by the table that is built in.

    The drives of 2013-04 to 2016-09 in start/stop form, a row for each time a counter changed, as published
    with the R package dynamichazard.  What it cannot say: they are desktop and nearline disks with platters
    of one company; a drive has failed when it was replaced; attributes are missing for whole models; and
    there are no SSDs among them.
    """
    stream, drive, at_h, fail_h, serial, last_h = [], [], [], [], None, 0
    with gzip.open(path, "rt") as f:
        for row in csv.DictReader(f):
            start_h, stop_h = float(row["tstart"]), float(row["tstop"])
            counters = [float(row[c] or "nan") for c in COLUMNS]
            if row["serial_number"] != serial:
                serial, last_h = row["serial_number"], None
                fail_h.append(np.inf)
            if row["fails"] == "1":
                fail_h[-1] = stop_h
            for later in LOOK_H:
                if later and start_h + later >= stop_h:
                    break
                now_h = start_h + later
                stream.append([last_h is None, 0 if last_h is None else now_h - last_h, *counters])
                drive.append(len(fail_h) - 1)
                at_h.append(now_h)
                last_h = now_h
    out = subprocess.run([program], input=np.array(stream, float).tobytes(), stdout=subprocess.PIPE, check=True).stdout
    out = np.frombuffer(out, np.float32).reshape(len(stream), -1)
    drive = np.array(drive)
    rows = Rows(out[:, 1:], drive, np.array(fail_h)[drive] - np.array(at_h))
    return rows, np.where(np.isnan(out[:, 0]), -np.inf, out[:, 0])


def boost(rows, use, weight, settings):
    """Trees from the rows `use`; rows that are alike are one, with their weight together."""
    key = np.column_stack([rows.features[use], np.isfinite(rows.left_h[use])]).astype(np.float32)
    alike, which = np.unique(np.ascontiguousarray(key).view("V%d" % (4 * key.shape[1])).ravel(), return_inverse=True)
    alike = alike.view(np.float32).reshape(-1, key.shape[1])
    return HistGradientBoostingClassifier(**settings).fit(
        alike[:, :-1], alike[:, -1] > 0, sample_weight=np.bincount(which, weight))


def train(rows, use, settings=MODEL, ahead_h=AHEAD_H):
    count = np.bincount(rows.drive, minlength=rows.count)
    scouts = boost(rows, use, 1 / np.sqrt(count[rows.drive[use]]), dict(settings, max_iter=int(settings["max_iter"] * SCOUTS)))
    score = scouts.decision_function(rows.features)
    early = use & (rows.left_h >= ahead_h)
    drive = rows.drive[early]
    near = np.exp(score[early] - rows.highest(score, early)[drive])
    weight = FOCUS * near / np.bincount(drive, near, rows.count)[drive] + (1 - FOCUS) / np.bincount(drive)[drive]
    return boost(rows, early, weight, settings)


def thresholds(rows, top, of):
    """Scores that such shares of the healthy drives `of` exceed."""
    good = np.sort(top[of & ~rows.fails])[::-1]
    return [good[int(share * len(good))] for share in FALSE]


def counted(rows, top, of, at):
    """Drives above each threshold, of those that failed and of those that did not; and how many these are."""
    return np.array([[(top[of & kind] > x).sum() for x in at] + [(of & kind).sum()] for kind in (rows.fails, ~rows.fails)])


def shares(counts):
    """(detected, false alarms) in percent, by threshold."""
    return list(zip(*(100 * counts[:, :-1] / counts[:, -1:])))


def judged(rows, score):
    """Figures with thresholds of the very drives."""
    all_ = np.full(rows.count, True)
    top = rows.highest(score, rows.left_h >= AHEAD_H)
    return shares(counted(rows, top, all_, thresholds(rows, top, all_)))


def halves(rows):
    """
    Figures of each half of the drives by a model of the other: with thresholds from the other's healthy drives,
    which cost a little more than was wanted on drives never seen; and when so many are alarmed, exactly.
    """
    half = np.arange(rows.count, dtype=np.uint64) * 2654435761 % 2**32 >> 16 & 1
    theirs, exact = 0, 0
    for part in range(2):
        mine = half == part
        score = train(rows, mine[rows.drive]).decision_function(rows.features)
        top = rows.highest(score, rows.left_h >= AHEAD_H)
        theirs = theirs + counted(rows, top, ~mine, thresholds(rows, top, mine))
        exact = exact + counted(rows, top, ~mine, thresholds(rows, top, ~mine))
    return shares(theirs), shares(exact)


def calibrated(score, left_h):
    """Shift and slope of the log odds of failing within a month (Platt)."""
    x, y, line = np.column_stack([np.ones_like(score), score]), left_h <= MONTH_H, np.array([-3.0, 1.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ line))
        line = line + np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (y - p))
    return line


def write(out, program, path):
    rows, _ = backblaze(program, path)
    model = train(rows, np.full(len(rows.drive), True))
    line = calibrated(model.decision_function(rows.features) - trees.base(model), rows.left_h)
    print("""/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tests/prediction/fit from %d drives; not by hand. */
#ifndef AGENT_PREDICT_MODEL_DRIVE_TABLE_H
#define AGENT_PREDICT_MODEL_DRIVE_TABLE_H

#include "agent/predict/model/trees.h"

/* clang-format off */
%s

/* Log odds of failing within a month: shift + slope * sum of the trees. */
static const double drive_shift = %.4f, drive_slope = %.4f;
/* clang-format on */

#endif""" % (rows.count, trees.table("drive", model, 9), *line), file=out)
