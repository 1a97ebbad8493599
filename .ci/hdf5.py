"""Writes HDF5 files by h5py with all kinds of groups, attributes, layouts and indices of chunks that internal/hdf5 reads,
and manifest.json with what is in them: hdf5.py FOLDER [small]. The small ones are those of internal/hdf5/testdata."""
import json, sys, zlib
import h5py, numpy as np
import bitshuffle.h5

folder, small = sys.argv[1] + "/", len(sys.argv) > 2
random = np.random.default_rng(1)
manifest = []
n = 1 if small else 10  # scales the numbers of chunks and of names


def add(name, path, a, attributes=None, texts=None):
    manifest.append(dict(file=name, path=path, shape=list(a.shape), size=a.dtype.itemsize, crc=zlib.crc32(np.ascontiguousarray(a).tobytes()), attrs=attributes or {}, text=texts or {}))


def numbers(shape, kind):
    return random.integers(0, 200, size=shape).astype(kind)


def low(f, name, shape, change, kind=h5py.h5t.NATIVE_INT32):
    """A dataset with properties for which h5py has no words."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    change(properties)
    a = numbers(shape, "<i4")
    h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple(shape), properties).write(h5py.h5s.ALL, h5py.h5s.ALL, a)
    return a


def features(name, f, dense):
    def dataset(path, a, **options):
        f.create_dataset(path, data=a, **options)
        add(name, path, a)

    unlimited = dict(maxshape=(None, 5, 3))
    dataset("group/deep/contiguous", numbers((5, 4, 3), "<i4"))
    dataset("group/deep/big", numbers((5, 4, 3), ">u2"))
    dataset("scalar", np.float64(3.5).reshape(()))
    dataset("single", numbers((7, 5), "<u2"), chunks=(7, 5))
    dataset("single_filtered", numbers((7, 5), "<u2"), chunks=(7, 5), compression="gzip")
    dataset("fixed", numbers((10 * n, 5, 3), "<u2"), chunks=(1, 5, 3))
    dataset("fixed_filtered", numbers((10 * n, 5, 3), "<u4"), chunks=(1, 5, 3), compression="gzip", shuffle=True, fletcher32=True)
    dataset("fixed_larger", numbers((6, 7, 3), "<u2"), chunks=(4, 3, 2), maxshape=(50, 20, 30))
    dataset("extensible", numbers((30 * n, 5, 3), "<u2"), chunks=(1, 5, 3), **unlimited)
    dataset("extensible_filtered", numbers((12 * n, 5, 3), "<u2"), chunks=(1, 5, 3), compression="gzip", **unlimited)
    dataset("extensible_second", numbers((7, 6 * n, 3), "<u2"), chunks=(2, 3, 2), maxshape=(11, None, 20), compression="gzip")
    dataset("tree2", numbers((6, 5 * n, 3), "<u2"), chunks=(1, 3, 3), maxshape=(None, None, 3))
    dataset("tree2_filtered", numbers((6, 5 * n, 3), "<u2"), chunks=(1, 3, 2), maxshape=(None, None, 3), compression="gzip")
    for kind in ("u1", "<u2", ">i4", "<f8"):
        dataset("bitshuffle_" + kind.strip("<>"), numbers((2, 7, 11), kind), chunks=(1, 7, 11), compression=32008, compression_opts=(0, 2))
    dataset("bitshuffle_plain", numbers((2, 7, 11), "<u4"), chunks=(1, 7, 11), compression=32008, compression_opts=(0, 0))
    dataset("bitshuffle_blocks", numbers((2, 17, 11), "<u4"), chunks=(1, 17, 11), compression=32008, compression_opts=(64, 2))
    dataset("lz4", numbers((2, 7, 11), "<u4"), chunks=(1, 7, 11), compression=32004, compression_opts=(0,))
    d = f.create_dataset("partly", shape=(50, 3, 3), chunks=(1, 3, 3), dtype="<i4", fillvalue=-7)
    d[3], d[20] = 1, 2
    add(name, "partly", d[()])
    add(name, "not_at_all", f.create_dataset("not_at_all", shape=(5, 3, 3), dtype="<i4", fillvalue=-7)[()])
    add(name, "compact", low(f, "compact", (3, 5), lambda p: p.set_layout(h5py.h5d.COMPACT)))
    add(name, "implicit", low(f, "implicit", (9, 10), lambda p: (p.set_chunk((2, 3)), p.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY))))
    f["type"] = np.dtype("<u2")
    d = f.create_dataset("named", (3, 4), dtype=f["type"])
    d[()] = numbers((3, 4), "<u2")
    add(name, "named", d[()])
    d = f.create_dataset("enumeration", (3, 4), dtype=h5py.special_dtype(enum=("i1", {"A": 1, "B": 2})))
    d[()] = 1
    add(name, "enumeration", d[()])
    group = f.create_group("many")
    for i in range(12 * n):
        group.create_group(f"group{i:04d}")
    d = group.create_dataset("group0003/data", data=numbers((4, 4), "<u2"))
    values = {}
    for i in range((12 if dense else 4) * n):
        d.attrs[f"value{i}"] = 1.5 * i
        values[f"value{i}"] = 1.5 * i
    d.attrs["variable"], d.attrs["fixed"] = "h\u00e4llo", np.bytes_("fixed text")
    if dense:
        d.attrs["huge"] = np.arange(10000, dtype="f8") if not small else np.zeros(1)
        values["huge"] = 0.0
    f["alias"] = h5py.SoftLink("/many/group0003")
    add(name, "alias/data", d[()], values, {"variable": "h\u00e4llo", "fixed": "fixed text"})
    if not small:
        for i in range(3000):
            group[f"soft{i}"] = h5py.SoftLink("group0003/data")
        add(name, "many/soft1234", d[()])


for name, versions in (("earliest.h5", "earliest"), ("latest.h5", "latest")) + (() if small else (("v108.h5", ("v108", "v108")),)):
    with h5py.File(folder + name, "w", libver=versions) as f:
        features(name, f, versions != "earliest")
with h5py.File(folder + "order.h5", "w", libver="latest", track_order=True) as f:
    group = f.create_group("g", track_order=True)
    for i in range(12):
        group.create_group(f"s{40 - i}")
    a = numbers((4, 4), "<u2")
    d = f.create_dataset("g/s35/x", data=a, track_order=True)
    for i in range(12):
        d.attrs[f"a{i}"] = float(i)
    add("order.h5", "g/s35/x", a, {f"a{i}": float(i) for i in range(12)})
with h5py.File(folder + "userblock.h5", "w", userblock_size=1024) as f:
    f["x/y"] = numbers((4, 4), "<u2")
    add("userblock.h5", "x/y", f["x/y"][()])
sizes = h5py.h5p.create(h5py.h5p.FILE_CREATE)
sizes.set_sizes(4, 4)
access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
access.set_libver_bounds(h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST)
with h5py.File(h5py.h5f.create((folder + "offsets4.h5").encode(), h5py.h5f.ACC_TRUNC, sizes, access)) as f:
    for path, options in (("g/x", dict(compression="gzip")), ("g/e", dict(maxshape=(None, 4, 4)))):
        a = numbers((12, 4, 4), "<u2")
        f.create_dataset(path, data=a, chunks=(1, 4, 4), **options)
        add("offsets4.h5", path, a)

sources = []
for k in range(3):
    with h5py.File(folder + f"source{k}.h5", "w", libver="latest") as f:
        sources.append(numbers((4, 3, 5), "<u2"))
        f["data"] = sources[-1]
with h5py.File(folder + "virtual.h5", "w", libver="latest") as f:
    def virtual(path, shape, parts, fill=0):
        layout, a = h5py.VirtualLayout(shape, dtype="<u2"), np.full(shape, fill, "<u2")
        for k, place, part in parts:
            source = h5py.VirtualSource(f"source{k}.h5", "data", (4, 3, 5))
            layout[place] = source if part is None else source[part]
            a[place] = sources[k] if part is None else sources[k][part]
        f.create_virtual_dataset(path, layout, fillvalue=fill)
        add("virtual.h5", path, a)

    virtual("one_by_one", (12, 3, 5), [(k, np.s_[k::3], None) for k in range(3)])
    virtual("tiles", (4, 10, 5), [(k, np.s_[:, 3*k + k//2 : 3*k + k//2 + 3, :], None) for k in range(3)], 9)
    virtual("slices", (3, 3, 5), [(k, np.s_[k], np.s_[k]) for k in range(3)])
    virtual("modules", (4, 3, 3, 5), [(k, np.s_[:, k], None) for k in range(3)])
    layout = h5py.VirtualLayout((12, 3, 5), dtype="<u2")
    layout[:] = h5py.VirtualSource(".", "one_by_one", (12, 3, 5))
    f.create_virtual_dataset("nested", layout)
    add("virtual.h5", "nested", f["one_by_one"][()])
with h5py.File(folder + "external.h5", "w") as f:
    f["link"] = h5py.ExternalLink("source2.h5", "/data")
    add("external.h5", "link", sources[2])

with h5py.File(folder + "pages.h5", "w", libver="latest") as f:
    def pages(path, count, **options):
        d = f.create_dataset(path, shape=(count, 1), dtype="u1", chunks=(1, 1), **options)
        for i in [0, 3, 5, 1000, 1030, count - 1] + ([] if small else [5000, 131072, 140000, 262143]):
            d[i] = i % 251 + 1
        add("pages.h5", path, d[()])

    pages("fixed", 1100 if small else 300000)
    pages("fixed_filtered", 1100 if small else 300000, fletcher32=True)
    if not small:
        pages("extensible", 400000, maxshape=(None, 1))
with open(folder + "manifest.json", "w") as f:
    f.write("[\n" + ",\n".join(map(json.dumps, manifest)) + "\n]\n")
