"""The zip assembler: archives as torch writes them, of which every field can be bent."""

import struct
import zlib
from functools import lru_cache


class Entry:
    """One zip entry. Defaults are what torch writes; every field can be bent."""

    def __init__(self, name, data=b"", method=0, **kw):
        self.name = name.encode() if isinstance(name, str) else name
        self.data, self.method = data, method
        self.comp = None  # payload as stored, when not derived from data
        self.crc = None  # central crc
        self.csize = self.usize = None
        self.flags = None  # central flags
        self.lflags = self.lname = self.lmethod = self.lcrc = self.lcsize = self.lusize = None
        self.dd = "auto"  # auto | none | sig32 | nosig32 | sig64
        self.ddcrc = self.ddc = self.ddu = None
        self.align = 64
        self.cextra, self.lextra = b"", None
        self.lsig, self.csig = b"PK\3\4", b"PK\1\2"
        self.lho = None  # central: local header offset
        self.no_local = self.no_central = False
        self.gap = self.after = self.comment = b""
        self.disk = 0
        self.cneed = self.lneed = 0
        self.cnamelen = self.cextralen = self.ccommentlen = None
        self.lnamelen = self.lextralen = None
        for k, v in kw.items():
            assert hasattr(self, k), k
            setattr(self, k, v)


@lru_cache(maxsize=16)
def deflate(b, level=9):
    c = zlib.compressobj(level, zlib.DEFLATED, -15)
    return c.compress(b) + c.flush()


class Archive:
    def __init__(self, entries, **kw):
        self.entries = entries
        self.zip64 = True  # write the zip64 end records, as torch always does
        self.comment = self.prefix = self.suffix = self.cd_gap = b""
        self.shift = 0  # added to every recorded offset
        self.eocd = {}  # disk, cddisk, n_disk, n, cdsize, cdofs, commentlen
        self.z64 = {}  # size, need, disk, cddisk, n_disk, n, cdsize, cdofs
        self.loc = {}  # disk, ofs, disks, sig
        self.raw_cd = None
        for k, v in kw.items():
            assert hasattr(self, k), k
            setattr(self, k, v)

    def find(self, suffix):
        s = suffix.encode()
        for e in self.entries:
            if e.name.endswith(s):
                return e
        raise KeyError(suffix)

    def build(self):
        out = bytearray(self.prefix)
        for e in self.entries:
            comp = e.comp if e.comp is not None else (deflate(e.data) if e.method == 8 else e.data)
            e._csize = len(comp) if e.csize is None else e.csize
            e._usize = len(e.data) if e.usize is None else e.usize
            e._crc = zlib.crc32(e.data) if e.crc is None else e.crc
            dd = e.dd
            if dd == "auto":
                dd = "sig32" if e._usize else "none"
            base = 0x0800 | (8 if dd != "none" else 0)
            e._flags = base if e.flags is None else e.flags
            lflags = e._flags if e.lflags is None else e.lflags
            out += e.gap
            e._ofs = len(out)
            if e.no_local:
                continue
            lname = e.name if e.lname is None else e.lname
            stream = bool(lflags & 8) or e._usize == 0
            if e.lextra is not None:
                extra = e.lextra
            elif e.align:
                at = len(out) + 30 + len(lname) + 4
                pad = -at % e.align
                extra = b"FB" + struct.pack("<H", pad) + b"Z" * pad
            else:
                extra = b""
            out += e.lsig + struct.pack(
                "<5H3I2H",
                e.lneed,
                lflags,
                e.method if e.lmethod is None else e.lmethod,
                0,
                0,
                (0 if stream else e._crc) if e.lcrc is None else e.lcrc,
                (0 if stream else min(e._csize, 0xFFFFFFFF)) if e.lcsize is None else e.lcsize,
                (0 if stream else min(e._usize, 0xFFFFFFFF)) if e.lusize is None else e.lusize,
                len(lname) if e.lnamelen is None else e.lnamelen,
                len(extra) if e.lextralen is None else e.lextralen,
            )
            out += lname + extra + comp
            if dd != "none":
                c = e._crc if e.ddcrc is None else e.ddcrc
                a = e._csize if e.ddc is None else e.ddc
                b = e._usize if e.ddu is None else e.ddu
                if not dd.startswith("nosig"):
                    out += b"PK\7\x08"
                out += struct.pack("<IQQ" if dd.endswith("64") else "<III", c, a, b)
            out += e.after
        out += self.cd_gap
        cd = bytearray()
        n = 0
        for e in self.entries:
            if e.no_central:
                continue
            n += 1
            lho = (e._ofs + self.shift) if e.lho is None else e.lho
            cd += (
                e.csig
                + struct.pack(
                    "<6H3I5H2I",
                    0,
                    e.cneed,
                    e._flags,
                    e.method,
                    0,
                    0,
                    e._crc,
                    min(e._csize, 0xFFFFFFFF),
                    min(e._usize, 0xFFFFFFFF),
                    len(e.name) if e.cnamelen is None else e.cnamelen,
                    len(e.cextra) if e.cextralen is None else e.cextralen,
                    len(e.comment) if e.ccommentlen is None else e.ccommentlen,
                    e.disk,
                    0,
                    0,
                    min(lho, 0xFFFFFFFF),
                )
                + e.name
                + e.cextra
                + e.comment
            )
        if self.raw_cd is not None:
            cd, n = bytearray(self.raw_cd[0]), self.raw_cd[1]
        cdofs = len(out) + self.shift
        out += cd
        if self.zip64:
            z = dict(size=44, need=45, disk=0, cddisk=0, n_disk=n, n=n, cdsize=len(cd), cdofs=cdofs)
            z.update(self.z64)
            zofs = len(out) + self.shift
            out += b"PK\6\6" + struct.pack(
                "<Q2H2I4Q",
                z["size"],
                0x31E,
                z["need"],
                z["disk"],
                z["cddisk"],
                z["n_disk"],
                z["n"],
                z["cdsize"],
                z["cdofs"],
            )
            k = dict(disk=0, ofs=zofs, disks=1, sig=b"PK\6\7")
            k.update(self.loc)
            out += k["sig"] + struct.pack("<IQI", k["disk"], k["ofs"], k["disks"])
        q = dict(
            disk=0,
            cddisk=0,
            n_disk=min(n, 0xFFFF),
            n=min(n, 0xFFFF),
            cdsize=len(cd),
            cdofs=cdofs,
            commentlen=len(self.comment),
        )
        q.update(self.eocd)
        out += b"PK\5\6" + struct.pack(
            "<4H2IH", q["disk"], q["cddisk"], q["n_disk"], q["n"], q["cdsize"], q["cdofs"], q["commentlen"]
        )
        return bytes(out + self.comment + self.suffix)


def checkpoint(
    pickle_bytes, storages, prefix="archive", byteorder=b"little", version=b"3\n", extra=(), old=False
):
    """A Z laid out as torch.save lays it out (old=True: as torch 1.6 to 2.0 did)."""
    es = [Entry(f"{prefix}/data.pkl", pickle_bytes)]
    if not old:
        es += [Entry(f"{prefix}/.format_version", b"1"), Entry(f"{prefix}/.storage_alignment", b"64")]
        if byteorder is not None:
            es += [Entry(f"{prefix}/byteorder", byteorder)]
    es += [Entry(f"{prefix}/data/{k}", v) for k, v in storages.items()]
    es += list(extra)
    if version is not None:
        es += [Entry(f"{prefix}/version", version)]
    if not old:
        es += [Entry(f"{prefix}/.data/serialization_id", b"0" * 40)]
    return Archive(es)
