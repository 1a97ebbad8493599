#!/usr/bin/env bash
# What a user of DIALS does with the images of this folder: from them to lysozyme.expt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
images=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export OMP_NUM_THREADS=2
cd "$folder"
dials.import "$images"/lysozyme_*.cbf beam.polarization_fraction=0.99
dials.find_spots imported.expt
dials.index imported.expt strong.refl space_group=P43212 unit_cell=77.9,77.9,36.9,90,90,90 detector.fix=orientation
dials.refine indexed.expt indexed.refl scan_varying=false detector.fix=orientation
# Images are found beside the list, wherever the folder is.
sed "s,$images/,," refined.expt >"$images/lysozyme.expt"
