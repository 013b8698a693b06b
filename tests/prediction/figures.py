# SPDX-License-Identifier: Apache-2.0
"""figures - what a risk is worth: alarms on episodes and hosts, calibration, error of the time left."""
import numpy as np


def first_alarm(t, risk, at, confirm=1):
    over = risk >= at
    for _ in range(confirm - 1):
        over = over & np.r_[False, over[:-1]]
    return t[np.argmax(over)] if over.any() else None


def spans(who, count):
    edge = np.searchsorted(who, np.arange(count + 1))
    return [slice(edge[i], edge[i + 1]) for i in range(count)]


def alarms(stories, rows, risk, at, horizon_s, confirm=1):
    """A dict of percentages.  A hit warns between 0.1 and 3 horizons ahead."""
    hits = early = premature = false = fails = benign = 0
    leads = []
    for e, s in zip(stories, spans(rows[:, 0], len(stories))):
        a = first_alarm(rows[s, 1], risk[s], at, confirm)
        if e["tfail"] is None:
            benign += 1
            false += a is not None
            continue
        fails += 1
        lead = -1 if a is None else (e["tfail"] - a) / horizon_s
        premature += lead > 3
        hits += 0.1 <= lead <= 3
        early += 0.3 <= lead <= 3
        if 0.1 <= lead <= 3:
            leads.append(lead)
    return {"recall": 100 * hits / max(1, fails), "early": 100 * early / max(1, fails),
            "precision": 100 * hits / max(1, hits + premature + false), "benign": 100 * false / max(1, benign),
            "premature": premature, "lead": float(np.median(leads)) if leads else 0.0}


def label(stories, rows, horizon_s):
    tfail = np.array([np.inf if e["tfail"] is None else e["tfail"] for e in stories])
    left = tfail[rows[:, 0].astype(int)] - rows[:, 1]
    return ((left <= horizon_s) & (left >= 0)).astype(float), left


def ece(p, y, bins=10):
    b = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs(p[b == i].mean() - y[b == i].mean()) * (b == i).mean() for i in range(bins) if (b == i).any())


def time_error(stories, rows, eta, when_s):
    """Median of |predicted - true| / true, `when_s` before the failure, and the share within a fifth."""
    err = []
    for e, s in zip(stories, spans(rows[:, 0], len(stories))):
        if e["tfail"] is None or s.start == s.stop:
            continue
        at = e["tfail"] - when_s
        i = s.start + np.searchsorted(rows[s, 1], at, side="right") - 1
        if i < s.start:
            continue
        true = e["tfail"] - rows[i, 1]
        err.append(abs(eta[i] - true) / true)
    err = np.array(err)
    return float(np.median(err)), float((err <= 0.2).mean())


def sustained(t, risk, at, hold_s=180, rearm_s=3600):
    """Times of alarms that have held for so long; the next only after it was clear for so long."""
    out, since, clear = [], None, -np.inf
    armed = True
    for time, r in zip(t, risk):
        if r >= at:
            since = time if since is None else since
            clear = None
            if armed and time - since >= hold_s:
                out.append(time)
                armed = False
        else:
            since = None
            clear = time if clear is None else clear
            if not armed and time - clear >= rearm_s:
                armed = True
    return out
