"""What gobragg refine wrote into a folder, in DIALS and numpy: `refine.py rotation FOLDER TRUTH.json`, `again FOLDER BEFORE`, `stills FOLDER TRUTH.json`.
Exits with 1 and a line if a file is not what it is meant to be."""

import csv
import json
import os
import sys

import numpy as np
from dials.array_family import flex
from dxtbx.model.experiment_list import ExperimentListFactory

name, folder = sys.argv[1:3]
images = {"rotation": [2], "again": [2], "stills": [1, 2]}[name]


def fail(text):
    sys.exit(f"refine: {folder}: {text}")


def close(what, got, want, tolerance):
    got, want = np.ravel(np.array(got, float)), np.ravel(np.array(want, float))
    if got.shape != want.shape or not np.all(np.abs(got - want) <= tolerance):
        fail(f"{what} is {got}, not {want}")


def at(file):
    return os.path.join(folder, file)


refined = json.load(open(at("refined.json")))
result = refined["result"]
values = {p["name"]: p for p in result["parameters"]}
verdict, iterations = result["verdict"], result.get("iterations", 0)
if not verdict["fit"] or result["status"] != "converged":
    fail(f"{result['status']}, {verdict.get('reasons')}")

# The experiments: the cell is that of the JSON, the images are there and can be read.
experiments = ExperimentListFactory.from_json_file(at("refined.expt"), check_format=True)
if len(experiments) != len(images):
    fail(f"{len(experiments)} experiments")
cell = refined["crystals"][0]["cell"]
for e in experiments:
    close("the cell in refined.expt", e.crystal.get_unit_cell().parameters(), [cell[k] for k in ("a", "b", "c", "alpha", "beta", "gamma")], 1e-4)
    if str(e.crystal.get_space_group().info()) != "P 43 21 2":
        fail(f"the space group is {e.crystal.get_space_group().info()}")
    pixels = e.imageset.get_raw_data(0)[0]
    if pixels.all() != e.detector[0].get_image_size()[::-1]:
        fail(f"an image of {pixels.all()} on a detector of {e.detector[0].get_image_size()}")
    if name == "stills" and not e.is_still():
        fail("a still turns")

# MOSFLM's matrix is wavelength times A, in its own laboratory: lengths and angles are those of the cell.
for i, e in enumerate(experiments):
    a = np.loadtxt(at("refined.mat" if len(experiments) == 1 else f"refined_{i}.mat"), max_rows=3) / e.beam.get_wavelength()
    want = np.array(e.crystal.get_A()).reshape(3, 3)
    close("A'A of refined.mat", a.T @ a, want.T @ want, 1e-7)

# The table: rows are those of the CSV; what DIALS predicts of the indices is where the table says that the model has them.
table = flex.reflection_table.from_file(at("refined.refl"))
rows = list(csv.DictReader(open(at("refined.csv"))))
if len(rows) != len(table):
    fail(f"{len(table)} reflections in refined.refl, {len(rows)} in refined.csv")
if sorted({int(r["image"]) for r in rows}) != images:
    fail(f"reflections of the images { {r['image'] for r in rows} }")
for column in ("miller_index", "id", "panel", "bbox", "xyzcal.px", "s1", "intensity.sum.value", "intensity.sum.variance", "partiality"):
    if column not in table:
        fail(f"no column {column}")
close("indices", table["miller_index"].as_vec3_double(), [[r[k] for k in "hkl"] for r in rows], 0)
close("intensities", table["intensity.sum.value"], [r["observed"] for r in rows], 1e-3)
x, y, _ = (np.array(v) for v in table["xyzcal.px"].parts())
close("positions", np.transpose([x, y]), [[r["fast"], r["slow"]] for r in rows], 1e-3)
off, measured = [], 0
for i in range(len(table)):
    e = experiments[table["id"][i]]
    panel = e.detector[table["panel"][i]]
    off.append(np.hypot(*(np.array(panel.get_ray_intersection_px(table["s1"][i])) - (x[i], y[i]))))
if max(off) > 0.01:
    fail(f"s1 is up to {max(off):.3f} pixels from the reflection's place")
used = [r for r in rows if int(r["pixels"]) > 0]
square = np.mean([float(r["residual"]) ** 2 for r in used])
if len(used) < 20 or not 0.6 < square < 1.6:
    fail(f"{len(used)} reflections with a mean squared residual of {square:.2f}")
for r in used:
    if abs((float(r["observed"]) - float(r["model"])) / float(r["sigma"]) - float(r["residual"])) > 1e-3:
        fail(f"the residual of {r} is another")

if name in ("rotation", "stills"):
    truth = json.load(open(sys.argv[3]))["crystals"][0]["cell"]
    for axis in "ac":
        p = values["cell." + axis]
        if not abs(p["value"] - truth[axis]) < 4 * p["sigma"]:
            fail(f"cell.{axis} is {p['value']} ± {p['sigma']}, not {truth[axis]}")
if name == "again":
    before = {p["name"]: p for p in json.load(open(os.path.join(sys.argv[3], "refined.json")))["result"]["parameters"]}
    for k, p in values.items():
        if "sigma" in p and "elements" not in p and abs(p["value"] - before[k]["value"]) > 0.1 * p["sigma"]:
            fail(f"{k} is {p['value']}, and {before[k]['value']} before")
    if iterations > 3:
        fail(f"{iterations} iterations from a result")
print(f"refine: {name}: {len(rows)} reflections, {len(used)} measured, mean squared residual {square:.3f}; {iterations} iterations")
