"""Simulates sweeps and compares what dxtbx reads from their CBF and NXmx with nanobragg's own geometry and floats."""
import glob, os, re, subprocess, sys

import numpy as np
from dxtbx.model.experiment_list import ExperimentListFactory

folder, wrong = sys.argv[1], 0
COMMON = ("-exact -default_F 100 -cell 40 50 60 90 90 90 -N 5 -lambda 0.9768 -detpixels_x 61 -detpixels_y 47 -pixel 0.172 "
          "-distance 123.456789 -osc 0.35 -phi 2.5 -images 3 -fluence 1e28 -roi 0 59 1 46 -noprogress").split()


def check(name, got, want, tolerance):
    global wrong
    got, want = np.asarray(got, float), np.asarray(want, float)
    if got.shape != want.shape or not np.all(np.abs(got - want) <= tolerance):
        wrong += 1
        print(f"nanobragg: {name} is {got}, not {want}")


def vector(text, label):
    return np.array([float(x) for x in re.search(re.escape(label) + r"=? *(.*)", text).group(1).split()[:3]])


def truth(text):
    """Origin, fast and slow axis and rotation axis in the frame of DIALS, from the summary."""
    beam, spindle = vector(text, "INCIDENT_BEAM_DIRECTION"), vector(text, "spindle ROTATION_AXIS")
    fast, slow = vector(text, "DIRECTION_OF_DETECTOR_X-AXIS"), vector(text, "DIRECTION_OF_DETECTOR_Y-AXIS")
    turn = np.array([spindle, np.cross(-beam, spindle), -beam])
    numbers = lambda label: float(re.search(label + r"=([-+.0-9e]+)", text).group(1)) * 1000
    centre_f, centre_s, distance = numbers("Fbeam"), numbers("Sbeam"), 123.456789
    return turn @ (distance * beam - centre_f * fast - centre_s * slow), turn @ fast, turn @ slow, turn @ spindle


def look(name, experiments, text, backwards):
    check(name + ": number of sweeps", len(experiments), 1, 0)
    e = experiments[0]
    panel, scan = e.detector[0], e.scan
    origin, fast, slow, axis = truth(text)
    check(name + ": origin", panel.get_origin(), origin, 1e-6)  # its parts are exact in the six digits of the summary
    check(name + ": fast axis", panel.get_fast_axis(), fast, 1e-6)
    check(name + ": slow axis", panel.get_slow_axis(), slow, 1e-6)
    check(name + ": pixel", panel.get_pixel_size(), [0.172, 0.172], 1e-9)
    check(name + ": size", panel.get_image_size(), [61, 47], 0)
    check(name + ": wavelength", e.beam.get_wavelength(), 0.9768, 1e-6)
    check(name + ": beam", e.beam.get_sample_to_source_direction(), [0, 0, 1], 1e-9)
    check(name + ": axis", e.goniometer.get_rotation_axis(), -axis if backwards else axis, 1e-6)
    check(name + ": oscillation", scan.get_oscillation(), [-2.5 if backwards else 2.5, 0.35], 1e-6)
    check(name + ": images", scan.get_image_range(), [1, 3], 0)
    return e


for name, options, formats in [
    ("mosflm", "-mosflm", "cbf nxs"), ("xds", "-xds", "cbf nxs"), ("denzo", "-denzo -Xbeam 3.21 -Ybeam 5.43", "cbf nxs"),
    ("adxv", "-adxv", "nxs"), ("dials", "-dials", "nxs"), ("backwards", "-mosflm -osc -0.35", "nxs"),
]:
    stem = os.path.join(folder, name)
    args = COMMON + options.split() + ["-npyfile", stem + ".npy", "-nxsfile", stem + ".nxs"]
    if "cbf" in formats:
        args += ["-cbffile", stem + "_####.cbf"]
    text = subprocess.run([os.path.join(folder, "nanobragg")] + args, check=True, stdout=subprocess.PIPE, text=True).stdout
    expected = np.load(stem + ".npy")
    check(name + ": shape", expected.shape, [3, 47, 61], 0)
    stacks = [look(name + ".nxs", ExperimentListFactory.from_filenames([stem + ".nxs"]), text, name == "backwards")]
    if "cbf" in formats:
        stacks.append(look(name + ".cbf", ExperimentListFactory.from_filenames(sorted(glob.glob(stem + "_*.cbf"))), text, False))
        check(name + ": origins", stacks[1].detector[0].get_origin(), stacks[0].detector[0].get_origin(), 1e-6)
    for i in range(3):
        pixels = [e.imageset.get_raw_data(i)[0].as_numpy_array() for e in stacks]
        good = [e.imageset.get_mask(i)[0].as_numpy_array() for e in stacks]
        for p, g in zip(pixels, good):
            check(f"{name}: pixels of image {i + 1} that count", g.sum(), 60 * 46, 0)
            check(f"{name}: counts of image {i + 1}", p[g], pixels[0][good[0]], 0)
            # the noise is Poisson's: the sum is within five standard deviations
            total = expected[i][g].sum()
            check(f"{name}: photons of image {i + 1}", p[g].sum(), total, 5 * np.sqrt(total))
sys.exit(1 if wrong else 0)
