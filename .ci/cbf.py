"""Reads the miniCBF sweeps of a folder by fabio, CBFlib and dxtbx, and compares them with the JSON beside them."""
import glob, json, os, sys, zlib

import fabio, numpy as np, pycbf
from dxtbx.model.experiment_list import ExperimentListFactory

wrong = 0


def check(name, what, got, want, tolerance=0):
    global wrong
    if not np.all(np.abs(np.asarray(got, float) - np.asarray(want, float)) <= tolerance):
        wrong += 1
        print(f"cbf: {name}: {what} is {got}, not {want}")


def crc(a):
    return zlib.crc32(np.ascontiguousarray(a, "<i4").tobytes())


def cbflib(path):
    handle = pycbf.cbf_handle_struct()
    handle.read_widefile(path.encode(), pycbf.MSG_DIGEST)  # an error if the MD5 sum is another
    handle.find_category(b"array_data")
    handle.find_column(b"data")
    handle.rewind_row()
    return np.frombuffer(handle.get_integerarray_as_string(), "<i4")


for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
    truth = json.load(open(path))
    stem = path.removesuffix(".json")
    files = sorted(glob.glob(stem + "_*.cbf"))
    check(stem, "number of files", len(files), len(truth["crc32"]))
    experiments = ExperimentListFactory.from_filenames(files)
    check(stem, "number of sweeps", len(experiments), 1)
    images = experiments[0].imageset
    for i, (file, want) in enumerate(zip(files, truth["crc32"])):
        check(file, "CRC of fabio", crc(fabio.open(file).data), want)
        check(file, "CRC of CBFlib", crc(cbflib(file)), want)
        check(file, "CRC of dxtbx", crc(images.get_raw_data(i)[0].as_numpy_array()), want)
    g = truth["geometry"]
    beam, panel, scan, goniometer = images.get_beam(), images.get_detector()[0], images.get_scan(), images.get_goniometer()
    p, r = g["Panels"][0], g["Rotation"]
    check(stem, "wavelength", beam.get_wavelength(), g["Wavelength"], 1e-9)
    check(stem, "beam", beam.get_sample_to_source_direction(), g["ToSource"], 1e-9)
    check(stem, "origin", panel.get_origin(), p["Origin"], 1e-6)
    check(stem, "fast axis", panel.get_fast_axis(), p["Fast"], 1e-9)
    check(stem, "slow axis", panel.get_slow_axis(), p["Slow"], 1e-9)
    check(stem, "pixel", panel.get_pixel_size(), p["Pixel"], 1e-9)
    check(stem, "size", panel.get_image_size(), p["Size"])
    check(stem, "thickness", panel.get_thickness(), p["Thickness"], 1e-9)
    check(stem, "count cutoff", panel.get_trusted_range()[1], p["Trusted"][1])
    check(stem, "axis", goniometer.get_rotation_axis(), r["Axis"], 1e-9)
    check(stem, "oscillation", scan.get_oscillation(), [r["Phi"], r["Width"]], 1e-6)
    check(stem, "images", scan.get_image_range(), [1, r["Images"]])
sys.exit(1 if wrong else 0)
