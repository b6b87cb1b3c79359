"""What is wrong with the records of an archive, and files that are something else."""

import json
import struct
import zlib

from archives import Archive, Entry
from cases import *
from pickles import *


def container_reject():
    z = base()
    z.entries.pop(0)
    reject("no_pickle", "container", "no data.pkl", z, "missingRecord")
    reject("no_version", "container", "no version record", base(version=None), "missingRecord")
    for tag, v in (
        ("999", b"999\n"),
        ("0", b"0\n"),
        ("text", b"abc\n"),
        ("empty", b""),
        ("negative", b"-3\n"),
        ("huge", b"9" * 400),
        ("megabyte", None),
    ):
        if v is None:
            z = base()
            z.find("archive/version").data = b"3" + b" " * (1 << 20)
            z.find("archive/version").method = 8
        else:
            z = base(version=v)
        reject(f"version_{tag}", "container", f"version record: {tag}", z, "badVersion")
    for tag, v in (("middle", b"middle"), ("empty", b""), ("upper", b"LITTLE"), ("newline", b"little\n")):
        reject(f"byteorder_{tag}", "container", f"byteorder record: {tag}", base(byteorder=v), "badByteOrder")
    z = base()
    z.find(".storage_alignment").data = b"abc"
    reject("alignment_text", "container", ".storage_alignment is not a number", z, "badRecord")
    z = base()
    z.find(".format_version").data = b"\xff\xff"
    accept(
        "ok_format_version_odd",
        "container",
        ".format_version is nonsense; nothing depends on it",
        z,
        [W_TENSOR, B_TENSOR],
        policy="not needed for reading; to be reported at most",
    )
    z = base()
    z.entries.append(Entry("other/file", b"x"))
    reject("two_prefixes", "container", "entries under two top-level folders", z, "multiplePrefixes")
    z = base()
    z.entries += [
        Entry("other/data.pkl", pickled(ordered(("evil", tensor("0", 6, [2, 3]))))),
        Entry("other/data/0", W),
        Entry("other/version", b"3\n"),
    ]
    reject(
        "two_pickles", "container", "two checkpoints in one archive, under two folders", z, "multiplePrefixes"
    )
    z = base()
    for e in z.entries:
        e.name = e.name.split(b"/", 1)[1]
    reject("no_prefix", "container", "records at the top level, without a folder", z, "missingRecord")
    z = base()
    for e in z.entries:
        e.name = b"a/b/" + e.name
    reject("prefix_too_deep", "container", "records two folders further down", z, "missingRecord")
    z = base(
        extra=[Entry("archive/constants.pkl", pickled(tuple_())), Entry("archive/code/__torch__.py", b"")]
    )
    reject("torchscript", "container", "a TorchScript archive (constants.pkl)", z, "unsupportedContainer")
    reject(
        "pt2",
        "container",
        "a torch.export archive (archive_format pt2)",
        Archive(
            [
                Entry("m/archive_format", b"pt2"),
                Entry("m/archive_version", b"0"),
                Entry("m/byteorder", b"little"),
                Entry("m/models/model.json", b"{}"),
                Entry("m/version", b"3\n"),
                Entry("m/.data/version", b"3\n"),
            ]
        ),
        "unsupportedContainer",
    )
    hid = base(extra=[Entry("archive/hidden.bin", pickled(call(global_("posix", "system"), text("true"))))])
    accept(
        "ok_hidden_evil_pickle",
        "exec",
        "an unreferenced record holds a malicious pickle under another name; never parsed",
        hid,
        [W_TENSOR, B_TENSOR],
        policy="records that data.pkl does not lead to are not parsed",
    )
    reject(
        "bare_pickle",
        "other",
        "data.pkl alone, not in an archive",
        pickled(dict_((text("a"), integer(1)))),
        "notAnArchive",
    )
    reject(
        "lfs_pointer",
        "other",
        "a git-lfs pointer file",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1234\n",
        "lfsPointer",
    )
    reject(
        "html_page",
        "other",
        "an HTML error page saved as .pt",
        b"<!DOCTYPE html><html><body>404</body></html>",
        "notAnArchive",
    )
    reject("empty_file", "other", "an empty file", b"", "truncated")
    reject(
        "gzip_wrapped", "other", "a checkpoint compressed with gzip", gzipped(base().build()), "notAnArchive"
    )
    hdr = json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}).encode()
    hdr += b" " * (-len(hdr) % 8)
    reject(
        "safetensors_renamed",
        "other",
        "a safetensors file named .pt",
        struct.pack("<Q", len(hdr)) + hdr + W,
        "notAnArchive",
        optional=True,
        policy="a loader that knows safetensors may load it; then tensor w is the base one",
    )
    reject("hdf5", "other", "an HDF5 file named .pt", b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "notAnArchive")
    reject(
        "old_container",
        "other",
        "the preview container of torch 1.0 (PYTORCH1)",
        b"PYTORCH1" + struct.pack("<Q", 2) + b"\0" * 200,
        "unsupportedContainer",
    )


def gzipped(b):
    c = zlib.compressobj(6, zlib.DEFLATED, 31)
    return c.compress(b) + c.flush()
