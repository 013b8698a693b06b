# SPDX-License-Identifier: Apache-2.0
"""trees - scikit-learn's boosted trees as the C tables of agent/predict/model/trees.h."""
import numpy as np

UNIT = 8192


def trees(model):
    """Complete trees of depth three: (threshold, feature) of seven nodes, eight leaves."""
    out = []
    for (p,) in model._predictors:
        at, feature, leaf = [3e38] * 7, [0] * 7, [0.0] * 8

        def fill(i, n):
            node = p.nodes[n]
            if i >= 7:
                leaf[i - 7] = node["value"]
                return
            if not node["is_leaf"]:
                at[i], feature[i] = float(node["num_threshold"]), int(node["feature_idx"])
            fill(2 * i + 1, n if node["is_leaf"] else node["left"])
            fill(2 * i + 2, n if node["is_leaf"] else node["right"])

        fill(0, 0)
        out.append((at, feature, leaf))
    return out


def base(model):
    return float(np.ravel(model._baseline_prediction)[0])


def number(v, digits):
    text = "%.*g" % (digits, v)
    return text + ("F" if "." in text or "e" in text else ".0F")


def table(name, model, digits=6):
    lines = ["static const struct tree %s_trees[] = {" % name]
    for at, feature, leaf in trees(model):
        lines.append("\t{ { %s },\n\t  { %s },\n\t  { %s } }," % (
            ", ".join(number(v, digits) for v in at),
            ", ".join(str(max(-32768, min(32767, round(v * UNIT)))) for v in leaf),
            ", ".join(str(v) for v in feature)))
    return "\n".join(lines) + "\n};\n\nenum { %s_TREES = %d };" % (name.upper(), len(model._predictors))
