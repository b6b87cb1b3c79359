"""Files of the formats before the zip archive."""

import io
import struct
import tarfile

from archives import checkpoint
from cases import *
from pickles import *

MAGIC = 0x1950A86A20F9469CFC6C


def legacy(main, keys, blobs, magic=MAGIC, protocol=1001, little=TRUE):
    sysinfo = dict_(
        (text("protocol_version"), integer(1001)),
        (text("little_endian"), little),
        (
            text("type_sizes"),
            dict_((text("short"), integer(2)), (text("int"), integer(4)), (text("long"), integer(4))),
        ),
    )
    return (
        pickled(integer(magic))
        + pickled(integer(protocol))
        + pickled(sysinfo)
        + main
        + pickled(list_(*[text(k) for k in keys]))
        + b"".join(blobs)
    )


def legacy_tensor(key, numel, size, view=NONE):
    st = (
        tuple_(
            text("storage"), global_("torch", "FloatStorage"), text(key), text("cpu"), integer(numel), view
        )
        + PERSID
    )
    return call(
        global_("torch._utils", "_rebuild_tensor_v2"),
        st,
        integer(0),
        ints(size),
        ints(contiguous(size)),
        FALSE,
        EMPTY_ORDERED,
    )


def legacy_cases():
    sd = pickled(ordered(("w", legacy_tensor("11", 6, [2, 3])), ("b", legacy_tensor("9", 3, [3]))))
    c = lambda n, b: struct.pack("<q", n) + b
    ok = legacy(sd, ["11", "9"], [c(6, W), c(3, B)])
    L = lambda n, w, b, e: reject(n, "legacy", w, b, e, optional=True)
    accept(
        "legacy_ok",
        "legacy",
        "torch < 1.6 file: five pickles, then count-prefixed storages in the order of the key list",
        ok,
        [W_TENSOR, B_TENSOR],
        optional=True,
    )
    view = pickled(
        ordered(
            ("w", legacy_tensor("11", 6, [2, 3])),
            ("v", legacy_tensor("11", 6, [2], tuple_(text("77"), integer(4), integer(2)))),
        )
    )
    accept(
        "legacy_view",
        "legacy",
        "a storage view (view_key, offset, size) as torch < 0.4 wrote",
        legacy(view, ["11"], [c(6, W)]),
        [W_TENSOR, tensor_of(["v"], "float32", [2], floats(4, 5))],
        optional=True,
    )
    L(
        "legacy_magic",
        "another magic number",
        legacy(sd, ["11", "9"], [c(6, W), c(3, B)], magic=MAGIC + 1),
        "notAnArchive",
    )
    L(
        "legacy_protocol",
        "protocol version 1000",
        legacy(sd, ["11", "9"], [c(6, W), c(3, B)], protocol=1000),
        "badVersion",
    )
    L(
        "legacy_big_endian",
        "sys_info says big endian",
        legacy(sd, ["11", "9"], [c(6, W), c(3, B)], little=FALSE),
        "badByteOrder",
    )
    L("legacy_truncated", "the last storage is cut", ok[:-4], "truncated")
    L(
        "legacy_count_more",
        "a storage's count is larger than its numel",
        legacy(sd, ["11", "9"], [c(1000, W), c(3, B)]),
        "storageSizeMismatch",
    )
    L(
        "legacy_count_negative",
        "a storage's count is -1",
        legacy(sd, ["11", "9"], [c(-1, W), c(3, B)]),
        "storageSizeMismatch",
    )
    L(
        "legacy_count_2_62",
        "a storage's count is 2^62",
        legacy(sd, ["11", "9"], [c(1 << 62, W), c(3, B)]),
        "storageSizeMismatch",
    )
    L("legacy_key_unlisted", "the key list lacks a storage", legacy(sd, ["11"], [c(6, W)]), "missingRecord")
    L(
        "legacy_key_unknown",
        "the key list has a storage that no tensor uses",
        legacy(sd, ["11", "9", "5"], [c(6, W), c(3, B), c(1, floats(0))]),
        "missingRecord",
    )
    L(
        "legacy_key_twice",
        "the key list has one storage twice",
        legacy(sd, ["11", "11", "9"], [c(6, W), c(6, W), c(3, B)]),
        "duplicateName",
    )
    L(
        "legacy_view_oob",
        "a storage view past its root",
        legacy(
            pickled(ordered(("v", legacy_tensor("11", 6, [4], tuple_(text("77"), integer(4), integer(4)))))),
            ["11"],
            [c(6, W)],
        ),
        "outOfBounds",
    )
    L("legacy_trailing", "bytes after the last storage", ok + b"junk", "trailingData")
    L(
        "legacy_numel_2_40",
        "numel 2^40 for a file of 400 bytes",
        legacy(pickled(ordered(("w", legacy_tensor("11", 1 << 40, [1])))), ["11"], [c(6, W)]),
        "storageSizeMismatch",
    )
    L(
        "legacy_exec",
        "os.system in the magic number's place",
        pickled(call(global_("os", "system"), text("true"))) + ok,
        "notAnArchive",
    )

    def tar(members):
        buf = io.BytesIO()
        with tarfile.open(fileobj=buf, mode="w", format=tarfile.PAX_FORMAT) as t:
            for n, b in members:
                ti = tarfile.TarInfo(n)
                ti.size = len(b)
                t.addfile(ti, io.BytesIO(b))
        return buf.getvalue()

    storages = (
        pickled(integer(1))
        + pickled(tuple_(integer(11), text("cpu"), global_("torch", "FloatStorage")))
        + c(6, W)
        + pickled(EMPTY_LIST)
    )
    tensors = (
        pickled(integer(1))
        + pickled(tuple_(integer(22), integer(11), global_("torch", "FloatTensor")))
        + struct.pack("<2i5q", 2, 0, 2, 3, 3, 1, 0)
    )
    main = pickled(ordered(("w", text("22") + PERSID)))
    sysinfo = pickled(dict_((text("protocol_version"), integer(1000)), (text("little_endian"), TRUE)))
    accept(
        "tar_ok",
        "legacy",
        "torch < 0.1.10 tar file",
        tar([("sys_info", sysinfo), ("pickle", main), ("tensors", tensors), ("storages", storages)]),
        [W_TENSOR],
        optional=True,
    )
    L(
        "tar_exec",
        "tar file whose storages pickle calls os.system (CVE-2025-32434)",
        tar(
            [
                ("sys_info", sysinfo),
                ("pickle", main),
                ("tensors", tensors),
                ("storages", pickled(call(global_("os", "system"), text("true")))),
            ]
        ),
        "forbiddenGlobal",
    )
    L(
        "tar_traversal",
        "tar file with a member ../../x",
        tar([("../../x", b"x"), ("pickle", main), ("tensors", tensors), ("storages", storages)]),
        "unsafeName",
    )
    mod = (
        global_("torch.nn.modules.linear", "Linear")
        + EMPTY_TUPLE
        + NEWOBJ
        + dict_(
            (text("training"), TRUE),
            (
                text("_parameters"),
                dict_(
                    (
                        text("weight"),
                        call(
                            global_("torch._utils", "_rebuild_parameter"),
                            tensor("0", 6, [2, 3]),
                            TRUE,
                            EMPTY_ORDERED,
                        ),
                    )
                ),
            ),
            (text("_buffers"), dict_()),
            (text("_modules"), dict_()),
            (text("in_features"), integer(3)),
        )
        + BUILD
    )
    accept(
        "module_whole",
        "pickle",
        "a whole pickled module: class unknown to us, parameters inside its state",
        checkpoint(pickled(mod), {"0": W}),
        [tensor_of(["weight"], "float32", [2, 3], W)],
        optional=True,
        policy="_parameters, _buffers and _modules may be walked as a state dict; nothing is constructed",
    )
