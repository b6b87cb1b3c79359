"""The pickle assembler: each function gives the bytes that push one value."""

import struct

MARK, STOP, REDUCE, BUILD, NEWOBJ, PERSID = b"(", b".", b"R", b"b", b"\x81", b"Q"
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT = b")", b"]", b"}"


def proto(n):
    """PROTO: the version of the pickle."""
    return b"\x80" + bytes([n])


def global_(module, name):
    """GLOBAL: a class or function by its name; the underscore keeps Python's own word free."""
    return b"c" + module.encode() + b"\n" + name.encode() + b"\n"


def text(s):
    """BINUNICODE; bytes are taken as they are, so that a text can be wrong UTF-8."""
    raw = s if isinstance(s, bytes) else s.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(raw)) + raw


def short_text(s):
    """SHORT_BINUNICODE, as protocol 4 writes short texts."""
    raw = s.encode()
    return b"\x8c" + bytes([len(raw)]) + raw


def byte_text(s):
    """SHORT_BINSTRING: what a `str` of Python 2 becomes."""
    return b"U" + bytes([len(s)]) + s.encode()


def integer(n):
    """The shortest opcode that holds the number, as Python chooses it."""
    if 0 <= n < 256:
        return b"K" + bytes([n])
    if 0 <= n < 65536:
        return b"M" + struct.pack("<H", n)
    if -(2**31) <= n < 2**31:
        return b"J" + struct.pack("<i", n)
    size = (n.bit_length() + 8) // 8
    return b"\x8a" + bytes([size]) + n.to_bytes(size, "little", signed=True)


def real(x):
    """BINFLOAT."""
    return b"G" + struct.pack(">d", x)


def tuple_(*items):
    """A tuple, by TUPLE1 to TUPLE3 where these do."""
    if len(items) == 0:
        return EMPTY_TUPLE
    if len(items) <= 3:
        return b"".join(items) + bytes([0x84 + len(items)])
    return MARK + b"".join(items) + b"t"


def list_(*items):
    """A list, filled by APPENDS."""
    return EMPTY_LIST + MARK + b"".join(items) + b"e"


def dict_(*pairs):
    """A dict of pickled keys and values, filled by SETITEMS."""
    return EMPTY_DICT + MARK + b"".join(k + v for k, v in pairs) + b"u"


def call(fn, *args):
    """REDUCE: the function called with the arguments."""
    return fn + tuple_(*args) + REDUCE


ORDERED_DICT = global_("collections", "OrderedDict")
EMPTY_ORDERED = ORDERED_DICT + EMPTY_TUPLE + REDUCE


def ordered(*pairs):
    """An OrderedDict whose keys are texts: what a state dict is."""
    return EMPTY_ORDERED + MARK + b"".join(text(k) + v for k, v in pairs) + b"u"


def put(i):
    """BINPUT or LONG_BINPUT."""
    return b"q" + bytes([i]) if i < 256 else b"r" + struct.pack("<I", i)


def get(i):
    """BINGET or LONG_BINGET."""
    return b"h" + bytes([i]) if i < 256 else b"j" + struct.pack("<I", i)


def raw_bytes(b):
    """Bytes under protocol 2, which has no opcode for them."""
    return call(global_("_codecs", "encode"), text(b.decode("latin1")), text("latin1"))


def pickled(body, protocol=2):
    """A whole pickle."""
    return proto(protocol) + body + STOP


# By name: the class of the storage, None for an untyped one, and the bytes of an element.
DTYPES = {
    "float64": ("DoubleStorage", 8),
    "float32": ("FloatStorage", 4),
    "float16": ("HalfStorage", 2),
    "bfloat16": ("BFloat16Storage", 2),
    "int64": ("LongStorage", 8),
    "int32": ("IntStorage", 4),
    "int16": ("ShortStorage", 2),
    "int8": ("CharStorage", 1),
    "uint8": ("ByteStorage", 1),
    "bool": ("BoolStorage", 1),
    "complex64": ("ComplexFloatStorage", 8),
    "complex128": ("ComplexDoubleStorage", 16),
    "uint16": (None, 2),
    "uint32": (None, 4),
    "uint64": (None, 8),
    "complex32": (None, 4),
    "float8_e4m3fn": (None, 1),
    "float8_e5m2": (None, 1),
    "float8_e4m3fnuz": (None, 1),
    "float8_e5m2fnuz": (None, 1),
    "float8_e8m0fnu": (None, 1),
    "float4_e2m1fn_x2": (None, 1),
}


def contiguous(size):
    """The strides of a tensor that is stored in order."""
    out, n = [], 1
    for d in reversed(size):
        out.append(n)
        n *= max(d, 1)
    return list(reversed(out))


def storage(key, numel, cls="FloatStorage", module="torch", loc="cpu"):
    """The persistent id of a storage."""
    k = key if isinstance(key, bytes) else text(key)
    return tuple_(text("storage"), global_(module, cls), k, text(loc), integer(numel)) + PERSID


def ints(seq):
    """A tuple of ints."""
    return tuple_(*[integer(x) for x in seq])


def tensor(
    key,
    numel,
    size,
    stride=None,
    offset=0,
    dtype="float32",
    meta=None,
    loc="cpu",
    hooks=EMPTY_ORDERED,
    grad=FALSE,
    size_b=None,
    stride_b=None,
    offset_b=None,
    cls=None,
):
    """_rebuild_tensor_v2, or _v3 for a dtype that has no storage class of its own."""
    kind, item = DTYPES[dtype]
    stride = contiguous(size) if stride is None else stride
    sb = ints(size) if size_b is None else size_b
    tb = ints(stride) if stride_b is None else stride_b
    ob = integer(offset) if offset_b is None else offset_b
    tail = [] if meta is None else [meta]
    if kind is None and cls is None:
        st = storage(key, numel * item, "UntypedStorage", "torch.storage", loc)
        return call(
            global_("torch._utils", "_rebuild_tensor_v3"),
            st,
            ob,
            sb,
            tb,
            grad,
            hooks,
            global_("torch", dtype),
            *tail,
        )
    st = storage(key, numel, cls or kind, "torch", loc)
    return call(global_("torch._utils", "_rebuild_tensor_v2"), st, ob, sb, tb, grad, hooks, *tail)
