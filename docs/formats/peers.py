"""Times of the programs that read the same formats: `peers.py REPEAT` reads lines "kind path" from standard input and prints a
line "kind program version seconds" for each that can be measured: the least processor time of one reading in this process."""

import sys
import time


def fabio(path):
    import fabio

    return "fabio", getattr(fabio, "version", "?"), lambda: fabio.open(path).data


def h5py(path):
    import h5py

    try:
        import hdf5plugin  # noqa: F401, which brings the filter
    except ImportError:
        import bitshuffle.h5  # noqa: F401
    data = h5py.File(path, "r")["/entry/data/data"]
    return "h5py", h5py.__version__, lambda: data[0]


def gemmi_mtz(path):
    import gemmi
    import numpy as np

    def read():  # what the other side returns: indices, F and σ in double precision
        mtz = gemmi.read_mtz_file(path)
        return mtz.make_miller_array(), *(np.array(mtz.column_with_label(c), float) for c in ("F", "SIGF"))

    return "gemmi", gemmi.__version__, read


def gemmi_cif(path):
    import gemmi

    return "gemmi", gemmi.__version__, lambda: gemmi.cif.read_file(path)


KINDS = {"cbf": fabio, "nxmx16": h5py, "nxmx32": h5py, "mtz6": gemmi_mtz, "mtz7": gemmi_mtz, "cif": gemmi_cif}

for line in sys.stdin:
    kind, path = line.rstrip("\n").split(" ", 1)
    try:
        name, version, read = KINDS[kind](path)
    except ImportError as e:
        print("NOT RUN:", kind, e, file=sys.stderr)
        continue
    least = float("inf")
    for _ in range(int(sys.argv[1])):
        start = time.process_time()
        read()
        least = min(least, time.process_time() - start)
    print(kind, name, version, least, flush=True)
