"""Predictions of gobragg beside those of DIALS: `predict.py NAME EXPERIMENTS GOBRAGG.refl GOBRAGG.json DMIN [DIALS.refl]`, the last one
written by dials.predict. Without it the predictors of DIALS are called, since the program wants the images themselves.

Both lists hold the same reflections, but for those that a line below counts and explains. In a rotation those of gobragg are the
crossings (excitation 0) whose centre is on a panel. In a still DIALS has those that a rotation by less than 1.5 mrad brings to the
Ewald sphere, whatever their widths, and shifts them by that rotation.
"""

import json
import math
import sys
from collections import defaultdict

import numpy as np
from dials.algorithms.spot_prediction import ScanStaticReflectionPredictor, StillsReflectionPredictor
from dials.array_family import flex
from dxtbx.model.experiment_list import ExperimentListFactory

PIXELS, DEGREES = 0.01, 0.001


def parallax(panel, s1, ours):
    """Where DIALS puts a ray that meets the panel, in pixels: the mean depth of gobragg is that of the photons that are
    absorbed, o/(1 - exp(-mu t)) with the o of DIALS, which takes those that pass through as absorbed at the surface."""
    mu, thickness = panel.get_mu(), panel.get_thickness()
    if mu == 0 or thickness == 0 or type(panel.get_px_mm_strategy()).__name__ == "SimplePxMmStrategy":
        return ours
    s1 = np.array(s1) / np.linalg.norm(s1)
    path = thickness / abs(np.dot(s1, panel.get_normal()))
    o = 1 / mu - (path + 1 / mu) * math.exp(-mu * path)
    shift = o - o / -math.expm1(-mu * path)
    axes = np.array([panel.get_fast_axis(), panel.get_slow_axis()])
    return tuple(np.array(ours) + shift * axes.dot(s1) / np.array(panel.get_pixel_size()))


def predicted(experiment, still, dmin, path):
    """The list of DIALS."""
    if path:
        return flex.reflection_table.from_file(path)
    crystal = experiment.crystal
    # gobragg takes the middle of an orientation that varies.
    a = crystal.get_A_at_scan_point(crystal.num_scan_points // 2) if crystal.num_scan_points else crystal.get_A()
    if still:
        return StillsReflectionPredictor(experiment, dmin=dmin).for_ub(a)
    return ScanStaticReflectionPredictor(experiment, dmin=dmin, padding=0).for_ub(a)


def main(name, experiments, own_refl, own_json, dmin, dials_refl=None):
    experiment = ExperimentListFactory.from_json_file(experiments, check_format=False)[0]
    still = experiment.scan is None or experiment.goniometer is None or experiment.scan.is_still()
    dials = predicted(experiment, still, float(dmin), dials_refl)
    own = flex.reflection_table.from_file(own_refl)
    rows = json.load(open(own_json))["reflections"]
    assert len(own) == len(rows), "the two files of gobragg differ"
    if not (own.get_flags(own.flags.predicted)).all_eq(True):
        sys.exit(f"predict: {name}: not all reflections have the flag predicted")
    edges = experiment.scan.get_oscillation_range(deg=True) if not still else (0, 0)

    ours, theirs = defaultdict(list), defaultdict(list)
    for row, s1 in zip(rows, own["s1"]):
        size = experiment.detector[row["panel"]].get_image_size()
        fast, slow = parallax(experiment.detector[row["panel"]], s1, (row["fast_px"], row["slow_px"]))
        on = 0 <= fast < size[0] and 0 <= slow < size[1]
        if still or (row["excitation"] == 0 and on) or row["grazing"]:
            key = (row["h"], row["k"], row["l"]) + (() if still else (row["entering"],))
            ours[key].append((row["panel"], fast, slow, row["phi_deg"], on, row))
    counts = defaultdict(int)
    cell = experiment.crystal.get_unit_cell()
    for i in range(len(dials)):
        if cell.d(dials["miller_index"][i]) < float(dmin):
            counts["finer than the resolution limit, which DIALS exceeds at the ends of its rows"] += 1
            continue
        key = tuple(dials["miller_index"][i]) + (() if still else (bool(dials["entering"][i]),))
        x, y, _ = dials["xyzcal.px"][i]
        theirs[key].append((dials["panel"][i], x, y, math.degrees(dials["xyzcal.mm"][i][2]), i))

    compared, worst, worst_phi = 0, 0.0, 0.0
    wrong = []
    for key, list_ in theirs.items():
        for panel, x, y, phi, i in list_:
            match = [o for o in ours.get(key, []) if abs((o[3] - phi + 180) % 360 - 180) < 0.01 or still]
            size = experiment.detector[panel].get_image_size()
            if not match:
                if not still and min(abs(phi - edges[0]), abs(phi - edges[1])) < DEGREES:
                    counts["at the very end of the rotation"] += 1
                elif min(x, y, size[0] - x, size[1] - y) < 2 * PIXELS:
                    counts["on the very edge of a panel"] += 1
                elif not still and any(o[5]["grazing"] for e in (True, False) for o in ours.get(key[:3] + (e,), [])):
                    counts["two crossings that are one, of a reflection that hardly reaches the sphere"] += 1
                else:
                    wrong.append(("missing here", key, panel, x, y, phi))
                continue
            o = min(match, key=lambda o: abs(o[1] - x) + abs(o[2] - y) + 1e6 * (o[0] != panel))
            off = math.hypot(o[1] - x, o[2] - y)
            if o[0] != panel and min(x, y, size[0] - x, size[1] - y) < 2 * PIXELS:
                counts["on the very edge of a panel"] += 1
                continue
            if off > PIXELS or o[0] != panel:
                wrong.append((f"{off:.4f} pixels apart", key, panel, x, y, phi, o[:4]))
                continue
            worst = max(worst, off)
            if not still:
                d = abs((o[3] - phi + 180) % 360 - 180)
                worst_phi = max(worst_phi, d)
                if d > DEGREES:
                    wrong.append((f"{d:.5f} degrees apart", key, panel, x, y, phi))
            compared += 1
    if still:
        # Those of gobragg that are within the 1.5 mrad of DIALS are in its list.
        s0 = np.array(experiment.beam.get_s0())
        a = np.array(experiment.crystal.get_A()).reshape(3, 3)
        for key, list_ in ours.items():
            q = a.dot(key)
            distance = np.linalg.norm(q + s0) - np.linalg.norm(s0)
            delta = abs(distance) / np.linalg.norm(np.cross(q, (q + s0) / np.linalg.norm(q + s0)))
            if key in theirs:
                continue
            if delta > 0.00149:
                counts["beyond the 1.5 mrad of DIALS"] += 1
            elif not list_[0][4]:
                counts["a box on the panel, the centre is not"] += 1
            else:
                wrong.append(("missing in DIALS", key, list_[0][:4]))
    else:
        for key, list_ in ours.items():
            for o in list_:
                if o[5]["excitation"] != 0 or not o[4]:
                    continue
                if not any(abs((o[3] - t[3] + 180) % 360 - 180) < 0.01 for t in theirs.get(key, [])):
                    size = experiment.detector[o[0]].get_image_size()
                    if min(abs(o[3] - edges[0]), abs(o[3] - edges[1])) < DEGREES:
                        counts["at the very end of the rotation"] += 1
                    elif min(o[1], o[2], size[0] - o[1], size[1] - o[2]) < 2 * PIXELS:
                        counts["on the very edge of a panel"] += 1
                    else:
                        wrong.append(("missing in DIALS", key, o[:4]))
    edge = "; ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "none"
    print(f"predict: {name}: {len(dials)} of DIALS, {compared} the same, within {worst:.5f} pixels and {worst_phi:.6f} degrees; edge cases: {edge}")
    for w in wrong[:10]:
        print("predict:", name, *w)
    if wrong or compared < 0.85 * len(dials) or compared == 0:
        sys.exit(f"predict: {name}: {len(wrong)} reflections differ")


main(*sys.argv[1:])
