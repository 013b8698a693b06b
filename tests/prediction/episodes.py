# SPDX-License-Identifier: Apache-2.0
"""episodes - recorded and made stories of a resource, and what the scorer sees of them.

A story is a dict: t (seconds), x (used ratio), tfail (None: it ended well), prof (its shape), res, src.
"""
import gzip
import json
import subprocess

import numpy as np

HORIZON_S = 10.0
FEATURES = 28


def recorded(path):
    """336 of them: a real kernel's refusals and near ones, 10 samples a second, horizon 10 s."""
    out = []
    for e in json.load(gzip.open(path)):
        out.append({"t": np.array(e["t"]), "x": np.array(e["x"]), "tfail": e["tfail"], "prof": e["prof"],
                    "res": e["res"], "src": "recorded"})
    return out


def seen(program, stories, horizon_s, every=1):
    """Rows of [story, time, value, points so far], features, and [risk, time left in horizons] as it says."""
    parts = []
    for i, e in enumerate(stories):
        parts.append(np.array([i, horizon_s, every, len(e["t"])], dtype=float).tobytes())
        parts.append(np.column_stack([e["t"], e["x"]]).astype(float).tobytes())
    out = subprocess.run([program], input=b"".join(parts), capture_output=True, check=True).stdout
    rows = np.frombuffer(out, dtype=np.float32).reshape(-1, 6 + FEATURES)
    return rows[:, :4].astype(float), rows[:, 6:], rows[:, 4:6].astype(float)


def stops(rng, count, steady=True):
    """A ramp that stops: of every curvature, at every level, with whatever comes then."""
    out = []
    for _ in range(count):
        dt = HORIZON_S / rng.choice([100, 100, 60, 90])
        life = HORIZON_S * rng.uniform(0.7, 6)
        t = np.arange(0, life * rng.uniform(1.2, 2.2) + HORIZON_S, dt)
        wait = rng.uniform(0, 2) * HORIZON_S * (rng.random() < 0.5)
        start, top = rng.uniform(0, 0.6), rng.uniform(0.45, 0.97)
        if top < start + 0.1:
            continue
        ramp = np.clip((t - wait) / life, 0, 1)
        ramp = ramp ** rng.choice([1, 1, rng.uniform(0.4, 2.5)])
        if rng.random() < 0.2:  # many small ones
            n = rng.integers(4, 20)
            ramp = np.floor(ramp * n) / n
        x = start + (top - start) * ramp
        after = t > wait + life
        how = rng.integers(0, 4)
        if how == 1:  # creeps on
            x = x + after * (0.97 - top) * rng.uniform(0, 0.6) * np.clip((t - wait - life) / (4 * HORIZON_S), 0, 1)
        elif how == 2:  # is taken back, in part
            x = x - after * (top - start) * rng.uniform(0.1, 1) * np.clip((t - wait - life) / (rng.uniform(0.05, 3) * HORIZON_S), 0, 1)
        out.append(story(rng, t, x, None, "stop"))
    return out


def story(rng, t, x, tfail, prof):
    noise = 10 ** rng.uniform(-4.5, -1.6)
    slow = np.convolve(rng.normal(0, 1, len(t)), np.ones(8) / 8 ** 0.5, "same") if rng.random() < 0.5 else rng.normal(0, 1, len(t))
    x = x + noise * slow
    if rng.random() < 0.5:
        q = rng.choice([1e-4, 1e-3, 0.005, 0.01])
        x = np.round(x / q) * q
    return {"t": t, "x": np.clip(x, 0, 1), "tfail": tfail, "prof": prof, "res": "made", "src": "made"}


def ramps(rng, count):
    """To the end: straight, bent, by steps, as a saw, after a quiet while, with a fall on the way."""
    out = []
    for _ in range(count):
        dt = HORIZON_S / rng.choice([100, 100, 60, 90])
        life = HORIZON_S * 10 ** rng.uniform(-0.3, 0.95)
        wait = rng.uniform(0, 3) * HORIZON_S * (rng.random() < 0.5)
        t = np.arange(0, life + wait + dt, dt)
        start = rng.uniform(0, 0.6)
        p = np.clip((t - wait) / life, 0, None)
        how = rng.choice(["straight", "straight", "bent", "steps", "saw", "fall"])
        if how == "bent":
            p = np.clip(p, 0, 1) ** rng.uniform(0.5, 2.5) if rng.random() < 0.7 else np.expm1(3 * p) / np.expm1(3)
        elif how == "steps":
            edge = np.sort(rng.uniform(0, 1, rng.integers(4, 30)))
            p = np.searchsorted(edge, p) / len(edge) if rng.random() < 0.5 else np.floor(p * len(edge)) / len(edge)
        elif how == "saw":
            n = rng.integers(3, 20)
            p = p + rng.uniform(0.02, 0.4) * (((p * n) % 1) - 0.5) * (p < 1)
        elif how == "fall":
            at, far = rng.uniform(0.3, 0.8), rng.uniform(0.05, 0.4)
            p = p * (1 + far) - far * (p > at)
        x = start + (1 - start) * p
        full = np.where(x >= 1)[0]
        n = full[0] + 1 if len(full) else len(t)
        if n < 20:
            continue
        out.append(story(rng, t[:n], x[:n], t[n - 1] + dt, "ramp-" + how))
    return out


def healthy(rng, count):
    """Flat, rhythms, saws, bursts, wandering loads: of every period and up to every level."""
    out = []
    for _ in range(count):
        dt = HORIZON_S / rng.choice([100, 100, 60, 90])
        t = np.arange(0, HORIZON_S * rng.uniform(3, 10), dt)
        low = rng.uniform(0.02, 0.85)
        high = rng.uniform(low, 0.975)
        every = HORIZON_S * 10 ** rng.uniform(-0.7, 0.9)
        ph = t / every + rng.uniform(0, 1)
        how = rng.choice(["flat", "wave", "saw", "bursts", "wander"])
        if how == "flat":
            x = np.full(len(t), high)
        elif how == "wave":
            x = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * ph)) ** rng.choice([1, 2])
        elif how == "saw":
            tops = 1 + rng.normal(0, 0.1 * rng.random(), 1000)
            x = low + (high - low) * np.minimum(1, (ph % 1) * tops[ph.astype(int)] / rng.uniform(0.5, 1))
        elif how == "bursts":
            x = low + (high - low) * np.repeat(rng.random(len(t) // 10 + 1) < 0.1, 10)[:len(t)]
        else:
            w = np.cumsum(rng.normal(0, 1, len(t)))
            k = np.exp(-dt / every)
            for i in range(1, len(w)):
                w[i] = k * w[i - 1] + rng.normal()
            w = (w - w.min()) / (np.ptp(w) + 1e-9)
            x = low + (high - low) * w
        out.append(story(rng, t, np.clip(x, 0, 0.985), None, "healthy-" + how))
    return out


def cut(rng, stories, count):
    """Recorded ramps, stopped on the way: their own noise goes on around the level reached."""
    out = []
    fails = [e for e in stories if e["tfail"]]
    for _ in range(count):
        e = fails[rng.integers(len(fails))]
        lo, hi = e["x"][:10].mean() + 0.1, 0.95
        if lo >= hi:
            continue
        level = rng.uniform(lo, hi)
        n = int(np.argmax(e["x"] >= level))
        if n < 50:
            continue
        m = int(rng.uniform(0.5, 3) * 100)
        smooth = np.convolve(e["x"], np.ones(15) / 15, "valid")
        rest = (e["x"][7:7 + len(smooth)] - smooth)
        tail = smooth[min(max(0, n - 8), len(smooth) - 1)] + rest[rng.integers(0, len(rest), m)]
        x = np.concatenate([e["x"][:n], np.clip(tail, 0, 0.985)])
        t = np.concatenate([e["t"][:n], e["t"][n - 1] + 0.1 * np.arange(1, m + 1)])
        out.append({"t": t, "x": x, "tfail": None, "prof": "cut", "res": e["res"], "src": "made"})
    return out


def hosts(path):
    z = np.load(path)
    return [{"t": 10.0 * np.arange(len(z[k])), "x": z[k] / 100.0, "tfail": None, "prof": k, "res": "host", "src": "host"} for k in z.files]


def leaks(rng, healthy_hosts, life_h):
    """One leak a host: brought to 35-60 % used, and up from there within so many hours."""
    out = []
    for e in healthy_hosts:
        before = int(12 * 360)
        n = before + int(life_h * 360 * 1.3)
        if n >= len(e["x"]):
            n = len(e["x"]) - 1
        at = rng.integers(0, len(e["x"]) - n)
        x = e["x"][at:at + n].copy()
        base = rng.uniform(0.35, 0.6)
        x = x - np.median(x) + base
        p = np.clip((np.arange(n) - before) / (life_h * 360), 0, None)
        how = rng.choice(["linear", "accel", "steps"])
        if how == "accel":
            p = p ** 2
        elif how == "steps":
            p = np.floor(p * 20) / 20
        x = np.clip(x + (1 - base) * p, 0, 1)
        full = np.where(x >= 1)[0]
        full = full[full > before]
        if not len(full):
            continue
        n = full[0] + 1
        out.append({"t": e["t"][:n], "x": x[:n], "tfail": 10.0 * full[0], "prof": "leak-" + how, "res": "host",
                    "src": "leak", "life": life_h, "host": e["prof"]})
    return out


def quiet(rng, stories):
    """Recorded ones, ramps and healthy, after a long while of nothing: the memory of it must not blind."""
    out = []
    for e in stories:
        n = int(rng.uniform(1, 10) * 100)
        x0 = e["x"][2:12]
        w = rng.normal(0, 1, n)
        for i in range(1, n):
            w[i] = 0.9 * w[i - 1] + 0.44 * w[i]
        size = 10 ** rng.uniform(-4, -1.7)
        before = np.clip(np.median(x0) + size * w, 0, 0.97)
        if rng.random() < 0.5:
            before = np.round(before, 2)
        t = np.concatenate([0.1 * np.arange(n), 0.1 * n + e["t"]])
        out.append({"t": t, "x": np.concatenate([before, e["x"]]), "tfail": e["tfail"] and e["tfail"] + 0.1 * n,
                    "prof": e["prof"], "res": e["res"], "src": "made"})
    return out
