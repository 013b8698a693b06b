# SPDX-License-Identifier: Apache-2.0
"""shapes - episodes made in the manner of the recorded ones: the same fourteen shapes, drawn anew and wider.

336 recorded episodes are few; what a model learns of them alone is also their noise.  Each shape here is
arithmetic, with noise and in whole units of what is used up (there are 120 processes, or 3000 inodes), from a
seed.  Which shapes there are is asked for by name, so that what is left out of training is left out here too.
"""
import numpy as np

STEP_S = 0.1
FAILING = ("linear", "accel", "decel", "saw", "late", "step", "dip")
BENIGN = ("plateau", "satur", "sawflat", "spikes", "batch", "flat", "seasonal")


def noise(rng, n):
    w = rng.normal(0, 1, n)
    k = rng.choice([0, 0, 0.5, 0.8])
    for i in range(1, n if k else 0):
        w[i] = k * w[i - 1] + (1 - k * k) ** 0.5 * w[i]
    return 10 ** rng.uniform(-3, -1.45) * w


def failing(rng, how):
    """Used ratio until long after it reached 1."""
    start, life = rng.uniform(0.08, 0.5), rng.uniform(22, 70)
    p = np.arange(0, life * 1.5, STEP_S) / life
    if how == "accel":
        p = p ** rng.uniform(1.3, 3) if rng.random() < 0.6 else np.expm1(2 * p) / np.expm1(2)
    elif how == "decel":
        p = p ** rng.uniform(0.4, 0.85)
    elif how == "saw":
        p = p + rng.uniform(0.03, 0.35) * (p * rng.integers(4, 16) % 1 - 0.5)
    elif how == "late":
        wait = rng.uniform(0.2, 0.75)
        p = np.maximum(0, (p - wait) / (1 - wait))
    elif how == "step":
        n = rng.integers(6, 30)
        edge = np.sort(rng.uniform(0, 1, n)) if rng.random() < 0.6 else np.arange(1, n + 1) / n
        high = np.cumsum(rng.uniform(0.3, 1, n))
        p = np.r_[0, high / high[-1]][np.searchsorted(edge, p, side="right")]
    elif how == "dip":
        far = rng.uniform(0.05, 0.35)
        p = p * (1 + far) - far * (p > rng.uniform(0.25, 0.85))
    return start + (1.001 - start) * p


def benign(rng, how):
    t = np.arange(0, rng.uniform(28, 74), STEP_S)
    top = rng.uniform(0.55, 0.95)
    start = min(rng.uniform(0.08, 0.5), top - 0.1)
    low = rng.uniform(start, top - 0.08)
    if how == "plateau":
        ramp = np.clip(t / (rng.uniform(0.25, 0.85) * t[-1]), 0, 1) ** rng.choice([1, 1, rng.uniform(0.6, 1.8)])
        return start + (top - start) * ramp
    if how == "satur":
        return start - (top - start) * np.expm1(-t / rng.uniform(4, 25))
    if how == "seasonal":
        return low + (top - low) * (0.5 - 0.5 * np.cos(2 * np.pi * (t / rng.uniform(10, 60) + rng.random())))
    if how == "spikes":
        x, i = np.full(len(t), start), 0
        while i < len(t):
            i += int(rng.exponential(60)) + 5
            x[i:i + int(rng.uniform(3, 40))] = start + (top - start) * rng.uniform(0.5, 1)
        return x
    if how in ("sawflat", "batch"):
        teeth = t / (rng.uniform(4, 14) if how == "sawflat" else rng.uniform(12, 32)) + rng.choice([0, 0, rng.random()])
        tops = 1 + rng.normal(0, rng.choice([0, 0, 0.05]), 100)
        early = rng.uniform(1, 1.8) if how == "batch" and rng.random() < 0.3 else 1
        return low + (top - low) * np.minimum(1, early * (teeth % 1)) * tops[teeth.astype(int)]
    return np.full(len(t), top)


def like(rng, count, shapes):
    """So many of each of these shapes, less those that noise made into something else."""
    out = []
    for _ in range(count):
        for how in (s for s in FAILING + BENIGN if s in shapes):
            fails = how in FAILING
            x = failing(rng, how) if fails else benign(rng, how)
            x = x + noise(rng, len(x))
            units = int(10 ** rng.uniform(2, 3.5))
            t, full, x = STEP_S * np.arange(len(x)), np.where(x >= 1)[0], np.floor(np.maximum(x, 0) * units) / units
            if fails != bool(len(full)):
                continue
            n = full[0] if fails else len(x)
            if n < 60:
                continue
            if rng.random() < 0.4:  # whoever uses it has just begun
                x[:rng.integers(1, 3)] = 0
            out.append({"t": t[:n], "x": np.minimum(x[:n], 1 if fails else 0.96), "tfail": t[n] if fails else None,
                        "prof": how, "res": "made", "src": "made"})
    return out
