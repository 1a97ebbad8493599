"""Reads the sweeps of a folder by h5py and dxtbx and compares them with the JSON beside each."""
import glob, json, sys, zlib
import h5py, numpy as np
from dxtbx.model.experiment_list import ExperimentListFactory

bad = 0
def check(what, got, want, tolerance=1e-6):
    global bad
    if np.shape(got) != np.shape(want) or not np.allclose(np.asarray(got, float), np.asarray(want, float), rtol=0, atol=tolerance):
        bad += 1
        print(f"{what}: {got}, not {want}")

files = sorted(glob.glob(sys.argv[1] + "/*.nxs"))
for path in files:
    want = json.load(open(path + ".json"))
    with h5py.File(path) as file:
        data = file["/entry/data/data"]
        check(path + " frames", len(data), len(want["crc32"]))
        for i, crc in enumerate(want["crc32"]):
            check(f"{path} frame {i}, crc32", zlib.crc32(data[i].tobytes()), crc, 0)
    experiments = ExperimentListFactory.from_filenames([path])
    e = experiments[0]
    check(path + " experiments", len(experiments), 1 if want["rotations"] else len(want["crc32"]))  # a still is one each
    check(path + " images", len(e.imageset), len(want["crc32"]))
    check(path + " wavelength", e.beam.get_wavelength(), want["wavelength"])
    check(path + " to source", e.beam.get_sample_to_source_direction(), want["to_source"])
    check(path + " panels", len(e.detector), len(want["panels"]))
    for i, (panel, w) in enumerate(zip(e.detector, want["panels"])):
        name = f"{path} panel {i} "
        check(name + "origin", panel.get_origin(), w["origin"])
        check(name + "fast", panel.get_fast_axis(), w["fast"])
        check(name + "slow", panel.get_slow_axis(), w["slow"])
        check(name + "pixel", panel.get_pixel_size(), w["pixel"])
        check(name + "size", panel.get_image_size(), w["size"])
        check(name + "thickness", panel.get_thickness(), w["thickness"])
        check(name + "trusted", panel.get_trusted_range()[1], w["most"])
        check(name + "masked", e.imageset.get_mask(0)[i].count(False), w["masked"])
    g = e.goniometer
    for i, r in enumerate(want["rotations"]):  # setting · R · fixed at the start of some images
        phi = e.scan.get_angle_from_array_index(r["image"], deg=True)
        axis = np.array(g.get_rotation_axis_datum())
        k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        a = np.radians(phi)
        m = np.array(g.get_setting_rotation()).reshape(3, 3) @ (np.eye(3) + np.sin(a)*k + (1 - np.cos(a))*k @ k) @ np.array(g.get_fixed_rotation()).reshape(3, 3)
        check(f"{path} rotation at image {r['image']}", m.ravel(), np.ravel(r["matrix"]))
print(f"nxmx: {len(files)} sweeps, {bad} differences")
sys.exit(bad > 0 or not files)
