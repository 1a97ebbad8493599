"""The parts of .ci/clients.d/way that need DIALS' Python modules.

    way.py prepare EXPT MTZ          the experiment lists refined.expt and upright.expt: the sweep of EXPT with the cell of MTZ
    way.py spots TRUTH EXPT MTZ [CC] what DIALS imported as EXPT next to the simulated TRUTH: the geometry, and the spots of
                                     spots.refl next to DIALS' predictions and to the amplitudes of MTZ

Exits with 1 if something is off.
"""

import subprocess
import sys

import gemmi
import numpy as np
from dials.array_family import flex
from dxtbx.model import Crystal
from dxtbx.model.experiment_list import ExperimentList
from scipy.spatial import cKDTree

GEOMETRY = 1e-6  # mm, of axes 1
DISTANCE = 0.05  # pixel, the mean over all spots
SHIFT = 0.02  # pixel, and image widths: the mean of each coordinate, in which a step or a pixel that begins elsewhere shows


def prepare(expt, mtz):
    """A sweep of a tilted detector as dials.refine leaves it, and one that a miniCBF can describe."""
    experiments = ExperimentList.from_file(expt, check_format=False)
    e = experiments[0]
    known = gemmi.read_mtz_file(mtz)
    # Rows of the fractionalization matrix are reciprocal vectors.
    b = np.array(known.cell.fractionalization_matrix.tolist()).T
    a = np.array(e.crystal.get_U()).reshape(3, 3) @ b
    e.crystal = Crystal(*np.linalg.inv(a).tolist(), space_group_symbol=known.spacegroup.hm)
    e.imageset = None
    e.profile = None
    experiments.as_file("refined.expt")
    e.detector[0].set_frame((1, 0, 0), (0, -1, 0), e.detector[0].get_origin())
    e.beam.set_unit_s0((0, 0, -1))
    experiments.as_file("upright.expt")


def described(e):
    """Numbers that a rotation of the whole laboratory does not change, and then those of the laboratory."""
    panel, beam, axis = e.detector[0], e.beam, np.array(e.goniometer.get_rotation_axis())
    axes = np.array([panel.get_fast_axis(), panel.get_slow_axis(), panel.get_normal()])
    source = np.array(beam.get_sample_to_source_direction())
    same = {
        "origin, along its panel": axes @ panel.get_origin(),
        "source, along the panel": axes @ source,
        "rotation axis, along the panel": axes @ axis,
        "pixel": panel.get_pixel_size(),
        "size": panel.get_image_size(),
        "wavelength": beam.get_wavelength(),
        "oscillation": e.scan.get_oscillation(),
        "images": e.scan.get_image_range(),
    }
    return same, {"origin": panel.get_origin(), "fast": axes[0], "slow": axes[1], "source": source, "rotation axis": axis}


def geometry(truth, e):
    """The number of quantities that differ. A beam along z is written as it is; NXmx requires one."""
    bad = 0
    (want, laboratory), (got, found) = described(truth), described(e)
    if np.allclose(laboratory["source"], (0, 0, 1), atol=1e-12):
        want.update(laboratory)
        got.update(found)
    for name, value in want.items():
        if np.shape(got[name]) != np.shape(value) or not np.allclose(got[name], value, rtol=0, atol=GEOMETRY):
            bad += 1
            print("way: %s is %s, not %s" % (name, got[name], value))
    return bad


def spots(truth, expt, mtz, cc=None):
    """Spots next to predictions, of which those that are cut by an end of the scan or of the detector are left out."""
    experiments = ExperimentList.from_file(truth, check_format=False)
    imported = ExperimentList.from_file(expt)
    bad = geometry(experiments[0], imported[0])
    e = experiments[0]
    e.imageset, images = imported[0].imageset, e.scan.get_num_images()
    experiments.as_file("predict.expt")
    subprocess.run(["dials.predict", "predict.expt", "output=predicted.refl"], check=True, capture_output=True)
    predicted = flex.reflection_table.from_file("predicted.refl")
    strong = flex.reflection_table.from_file("spots.refl")
    at, to = (np.array(t[c]) for t, c in ((strong, "xyzobs.px.value"), (predicted, "xyzcal.px")))
    distance, nearest = cKDTree(to).query(at)
    box = np.array(strong["bbox"])
    intensity = np.array(strong["intensity.sum.value"])
    s1 = np.array(predicted["s1"])[nearest]
    s0, axis = np.array(e.beam.get_s0()), np.array(e.goniometer.get_rotation_axis())
    s1, s0 = s1 / np.linalg.norm(s1, axis=1)[:, None], s0 / np.linalg.norm(s0)
    lorentz = np.abs(np.cross(s1, s0) @ axis)
    fast, slow = e.detector[0].get_image_size()
    whole = (box[:, 0] > 0) & (box[:, 1] < fast) & (box[:, 2] > 0) & (box[:, 3] < slow) & (box[:, 4] > 0) & (box[:, 5] < images)
    # Near the spindle a reflection takes the whole scan; next to another spot the nearest prediction may be another one.
    take = whole & (lorentz > 0.1) & (intensity > 500) & (distance < 3)
    off = to[nearest[take]] - at[take]
    mean, shift = np.hypot(off[:, 0], off[:, 1]).mean(), off.mean(axis=0)
    print("way: %s: %d spots of %d, %d predictions: %.4f pixel from these on average, shifted by %.4f, %.4f pixel and %.4f images" % (expt, len(off), len(at), len(to), mean, *shift))
    bad += report("the spots: fewer than 100", len(off) < 100)
    bad += report("the mean distance: above %g pixel" % DISTANCE, not mean <= DISTANCE)
    bad += report("the shift: above %g" % SHIFT, not np.all(np.abs(shift) <= SHIFT))
    if cc:
        hkl = [tuple(h) for h in np.array(predicted["miller_index"])[nearest[take]].tolist()]
        square = {h: f * f for h, f in amplitudes(mtz).items()}
        f2 = np.array([square.get(h, 0.0) for h in hkl])
        cos2 = (s1[take] @ s0) ** 2
        # Polarization of a beam polarized along x, as the experiment has it.
        kahn = 2 * e.beam.get_polarization_fraction() - 1
        normal = np.array(e.beam.get_polarization_normal())
        inplane = np.cross(normal, s0)
        p, q = s1[take] @ inplane, s1[take] @ normal
        polarization = (1 + cos2 - kahn * np.cos(2 * np.arctan2(q, p)) * (1 - cos2)) / 2
        expected = f2 * polarization / lorentz[take]
        found = np.corrcoef(intensity[take], expected)[0, 1]
        print("way: %s: correlation of intensities with F² of %s: %.5f" % (expt, mtz.rsplit("/", 1)[-1], found))
        bad += report("the correlation: below %s" % cc, not found >= float(cc))
    sys.exit(bad > 0)


def amplitudes(path):
    """F of all of the sphere, read by gemmi."""
    mtz = gemmi.read_mtz_file(path)
    columns = {c.label: np.array(c) for c in mtz.columns}
    whole = {}
    for h, k, l, f in zip(columns["H"], columns["K"], columns["L"], columns["FP"]):
        if np.isfinite(f):
            for op in mtz.spacegroup.operations():
                i = op.apply_to_hkl([int(h), int(k), int(l)])
                whole[tuple(i)] = whole[tuple(-x for x in i)] = float(f)
    return whole


def report(what, off):
    if off:
        print("way: OFF: " + what)
    return bool(off)


if __name__ == "__main__":
    {"prepare": prepare, "spots": spots}[sys.argv[1]](*sys.argv[2:])
