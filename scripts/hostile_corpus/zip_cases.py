"""Archives: odd ones that are valid, and broken or hostile ones."""

import struct
import zlib

from archives import Archive, Entry, checkpoint, deflate
from cases import *
from pickles import *


def zip_accept():
    both = [W_TENSOR, B_TENSOR]
    accept("ok_base", "zip", "plain archive as torch writes it (hand assembled)", base(), both)
    z = base()
    for e in z.entries:
        e.method = 8
    accept("ok_deflate_all", "zip", "every entry deflated", z, both)
    z = base()
    z.find("data.pkl").method = 8
    accept("ok_deflate_pkl_only", "zip", "data.pkl deflated, storages stored", z, both)
    z = base()
    e = z.find("data/0")
    e.method, e.comp = 8, deflate(W, 0)
    accept(
        "ok_deflate_level0",
        "zip",
        "storage deflated at level 0: compressed size larger than the size",
        z,
        both,
    )
    z = base()
    for e in z.entries:
        e.crc = 0
    accept(
        "ok_nocrc",
        "zip",
        "crc32 is 0 everywhere, as torch.serialization.set_crc32_options(False) writes",
        z,
        both,
        policy="crc 0 with data means 'not computed'",
    )
    z = base()
    for e in z.entries:
        e.align = 4096
    z.find(".storage_alignment").data = b"4096"
    for e in z.entries[2:4] + z.entries[-2:]:
        e.align = 64
    accept("ok_align4096", "zip", "storages aligned to 4096 with .storage_alignment 4096", z, both)
    z = base()
    z.zip64 = False
    for e in z.entries:
        e.align, e.dd, e.cneed, e.lneed = 0, "none", 20, 20
    z.entries[0].lextra = b"\x99\x99\1\0Z"
    accept(
        "ok_plain_zip_tool",
        "zip",
        "repacked by an ordinary zip tool: sizes in local headers, no descriptors, "
        "no alignment (storages at odd offsets), no zip64 records",
        z,
        both,
    )
    accept("ok_prefix_dots", "zip", "archive folder 'my.model.v1'", base(prefix="my.model.v1"), both)
    accept("ok_prefix_utf8", "zip", "archive folder with non-ASCII letters", base(prefix="m\u00f6del"), both)
    accept(
        "ok_prefix_space",
        "zip",
        "archive folder with a space and brackets",
        base(prefix="epoch=9 [best]"),
        both,
    )
    z = base()
    z.entries.insert(0, Entry("archive/", b""))
    z.entries.insert(5, Entry("archive/data/", b""))
    accept("ok_dir_entries", "zip", "explicit directory entries, as zip -r adds", z, both)
    z = base()
    z.entries.reverse()
    accept("ok_order_reversed", "zip", "entries in reverse order, data.pkl last", z, both)
    z = base(extra=[Entry("archive/extra/notes.txt", b"hello"), Entry("archive/data/99", b"\0" * 8)])
    accept(
        "ok_extra_records",
        "zip",
        "records that the pickle never names, one of them an unused storage",
        z,
        both,
    )
    accept("ok_comment", "zip", "archive comment at the end", base_with(comment=b"made by a tool"), both)
    z = base()
    for e in z.entries:
        n = len(e.data)
        e.cextra = struct.pack("<2H2Q", 1, 16, n, n)
        e.csize = e.usize = n
    z2 = saturated(z)
    accept(
        "ok_zip64_entry_fields",
        "zip",
        "small entries whose central sizes are 0xFFFFFFFF with a zip64 extra",
        z2,
        both,
    )
    accept(
        "ok_zip64_end_only",
        "zip",
        "all counts and offsets in the 32-bit end record saturated; zip64 end record rules",
        base_with(eocd=dict(n_disk=0xFFFF, n=0xFFFF, cdsize=0xFFFFFFFF, cdofs=0xFFFFFFFF)),
        both,
    )
    z = base()
    for e in z.entries:
        if e.data:
            e.dd = "nosig32"
    accept("ok_descriptor_nosig", "zip", "data descriptors without the optional signature", z, both)
    z = base()
    z.find("data/0").dd = "sig64"
    z.find("data/0").lextra = struct.pack("<2H2Q", 1, 16, 0, 0)
    accept(
        "ok_descriptor64",
        "zip",
        "data descriptor with 8-byte sizes and a zip64 extra in the local header",
        z,
        both,
    )
    z = base()
    for e in z.entries:
        e.cextra = b"UT\5\0\1" + b"\0" * 4
    accept("ok_extra_timestamps", "zip", "central extra fields of other ids (timestamps)", z, both)
    accept(
        "ok_no_byteorder",
        "container",
        "no byteorder record and pointer-like storage keys, as torch 1.6 wrote",
        checkpoint(
            pickled(ordered(("w", tensor("94340341200128", 6, [2, 3])))), {"94340341200128": W}, old=True
        ),
        [W_TENSOR],
    )
    be = struct.pack(">6f", 0, 1, 2, 3, 4, 5)
    be64 = struct.pack(">2q", 1, -2)
    bec = struct.pack(">2f", 1.0, -1.0)
    beh = struct.pack(">2H", 0x3F80, 0xC000)
    body_be = ordered(
        ("w", tensor("0", 6, [2, 3])),
        ("n", tensor("1", 2, [2], dtype="int64")),
        ("c", tensor("2", 1, [1], dtype="complex64")),
        ("h", tensor("3", 2, [2], dtype="bfloat16")),
    )
    accept(
        "ok_byteorder_big",
        "container",
        "byteorder 'big': storages must be swapped (complex by part)",
        checkpoint(pickled(body_be), {"0": be, "1": be64, "2": bec, "3": beh}, byteorder=b"big"),
        [
            W_TENSOR,
            tensor_of(["n"], "int64", [2], struct.pack("<2q", 1, -2)),
            tensor_of(["c"], "complex64", [1], floats(1.0, -1.0)),
            tensor_of(["h"], "bfloat16", [2], struct.pack("<2H", 0x3F80, 0xC000)),
        ],
    )
    accept(
        "ok_byteorder_big_untyped",
        "container",
        "byteorder 'big' with a uint16 tensor on an untyped storage: swap by the tensor's item size",
        checkpoint(
            pickled(ordered(("u", tensor("0", 3, [3], dtype="uint16")))),
            {"0": struct.pack(">3H", 1, 258, 65534)},
            byteorder=b"big",
        ),
        [tensor_of(["u"], "uint16", [3], struct.pack("<3H", 1, 258, 65534))],
        policy="torch leaves these bytes unswapped; what a big-endian torch wrote are big-endian items",
    )


def zip_reject():
    good = base().build()
    flipped = floats(0, 1, 2, 3, 4, 6)
    bend(
        "crc_storage",
        "a storage's bytes differ from its crc32",
        "crcMismatch",
        change("data/0", comp=flipped),
    )
    bend(
        "crc_storage_bitflip",
        "one bit of a storage flipped on disk",
        "crcMismatch",
        lambda z: flip(good, good.index(W), 0x10),
    )
    bend("crc_pickle", "data.pkl's crc32 is wrong", "crcMismatch", change("data.pkl", crc=0x12345678))
    bend(
        "crc_deflated",
        "a deflated storage's crc32 is wrong",
        "crcMismatch",
        change("data/0", method=8, crc=0x12345678),
    )
    bend(
        "crc_descriptor_only",
        "the data descriptor's crc32 differs from the central directory's",
        "headerMismatch",
        change("data/0", ddcrc=0x12345678),
    )
    bend(
        "crc_zero_central_only",
        "the central crc32 is 0 and the data descriptor has the true one",
        "headerMismatch",
        change("data/0", crc=0, ddcrc=zlib.crc32(W)),
    )
    bend(
        "descriptor_sizes",
        "the data descriptor's sizes differ from the central directory's",
        "headerMismatch",
        change("data/0", ddc=20, ddu=20),
    )
    bend(
        "descriptor_missing",
        "flag bit 3 promises a data descriptor; the next header follows at once",
        "headerMismatch",
        lambda z: change("data/0", dd="none", flags=0x0808)(z),
    )
    bend(
        "local_name",
        "the local header names another file (CVE-2025-1944)",
        "headerMismatch",
        change("data.pkl", lname=b"archive/data.pk2"),
    )
    bend(
        "local_name_length",
        "the local header's name is longer, so payloads start elsewhere",
        "headerMismatch",
        change("data/0", lname=b"archive/data/0000"),
    )
    bend(
        "local_method",
        "local header says deflate, central directory says stored",
        "headerMismatch",
        change("data/0", lmethod=8),
    )
    bend(
        "local_sizes",
        "local header carries other sizes than the central directory",
        "headerMismatch",
        change("data/0", dd="none", lcsize=8, lusize=8),
    )
    bend(
        "local_crc",
        "local header carries another crc32",
        "headerMismatch",
        change("data/0", dd="none", lcrc=0xDEADBEEF),
    )
    bend(
        "local_signature",
        "no local header where the central directory points",
        "headerMismatch",
        change("data/0", lsig=b"PK\x09\x09"),
    )
    bend(
        "local_encrypted_flag",
        "encryption bit set in the local header only (CVE-2025-1945)",
        "headerMismatch",
        change("data.pkl", lflags=0x0809),
    )
    bend(
        "encrypted_flag", "encryption bit set in both headers", "encrypted", change("data.pkl", flags=0x0809)
    )
    bend(
        "strong_encryption_flag",
        "strong encryption bit (6) set",
        "encrypted",
        change("data.pkl", flags=0x0848),
    )
    bend(
        "patched_data_flag",
        "compressed patched data bit (5) set",
        "unsupportedFlags",
        change("data.pkl", flags=0x0828),
    )
    bend(
        "masked_headers_flag",
        "masked local header bit (13) set",
        "unsupportedFlags",
        change("data.pkl", flags=0x2808),
    )
    for m, n in ((12, "bzip2"), (14, "lzma"), (93, "zstd"), (99, "aes"), (9, "deflate64"), (1, "shrink")):
        bend(
            f"method_{n}",
            f"compression method {m} ({n})",
            "unsupportedMethod",
            change("data/0", method=m, comp=W),
        )
    bend(
        "stored_sizes_differ",
        "stored entry whose two sizes differ",
        "sizeMismatch",
        change("data/0", usize=48),
    )
    bend(
        "stored_csize_short",
        "stored entry whose compressed size is smaller",
        "sizeMismatch",
        change("data/0", csize=8),
    )
    bend(
        "size_past_eof",
        "an entry's size reaches past the end of the file",
        "entryOutOfBounds",
        change("data/0", csize=1 << 30, usize=1 << 30),
    )
    bend(
        "size_into_directory",
        "the last entry's size reaches into the central directory",
        "entriesOverlap",
        change("serialization_id", csize=100, usize=100, crc=0),
    )
    bend(
        "size_over_next_entry",
        "an entry's size covers the next local header",
        "entriesOverlap",
        change("data/0", csize=64, usize=64, crc=0),
    )
    bend(
        "offset_past_eof",
        "a local header offset past the end of the file",
        "entryOutOfBounds",
        change("data/0", lho=0x7FFFFFF0),
    )
    bend(
        "offset_in_directory",
        "a local header offset inside the central directory",
        "entriesOverlap",
        lambda z: point_into_directory(z),
    )
    bend(
        "two_names_one_entry",
        "two central entries share one local header",
        "entriesOverlap",
        lambda z: change("data/1", no_local=True)(z) or share_header(z, "data/1", "data/0"),
    )
    dup = base()
    dup.entries.insert(1, Entry("archive/data.pkl", pickled(ordered(("w", tensor("1", 3, [3]))))))
    reject(
        "dup_pickle",
        "zip",
        "two entries named archive/data.pkl with different contents",
        dup,
        "duplicateName",
    )
    dup = base()
    dup.entries.append(Entry("archive/data/0", floats(9, 9, 9, 9, 9, 9)))
    reject("dup_storage", "zip", "two entries named archive/data/0", dup, "duplicateName")
    dup = base()
    dup.entries.append(Entry("archive/DATA.PKL", pickled(dict_())))
    reject(
        "dup_by_case",
        "zip",
        "archive/data.pkl and archive/DATA.PKL (torch looks names up without case)",
        dup,
        "duplicateName",
    )
    z = base()
    z.entries[0].name = b"archive/DATA.PKL"
    reject("pickle_other_case", "container", "only archive/DATA.PKL is there", z, "missingRecord")
    dup = base()
    dup.entries.append(Entry("archive\\data.pkl", pickled(dict_())))
    reject(
        "name_backslash",
        "zip",
        "a name with a backslash that some readers fold onto data.pkl",
        dup,
        "unsafeName",
    )
    for tag, nm in (
        ("dotdot", "archive/../../etc/cron.d/x"),
        ("absolute", "/etc/passwd"),
        ("drive", "C:/x"),
        ("dot_segment", "archive/./data/0"),
        ("double_slash", "archive//data/0"),
        ("empty", ""),
        ("nul", "archive/data/0\0.txt"),
        ("newline", "archive/data/\n0"),
        ("escape", "archive/\x1b[2Jx"),
    ):
        z = base()
        z.entries.append(Entry(nm, b"x"))
        reject(f"name_{tag}", "zip", f"an entry name: {tag.replace('_', ' ')}", z, "unsafeName")
    z = base()
    z.entries.append(Entry(b"archive/\xff\xfe", b"x"))
    reject("name_bad_utf8", "zip", "a name that is flagged UTF-8 and is not", z, "unsafeName")
    z = base()
    z.entries.append(Entry("archive/" + "n" * 60000, b"x"))
    reject("name_60000", "zip", "a name of 60,008 bytes", z, "unsafeName")
    bend(
        "central_signature",
        "a central header's signature is wrong",
        "centralDirectory",
        change("data/1", csig=b"PK\1\3"),
    )
    bend(
        "central_name_overrun",
        "a central name length that runs past the directory",
        "centralDirectory",
        change("serialization_id", cnamelen=0xFFF0),
    )
    bend(
        "central_extra_overrun",
        "a central extra length that runs past the directory",
        "centralDirectory",
        change("serialization_id", cextralen=0xFFF0),
    )
    bend(
        "central_comment_overrun",
        "an entry comment length that runs past the directory",
        "centralDirectory",
        change("serialization_id", ccommentlen=0xFFF0),
    )
    bend(
        "extra_field_overrun",
        "an extra field's block length runs past the extra",
        "centralDirectory",
        change("data/0", cextra=struct.pack("<2H", 1, 500)),
    )
    bend(
        "local_extra_overrun",
        "a local extra length that runs past the end of the file",
        "entryOutOfBounds",
        change("serialization_id", lextralen=0xFFFF),
    )
    bend("entry_on_disk_2", "an entry on another disk", "multiDisk", change("data/0", disk=2))
    for k, v, what in (
        ("disk", 1, "this disk's number is 1"),
        ("cddisk", 1, "the directory is on disk 1"),
        ("n", 3, "the total count is smaller than the directory's"),
        ("n_disk", 3, "the count on this disk differs from the total"),
        ("cdsize", 10, "the directory's size is too small"),
        ("cdsize", 1 << 28, "the directory's size is larger than the file"),
        ("cdofs", 1 << 28, "the directory's offset is past the end"),
        ("cdofs", 4, "the directory's offset is wrong"),
    ):
        tag = f"end_{k}_{v}" if v < 1000 else f"end_{k}_huge"
        z = base_with(zip64=False, eocd={k: v})
        reject(
            tag,
            "zip",
            what + " (no zip64 records)",
            z,
            "multiDisk" if "disk" in k and v == 1 else "centralDirectory",
        )
    reject(
        "end_counts_disagree",
        "zip",
        "the 32-bit end record and the zip64 end record give different counts",
        base_with(eocd=dict(n=3, n_disk=3)),
        "zip64Invalid",
    )
    reject(
        "end_offsets_disagree",
        "zip",
        "the 32-bit end record and the zip64 end record give different offsets",
        base_with(eocd=dict(cdofs=64)),
        "zip64Invalid",
    )
    reject(
        "zip64_count_2_63",
        "zip",
        "zip64 end record claims 2^63 entries",
        base_with(z64=dict(n=1 << 63, n_disk=1 << 63), eocd=dict(n=0xFFFF, n_disk=0xFFFF)),
        "zip64Invalid",
    )
    reject(
        "zip64_cdsize_2_63",
        "zip",
        "zip64 end record: directory size 2^63",
        base_with(z64=dict(cdsize=1 << 63), eocd=dict(cdsize=0xFFFFFFFF)),
        "zip64Invalid",
    )
    reject(
        "zip64_cdofs_wrap",
        "zip",
        "zip64 end record: offset + size wraps around 2^64",
        base_with(z64=dict(cdofs=(1 << 64) - 16), eocd=dict(cdofs=0xFFFFFFFF)),
        "zip64Invalid",
    )
    reject(
        "zip64_locator_past_eof",
        "zip",
        "the zip64 locator points past the end",
        base_with(loc=dict(ofs=1 << 40)),
        "zip64Invalid",
    )
    reject(
        "zip64_locator_elsewhere",
        "zip",
        "the zip64 locator points at other bytes (CVE-2025-8291)",
        base_with(loc=dict(ofs=0)),
        "zip64Invalid",
    )
    reject(
        "zip64_locator_disks",
        "zip",
        "the zip64 locator says there are 2 disks",
        base_with(loc=dict(disks=2)),
        "multiDisk",
    )
    reject(
        "zip64_end_size",
        "zip",
        "the zip64 end record's own size is 2^32",
        base_with(z64=dict(size=1 << 32)),
        "zip64Invalid",
    )
    z = base()
    for e in z.entries:
        e.cextra = struct.pack("<2HI", 1, 4, 1)
    reject(
        "zip64_extra_short",
        "zip",
        "sizes are 0xFFFFFFFF and the zip64 extra is too short for them",
        saturated(z),
        "zip64Invalid",
    )
    z = base()
    for e in z.entries:
        e.cextra = struct.pack("<2H2Q", 1, 16, (1 << 64) - 1, (1 << 64) - 1)
    reject("zip64_extra_max", "zip", "the zip64 extra says 2^64 - 1", saturated(z), "zip64Invalid")
    z = base()
    for e in z.entries:
        n = len(e.data)
        e.cextra = struct.pack("<2H2Q", 1, 16, n, n) + struct.pack("<2H2Q", 1, 16, 7, 7)
    reject("zip64_extra_twice", "zip", "two zip64 extras in one header", saturated(z), "zip64Invalid")
    z = base()
    for e in z.entries:
        e.cextra = b""
    reject(
        "zip64_extra_absent",
        "zip",
        "sizes are 0xFFFFFFFF and there is no zip64 extra",
        saturated(z),
        "zip64Invalid",
    )
    fake = Archive([Entry("archive/data.pkl", pickled(dict_())), Entry("archive/version", b"3\n")])
    fb = fake.build()
    reject(
        "comment_second_end",
        "zip",
        "the comment holds another complete end record",
        base_with(zip64=False, comment=b"x" + fb[fb.rfind(b"PK\5\6") :]),
        "endAmbiguous",
    )
    reject(
        "comment_length_short",
        "zip",
        "bytes follow the end record that its comment length does not cover",
        base_with(suffix=b"trailing junk"),
        "trailingData",
    )
    reject(
        "appended_archive",
        "zip",
        "a second complete archive appended (the two ends of the file tell two stories)",
        good + fb,
        "leadingData",
    )
    reject(
        "prefixed_junk",
        "zip",
        "1 KiB of junk before the archive, offsets not adjusted",
        b"\x7fELF" + b"\0" * 1020 + good,
        "leadingData",
    )
    z = base_with(prefix=b"#!/bin/sh\nexit 0\n" + b"\n" * 47)
    reject(
        "prefixed_adjusted",
        "zip",
        "a script before the archive, offsets adjusted (polyglot)",
        z,
        "leadingData",
    )
    bend(
        "gap_hidden_entry",
        "a local header and data between two entries that the directory does not list",
        "unaccountedBytes",
        lambda z: z.entries.insert(5, Entry("archive/hidden.pkl", pickled(dict_()), no_central=True)),
    )
    bend(
        "gap_junk",
        "200 bytes between two entries that belong to none",
        "unaccountedBytes",
        change("data/1", gap=b"\xcc" * 200),
    )
    reject(
        "gap_before_directory",
        "zip",
        "100 bytes between the last entry and the directory",
        base_with(cd_gap=b"\xcc" * 100),
        "unaccountedBytes",
    )
    reject("truncated_half", "zip", "the first half of an archive", good[: len(good) // 2], "truncated")
    reject("truncated_last_byte", "zip", "an archive without its last byte", good[:-1], "truncated")
    reject(
        "truncated_no_end",
        "zip",
        "an archive cut before the central directory",
        good[: good.index(b"PK\1\2")],
        "truncated",
    )
    reject("only_end_record", "zip", "an empty zip: 22 bytes", b"PK\5\6" + b"\0" * 18, "missingRecord")
    reject("only_local_magic", "zip", "4 bytes: PK 3 4", b"PK\3\4", "truncated")
    # deflate
    d = deflate(W * 100)
    big = ordered(("w", tensor("0", 600, [600])))
    st = {"0": W * 100}

    def dz(**kw):
        z = checkpoint(pickled(big), st)
        e = z.find("data/0")
        e.method = 8
        for k, v in kw.items():
            setattr(e, k, v)
        return z

    reject("inflate_truncated", "zip", "a deflate stream that stops early", dz(comp=d[:-4]), "inflateError")
    reject(
        "inflate_trailing",
        "zip",
        "bytes after the end of a deflate stream, inside the entry",
        dz(comp=d + b"junk"),
        "inflateError",
    )
    reject(
        "inflate_corrupt",
        "zip",
        "a deflate stream with an invalid block type",
        dz(comp=b"\x07" + d[1:]),
        "inflateError",
    )
    reject(
        "inflate_bad_distance",
        "zip",
        "a deflate match that reaches before the start of the data",
        dz(comp=bytes.fromhex("030200")),
        "inflateError",
    )
    reject(
        "inflate_longer",
        "zip",
        "the stream inflates to more than the entry's size",
        dz(comp=deflate(W * 101)),
        "sizeMismatch",
    )
    reject(
        "inflate_shorter",
        "zip",
        "the stream inflates to less than the entry's size",
        dz(comp=deflate(W * 99)),
        "sizeMismatch",
    )
    reject(
        "inflate_zlib_wrapped",
        "zip",
        "a zlib stream (with header) where a raw one belongs",
        dz(comp=zlib.compress(W * 100)),
        "inflateError",
    )
    bomb = deflate(b"\0" * (128 << 20))
    z = checkpoint(b"", {"0": W})
    z.entries[0] = Entry(
        "archive/data.pkl",
        b"",
        8,
        comp=bomb,
        usize=128 << 20,
        crc=zlib.crc32(b"\0" * (128 << 20)),
        dd="sig32",
    )
    reject(
        "bomb_pickle_honest",
        "zip",
        "data.pkl of 128 MiB deflated into 130 KB, sizes honest",
        z,
        "resourceLimit",
    )
    z = checkpoint(b"", {"0": W})
    z.entries[0] = Entry(
        "archive/data.pkl", b"", 8, comp=bomb, usize=len(BASE), crc=zlib.crc32(BASE), dd="sig32"
    )
    reject(
        "bomb_pickle_lying",
        "zip",
        "data.pkl says a few hundred bytes and inflates to 128 MiB",
        z,
        "sizeMismatch",
    )
    kernel = deflate(b"\0" * (4 << 20))
    es = [
        Entry(
            "archive/data.pkl",
            pickled(ordered(*[(f"w{i}", tensor(str(i), 1 << 20, [1 << 20])) for i in range(200)])),
        ),
        Entry("archive/version", b"3\n"),
        Entry(
            "archive/data/0",
            b"",
            8,
            comp=kernel,
            usize=4 << 20,
            crc=zlib.crc32(b"\0" * (4 << 20)),
            dd="none",
            flags=0x800,
            lcsize=0,
            lusize=0,
            lcrc=0,
        ),
    ]
    es += [
        Entry(
            f"archive/data/{i}",
            b"",
            8,
            usize=4 << 20,
            csize=len(kernel),
            crc=es[2].crc,
            no_local=True,
            dd="none",
            flags=0x800,
        )
        for i in range(1, 200)
    ]
    z = Archive(es)
    z.build()
    for e in z.entries[3:]:
        e.lho = z.entries[2]._ofs
    reject(
        "bomb_overlapping",
        "zip",
        "200 entries of 4 MiB each share one 4 KB deflate stream (800 MiB from 60 KB)",
        z,
        "entriesOverlap",
    )
    es = [Entry("archive/data.pkl", BASE), Entry("archive/version", b"3\n")]
    z = Archive(es + [Entry(f"archive/x/{i}", b"", no_local=True, lho=0) for i in range(6000)])
    reject(
        "six_thousand_aliases",
        "zip",
        "6000 central entries that all point at the first local header",
        z,
        "entriesOverlap",
    )


def flip(raw, at, mask):
    b = bytearray(raw)
    b[at] ^= mask
    return bytes(b)


def point_into_directory(z):
    raw = z.build()
    z.find("data/0").lho = raw.index(b"PK\1\2") + 10


def share_header(z, a, b):
    z.build()
    ea, eb = z.find(a), z.find(b)
    ea.lho, ea.data, ea.crc = eb._ofs, eb.data, zlib.crc32(eb.data)
