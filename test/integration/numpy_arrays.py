"""Writes arrays of every type and layout with NumPy and says what is in them; says what is in arrays of ours.

    numpy_arrays.py write FOLDER    one file per array or archive; prints [[file, [[name, array], ...]], ...]
    numpy_arrays.py read FILE...    prints the same for given files

An array is {dtype, shape, hex} (C order, little endian), {dtype, shape, texts}, or {refused: words} where ours must refuse.
"""

import io
import itertools
import json
import pathlib
import sys

import numpy as np

NUMBERS = ["bool"] + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
FLOATS = ["float16", "float32", "float64"]
SHAPES = [(), (1,), (5,), (0,), (2, 3), (3, 0), (0, 3, 2), (2, 3, 4), (2, 1, 3, 2), (1,) * 32]
NAMES = ["x", "a/b", "../up", "input:0", "ü€😀", "__proto__", "constructor", "with space", "x.npy"]
REFUSED = {
    "complex64": (np.zeros(2, "c8"), "complex"),
    "complex128": (np.zeros(2, "c16"), "complex"),
    "clongdouble": (np.zeros(2, np.clongdouble), "complex"),
    "longdouble": (np.zeros(2, np.longdouble), "long double"),
    "datetime": (np.zeros(2, "M8[ns]"), "datetime64"),
    "timedelta": (np.zeros(2, "m8[s]"), "timedelta64"),
    "void": (np.zeros(2, "V3"), "void"),
    "structured": (np.zeros(2, [("a", "<i4"), ("b", "<f8", (2,))]), "structured"),
    "structured-unicode": (np.zeros(2, [("ü", "<i4")]), "structured"),
    "object": (np.array([{"a": 1}, None], object), "pickle"),
    "latin-1": (np.array(["ü".encode("latin-1")]), "UTF-8"),
    "surrogates": (np.array(["\ud83d\ude00"]), "impossible character"),
}


def values_of(dtype, shape):
    """Numbers with the extremes of their type among them."""
    count = int(np.prod(shape))
    if dtype == "bool":
        return (np.arange(count) % 3 == 0).reshape(shape)
    if dtype in FLOATS:
        info = np.finfo(dtype)
        special = [0.0, -0.0, 1.5, np.nan, np.inf, -np.inf, info.max, info.tiny, info.smallest_subnormal, -1 / 3]
        return np.resize(np.array(special, dtype), count).reshape(shape)
    info = np.iinfo(dtype)
    return np.resize(np.array([info.min, info.max, 0, 1, 7, info.max // 3], dtype), count).reshape(shape)


def texts_of(kind, shape):
    texts = ["", "a", "ab\0c", "\0x", "ü€😀", "\ufeffbom", "longer than others"]
    stored = [text.encode() for text in texts] if kind == "S" else texts
    return np.resize(np.array(stored), int(np.prod(shape))).reshape(shape)


def arrays():
    for shape in SHAPES:
        for dtype in NUMBERS + FLOATS:
            yield f"{dtype}-{shape}", values_of(dtype, shape)
        for kind in "SU":
            yield f"{kind}-{shape}", texts_of(kind, shape)
    yield "zero-width-S", np.ndarray(3, "S0")
    yield "zero-width-U", np.ndarray((2, 2), "U0")


def layouts(array):
    """The same array as NumPy may hold it: either byte order, either order of axes, with gaps, backwards."""
    for order, byte_order in itertools.product("CF", "<>"):
        yield np.asarray(array, dtype=array.dtype.newbyteorder(byte_order), order=order)
    if array.ndim > 0 and array.size > 1:
        yield array[::-1]
        yield np.repeat(array, 2, axis=0)[::2]


def described(array):
    shape = list(array.shape)
    if array.dtype.kind in "SU":
        texts = [text.decode() if isinstance(text, bytes) else text for text in array.ravel().tolist()]
        return {"dtype": "string", "shape": shape, "texts": texts}
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return {"dtype": array.dtype.name, "shape": shape, "hex": little.tobytes().hex()}


def npy(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def write(folder):
    said = []

    def keep(name, content, arrays):
        folder.joinpath(name).write_bytes(content)
        said.append([name, list(arrays.items())])

    for index, (name, array) in enumerate(arrays()):
        for layout, one in enumerate(layouts(array)):
            version = [(1, 0), (2, 0), (3, 0)][(index + layout) % 3]
            keep(f"{index}-{layout}.npy", npy(one, version), {"": described(one)})
    for name, (array, words) in REFUSED.items():
        keep(f"{name}.npy", npy(array), {"": {"refused": words}})
    two = io.BytesIO()
    np.save(two, np.arange(3))
    np.save(two, np.arange(4))
    keep("two-in-one-file.npy", two.getvalue(), {"": described(np.arange(3))})
    everything = dict(arrays())
    named = {name: values_of("float32", (2, index)) for index, name in enumerate(NAMES)}
    for save in (np.savez, np.savez_compressed):
        for label, tensors in (("everything", everything), ("named", named), ("none", {})):
            stream = io.BytesIO()
            save(stream, **tensors)
            said_of = {name: described(array) for name, array in tensors.items()}
            keep(f"{label}-{save.__name__}.npz", stream.getvalue(), said_of)
    return said


def read(files):
    said = []
    for file in map(pathlib.Path, files):
        loaded = np.load(file, allow_pickle=False)
        tensors = {name: loaded[name] for name in loaded.files} if file.suffix == ".npz" else {"": loaded}
        said.append([file.name, [[name, described(array)] for name, array in tensors.items()]])
    return said


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    json.dump(write(pathlib.Path(rest[0])) if mode == "write" else read(rest), sys.stdout)
