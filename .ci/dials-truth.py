"""The parts of .ci/dials that need DIALS' and Debian's Python modules.

    dials-truth.py headers PROGRAM          what dxtbx and fabio read in the headers of single images and of a sweep
    dials-truth.py structure-factors FILE   amplitudes of a crystal with the symmetry of P 43 21 2, in all of P1, as h k l F
    dials-truth.py arguments                the arguments of nanobragg that make the sweep, one a line
    dials-truth.py compare HKL EXPT MTZ     DIALS' result next to the truth

Exits with 1 if something is off.
"""

import itertools
import math
import os
import random
import re
import subprocess
import sys
import tempfile

import numpy as np

# The truth. The beam is off the middle by tens of pixels, and by other ones in X than in Y.
CELL = (60.0, 60.0, 40.0)  # Å, tetragonal
MISSET = (12.0, -35.0, 57.0)  # degrees, about nanobragg's x, then y, then z
PIXEL, FAST, SLOW, DISTANCE = 0.172, 768, 704, 120.0  # mm
XBEAM, YBEAM = 58.3, 69.8  # mm; MOSFLM's convention: X along slow and Y along fast, from the middle of the first pixel
IMAGES, OSC, STEP = 50, 0.8, 0.1  # degrees

# What must hold.
LIMITS = {"cell": 2e-4, "beam": 0.05, "orientation": 0.003, "cc": 0.99}


def arguments():
    """The crystal is small, so that its spots are a few pixels wide, and each pixel need be computed at one point only."""
    return [
        "-exact", "-cell", *map(str, CELL), "90", "90", "90", "-misset", *map(str, MISSET),
        "-Na", "8", "-Nb", "8", "-Nc", "12", "-mosaic", "0.05", "-mosaic_domains", "8", "-lambda", "1", "-polar", "0.95", "-fluence", "1e28", "-water", "0.08",
        "-detpixels_f", str(FAST), "-detpixels_s", str(SLOW), "-pixel", str(PIXEL), "-distance", str(DISTANCE),
        "-Xbeam", str(XBEAM), "-Ybeam", str(YBEAM), "-oversample", "1",
        "-phi", "0", "-osc", str(OSC), "-phistep", str(STEP), "-images", str(IMAGES),
    ]


def structure_factors(path):
    """Wilson's distributions of acentric and centric amplitudes, with a B factor of 18 Å²."""
    from cctbx import crystal, miller
    from cctbx.array_family import flex

    symmetry = crystal.symmetry(unit_cell=(*CELL, 90, 90, 90), space_group_symbol="P 43 21 2")
    unique = miller.build_set(symmetry, anomalous_flag=False, d_min=1.55)
    rng = random.Random(5)
    amplitudes = flex.double()
    for centric, epsilon, stol_sq in zip(
        unique.centric_flags().data(), unique.epsilons().data(), unique.sin_theta_over_lambda_sq().data()
    ):
        intensity = rng.gauss(0, 1) ** 2 if centric else rng.expovariate(1)
        amplitudes.append(160 * math.sqrt(intensity * epsilon) * math.exp(-18 * stol_sq))
    whole = miller.array(unique, data=amplitudes).expand_to_p1().generate_bijvoet_mates()
    with open(path, "w") as out:
        for hkl, f in zip(whole.indices(), whole.data()):
            out.write("%d %d %d %.4f\n" % (*hkl, f))


def rotation(axis, degrees):
    """Right-handed rotation matrix."""
    a = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -a[2], a[1]], [a[2], 0, -a[0]], [-a[1], a[0], 0]])
    angle = math.radians(degrees)
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def misorientation(lattice, truth):
    """Degrees by which one reciprocal lattice is turned against another, whichever way their axes are named.

    Both have a*, b*, c* as columns.
    """
    best = 180.0
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            names = np.zeros((3, 3))
            names[range(3), order] = signs
            if np.linalg.det(names) < 0:
                continue
            u, _, v = np.linalg.svd(lattice @ names @ np.linalg.inv(truth))  # the nearest rotation
            turn = u @ v
            if np.linalg.det(turn) > 0:
                best = min(best, math.degrees(math.acos(min(1.0, (np.trace(turn) - 1) / 2))))
    return best


def compare(hkl, expt, mtz):
    """Prints DIALS' figures next to the truth and exits with 1 if one is too far from it."""
    import gemmi
    from dxtbx.model.experiment_list import ExperimentList

    experiment = ExperimentList.from_file(expt, check_format=False)[0]
    panel, beam, goniometer, scan = experiment.detector[0], experiment.beam, experiment.goniometer, experiment.scan
    rows = []  # what, truth, DIALS', difference, limit, unit

    cell = experiment.crystal.get_unit_cell().parameters()
    for name, true, got in zip("abc", CELL, cell):
        rows.append((name, true, got, got / true - 1, LIMITS["cell"], ""))
    at = panel.get_beam_centre_px(beam.get_s0())
    for name, true, got in zip(("beam, fast", "beam, slow"), (YBEAM / PIXEL + 0.5, XBEAM / PIXEL + 0.5), at):
        rows.append((name, true, got, got - true, LIMITS["beam"], "pixel"))

    # The crystal at the middle of the sweep, as the detector sees it: a rotation of everything together changes no image.
    # nanobragg's axes, beam +x and spindle +z, become DIALS' (x, y, z) = (z, y, -x).
    to_dials = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], float)
    misset = rotation((0, 0, 1), MISSET[2]) @ rotation((0, 1, 0), MISSET[1]) @ rotation((1, 0, 0), MISSET[0])
    middle = scan.get_oscillation()[0] + scan.get_oscillation()[1] * scan.get_num_images() / 2
    spindle = rotation(goniometer.get_rotation_axis(), middle)
    truth = rotation((1, 0, 0), IMAGES * OSC / 2) @ to_dials @ misset @ np.diag([1 / x for x in CELL])
    lattice = spindle @ np.array(experiment.crystal.get_A()).reshape(3, 3)
    axes = np.array([panel.get_fast_axis(), panel.get_slow_axis(), panel.get_normal()])
    seen = np.diag([1, -1, -1]) @ axes  # the true axes are x, -y, -z
    off = misorientation(seen @ lattice, truth)
    rows.append(("orientation", 0.0, off, off, LIMITS["orientation"], "degree"))

    merged = gemmi.read_mtz_file(mtz)
    columns = {c.label: np.array(c) for c in merged.columns}
    amplitudes = {}
    for line in open(hkl):
        h, k, l, f = line.split()
        amplitudes[int(h), int(k), int(l)] = float(f)
    indices = np.stack([columns[x] for x in "HKL"], 1).astype(int)
    true = np.array([amplitudes.get(tuple(int(x) for x in i), 0.0) ** 2 for i in indices])  # systematic absences have none
    observed = columns["IMEAN"]
    counts = np.isfinite(observed)
    cc = np.corrcoef(observed[counts], true[counts])[0, 1]

    print("%-12s %12s %12s %12s %10s" % ("", "truth", "DIALS", "difference", "limit"))
    bad = 0
    for name, true_value, got, difference, limit, unit in rows:
        ok = abs(difference) <= limit
        bad += not ok
        shown = "%.4f %%" % (100 * difference) if not unit else "%.4f" % difference
        print("%-12s %12.4f %12.4f %12s %10s %s%s" % (name, true_value, got, shown, "%.3f %%" % (100 * limit) if not unit else "%g" % limit, unit, "" if ok else "  OFF"))
    group = merged.spacegroup.xhm()
    ok = cc >= LIMITS["cc"]
    print("CC of %d merged intensities with F²: %.4f, at least %g%s" % (counts.sum(), cc, LIMITS["cc"], "" if ok else "  OFF"))
    bad += not ok
    ok = group in ("P 41 21 2", "P 43 21 2")  # which of the two, intensities do not tell
    print("space group: %s, of P 43 21 2%s" % (group, "" if ok else "  OFF"))
    bad += not ok
    sys.exit(bad > 0)


class Checks:
    """Counts what holds and prints what does not."""

    def __init__(self):
        self.held = self.total = 0

    def that(self, what, ok, got=""):
        self.total += 1
        self.held += bool(ok)
        if not ok:
            print("%s: %s" % (what, got))


SINGLE = "-cell 40 50 60 90 90 90 -N 2 -default_F 100 -fluence 1e26 -oversample 2 -noprogress -detpixels_f 96 -detpixels_s 64 -pixel 0.2 -distance 80 -lambda 0.9793 -phi 12.5 -osc 0.5"

# Options, and the direct beam in pixels from the corner of the first, fast and slow (docs/physics.md): MOSFLM's is half a
# pixel in, XDS counts centres from 1, ADXV counts from the last row.
CONVENTIONS = [
    ("-Xbeam 4 -Ybeam 13", (65.5, 20.5)),
    ("-Xbeam 9 -Ybeam 2 -adc 10", (10.5, 45.5)),
    ("-denzo -Xbeam 4 -Ybeam 13", (65, 20)),
    ("-adxv -Xbeam 13 -Ybeam 4", (65, 44)),
    ("-xds -ORGX 65.5 -ORGY 20.5", (65, 20)),
    ("-dials -ORGX 65.5 -ORGY 20.5", (65, 20)),
    ("-fdet_vector 0 0 1 -Xbeam 13 -Ybeam 4", (65, 20)),
    ("-spindle_axis 0.1 0 1 -Xbeam 13 -Ybeam 4", (65, 20)),
    ("-twotheta 20 -Xbeam 4 -Ybeam 13", (65.5, 20.5)),
    ("-twotheta 20 -xds -Xclose 13 -Yclose 9", None),
]


def headers(program):
    """Reads single images of every convention, and a sweep."""
    import dxtbx
    import fabio
    from dxtbx.model.experiment_list import ExperimentList, ExperimentListFactory

    checks = Checks()

    def simulate(folder, arguments):
        done = subprocess.run([program, *arguments.split()], cwd=folder, capture_output=True, text=True)
        checks.that(arguments, done.returncode == 0, done.stderr)
        return done.stderr

    def beam_is(what, panel, beam, wanted):
        at = panel.get_beam_centre_px(beam.get_s0())
        checks.that(what + ", beam", max(abs(at[0] - wanted[0]), abs(at[1] - wanted[1])) < 0.05, "at (%.3f, %.3f), not %s" % (*at, wanted))

    for physics in ("", "-exact "):
        for options, wanted in CONVENTIONS:
            what = physics + options
            with tempfile.TemporaryDirectory() as folder:
                said = simulate(folder, "%s%s %s -noisefile x_001.img -floatfile x.bin" % (physics, SINGLE, options))
                path = os.path.join(folder, "x_001.img")
                image = dxtbx.load(path)
                panel, beam, scan = image.get_detector()[0], image.get_beam(), image.get_scan()
                if wanted:
                    beam_is(what, panel, beam, wanted)
                    checks.that(what + ", distance", abs(panel.get_distance() - 80) < 1e-3, panel.get_distance())
                pedestal = 10 if "-adc" in options else 40
                checks.that(what + ", pedestal", panel.get_pedestal() == pedestal, panel.get_pedestal())
                checks.that(what + ", gain", panel.get_gain() == 1, panel.get_gain())
                checks.that(what + ", wavelength", abs(beam.get_wavelength() - 0.9793) < 1e-6, beam.get_wavelength())
                checks.that(what + ", size", tuple(panel.get_image_size()) == (96, 64), panel.get_image_size())
                checks.that(what + ", rotation", np.allclose(scan.get_oscillation(), (12.5, 0.5)), scan.get_oscillation())

                # fabio has the same pixels, which are the photons but for their noise.
                raw = fabio.open(path)
                checks.that(what + ", fabio's header", raw.header["BEAM_CENTER_CONVENTION"] == "denzo", raw.header)
                same = np.array_equal(raw.data, image.get_raw_data().as_numpy_array())
                checks.that(what + ", fabio's pixels", same, "others than dxtbx's")

                # What the header cannot say is said with the options of dials.import that do.
                hint = re.search(r"DIALS needs dials\.import(.*)", said)
                if hint:
                    run = ["dials.import", "x_001.img", "output.experiments=x.expt", *hint.group(1).split()]
                    done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
                    checks.that(" ".join(run), done.returncode == 0, done.stdout + done.stderr)
                    told = ExperimentList.from_file(os.path.join(folder, "x.expt"), check_format=False)[0]
                    panel, beam = told.detector[0], told.beam
                    if wanted:
                        beam_is(what + ", as told", panel, beam, wanted)
                checks.that(what + ", hint", bool(hint) == any(o in options for o in ("adxv", "-dials", "spindle", "twotheta")), said)
                # DIALS then has the first pixel where the header says.
                origin = [float(x) for x in raw.header["DIALS_ORIGIN"].split(",")]
                checks.that(what + ", origin", np.allclose(panel.get_origin(), origin, atol=2e-5), "%s, not %s" % (panel.get_origin(), origin))

    for names, pattern in (("x_####.img", "x_%04d.img"), ("x_%05d.img", "x_%05d.img")):
        with tempfile.TemporaryDirectory() as folder:
            simulate(folder, "-exact %s -Xbeam 4 -Ybeam 13 -images 5 -noisefile %s" % (SINGLE, names))
            experiments = ExperimentListFactory.from_filenames([os.path.join(folder, pattern % i) for i in range(1, 6)])
            checks.that(names, len(experiments) == 1 and experiments[0].scan.get_num_images() == 5, "%d sweeps" % len(experiments))
            checks.that(names, np.allclose(experiments[0].scan.get_oscillation(), (12.5, 0.5)), experiments[0].scan.get_oscillation())
            beam_is(names, experiments[0].detector[0], experiments[0].beam, (65.5, 20.5))

    # A sweep backwards is one about the axis the other way, as the command says.
    with tempfile.TemporaryDirectory() as folder:
        said = simulate(folder, "-exact %s -Xbeam 4 -Ybeam 13 -osc -0.5 -images 3 -noisefile x_####.img" % SINGLE)
        hint = re.search(r"DIALS needs dials\.import(.*)", said)
        checks.that("backwards, hint", hint, said)
        run = ["dials.import", "output.experiments=x.expt", *(hint.group(1).split() if hint else [])]
        done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
        checks.that(" ".join(run), done.returncode == 0, done.stdout + done.stderr)
        told = ExperimentList.from_file(os.path.join(folder, "x.expt"), check_format=False)
        checks.that("backwards, one sweep", len(told) == 1 and told[0].scan.get_num_images() == 3, "%d sweeps" % len(told))
        checks.that("backwards, axis", np.allclose(told[0].goniometer.get_rotation_axis(), (-1, 0, 0)), told[0].goniometer.get_rotation_axis())
        checks.that("backwards, rotation", np.allclose(told[0].scan.get_oscillation(), (-12.5, 0.5)), told[0].scan.get_oscillation())

    print("%d of %d hold" % (checks.held, checks.total))
    sys.exit(checks.held != checks.total)


if __name__ == "__main__":
    if sys.argv[1] == "arguments":
        print("\n".join(arguments()))
    else:
        {"headers": headers, "structure-factors": structure_factors, "compare": compare}[sys.argv[1]](*sys.argv[2:])
