"""Compares what dxtbx reads of simulated and converted sweeps of a folder with the experiment list beside them."""
import glob, sys
import numpy as np
from dxtbx.model.experiment_list import ExperimentList, ExperimentListFactory

wrong = 0


def check(name, what, got, want, tolerance):
    global wrong
    if np.shape(got) != np.shape(want) or not np.allclose(np.asarray(got, float), np.asarray(want, float), rtol=0, atol=tolerance):
        wrong += 1
        print(f"simulate: {name}: {what} is {got}, not {want}")


folder = sys.argv[1]
truth = ExperimentList.from_file(folder + "/truth.expt", check_format=False)[0]
first = None
for pattern, number, within in [("a_*.cbf", 4, 1e-6), ("a.nxs", 1, 1e-6), ("a_*.img", 4, 1e-3), ("b.nxs", 1, 1e-6), ("b_*.cbf", 1, 1e-6)]:
    files = sorted(glob.glob(folder + "/" + pattern))
    experiments = ExperimentListFactory.from_filenames(files)
    check(pattern, "the number of sweeps", len(experiments), 1, 0)
    e = experiments[0]
    check(pattern, "the number of images", len(e.imageset), 3, 0)
    check(pattern, "the wavelength", e.beam.get_wavelength(), truth.beam.get_wavelength(), 1e-6)
    check(pattern, "the beam", e.beam.get_sample_to_source_direction(), truth.beam.get_sample_to_source_direction(), 1e-6)
    p, w = e.detector[0], truth.detector[0]
    check(pattern, "the origin", p.get_origin(), w.get_origin(), within)
    check(pattern, "the fast axis", p.get_fast_axis(), w.get_fast_axis(), 1e-6)
    check(pattern, "the slow axis", p.get_slow_axis(), w.get_slow_axis(), 1e-6)
    check(pattern, "the pixel", p.get_pixel_size(), w.get_pixel_size(), 1e-6)
    check(pattern, "the size", p.get_image_size(), w.get_image_size(), 0)
    check(pattern, "the rotation axis", e.goniometer.get_rotation_axis(), truth.goniometer.get_rotation_axis(), 1e-6)
    check(pattern, "the oscillation", e.scan.get_oscillation(), truth.scan.get_oscillation(), 1e-6)
    check(pattern, "the first image", e.scan.get_image_range()[0], number, 0)
    pixels = [e.imageset.get_raw_data(i)[0].as_numpy_array().astype(float) for i in range(3)]
    if pattern.endswith(".img"):  # dxtbx subtracts nothing; SMV has no negative counts
        pixels = [np.maximum(p, 0) for p in pixels]
    first = first or pixels
    for i in range(3):
        check(pattern, f"image {i}", pixels[i], first[i], 0)
# XPARM.XDS, whose fields have six digits behind the point, as DIALS' import of XDS reads it.
from rstbx.cftbx.coordinate_frame_converter import coordinate_frame_converter

xds = coordinate_frame_converter(folder + "/XPARM.XDS")
panel, real = truth.detector[0], np.linalg.inv(np.array(truth.crystal.get_A()).reshape(3, 3))
for name, got, want, within in [
    ("the origin", xds.get("detector_origin"), panel.get_origin(), 1e-5),
    ("the fast axis", xds.get("detector_fast"), panel.get_fast_axis(), 1e-6),
    ("the slow axis", xds.get("detector_slow"), panel.get_slow_axis(), 1e-6),
    ("the beam", xds.get("sample_to_source"), truth.beam.get_sample_to_source_direction(), 1e-6),
    ("the wavelength", xds.get("wavelength"), truth.beam.get_wavelength(), 1e-6),
    ("a", xds.get("real_space_a"), real[0], 1e-5),
    ("b", xds.get("real_space_b"), real[1], 1e-5),
    ("c", xds.get("real_space_c"), real[2], 1e-5),
]:
    check("XPARM.XDS", name, tuple(got) if np.ndim(got) else got, want, within)
print(f"simulate: {wrong} differences")
sys.exit(wrong > 0)
