"""The list of cases, and the ways to add one."""

import hashlib
import struct

from archives import Archive, checkpoint
from pickles import *

# All cases, in the order of the manifest. The bytes are under "_data".
CASES = []


def digest(b):
    """The SHA-256, in hexadecimal."""
    return hashlib.sha256(b).hexdigest()


def tensor_of(path, dtype, shape, data):
    """A tensor that a file has to give, as the manifest says it."""
    return {"path": list(path), "dtype": dtype, "shape": list(shape), "sha256": digest(data)}


def floats(*v):
    """float32, little-endian."""
    return struct.pack(f"<{len(v)}f", *v)


def add_case(
    name, category, what, expect, data, error=None, tensors=None, optional=False, policy=None, ext="pt"
):
    if isinstance(data, Archive):
        data = data.build()
    assert expect in ("accept", "reject") and (expect == "accept") == (error is None), name
    assert all(c["name"] != name for c in CASES), name
    CASES.append(
        dict(
            name=name,
            file=f"{name}.{ext}",
            category=category,
            what=what,
            expect=expect,
            error=error,
            optional=optional,
            policy=policy,
            tensors=tensors,
            _data=data,
        )
    )


W = floats(0, 1, 2, 3, 4, 5)
B = floats(1.5, -2.0, 3.25)
W_TENSOR = tensor_of(["w"], "float32", [2, 3], W)
B_TENSOR = tensor_of(["b"], "float32", [3], B)
BASE_BODY = ordered(("w", tensor("0", 6, [2, 3])), ("b", tensor("1", 3, [3])))
BASE = pickled(BASE_BODY)
STORAGES = {"0": W, "1": B}


def base(**kw):
    """The plain archive that most cases change in one place."""
    return checkpoint(BASE, STORAGES, **kw)


def reject(name, cat, what, data, error, **kw):
    """A file that has to be refused."""
    add_case(name, cat, what, "reject", data, error=error, **kw)


def accept(name, cat, what, data, tensors, **kw):
    """A file that has to give these tensors."""
    add_case(name, cat, what, "accept", data, tensors=tensors, **kw)


def bend(name, what, error, fn, cat="zip", **kw):
    """The plain archive with fn applied to it, which has to be refused."""
    z = base()
    r = fn(z)
    reject(name, cat, what, r if isinstance(r, (bytes, Archive)) else z, error, **kw)


def change(suffix, **kw):
    """For `bend`: sets fields of the entry whose name ends with the suffix."""
    def fn(z):
        e = z.find(suffix)
        for k, v in kw.items():
            assert hasattr(e, k), k
            setattr(e, k, v)

    return fn


def one_pickle(name, cat, what, b, error, storages=None, **kw):
    """A state dict whose pickle body is b, to be rejected."""
    reject(name, cat, what, checkpoint(pickled(b), STORAGES if storages is None else storages), error, **kw)


def one_tensor(name, what, tb, error, storages=None, **kw):
    """A state dict {"w": <tb>}, to be rejected."""
    one_pickle(
        name, "tensor", what, ordered(("w", tb)), error, {"0": W} if storages is None else storages, **kw
    )


def base_with(**kw):
    """The plain archive with fields of its end records set."""
    z = base()
    for k, v in kw.items():
        assert hasattr(z, k), k
        setattr(z, k, v)
    return z


def saturated(z):
    """Central 32-bit sizes become 0xFFFFFFFF, the true ones being in the zip64 extra."""
    raw = bytearray(z.build())
    i = 0
    end = raw.rfind(b"PK\6\6")
    while True:
        i = raw.find(b"PK\1\2", i, end)
        if i < 0:
            return bytes(raw)
        raw[i + 20 : i + 28] = b"\xff" * 8
        i += 46
