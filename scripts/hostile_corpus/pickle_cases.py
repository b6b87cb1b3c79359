"""Broken pickles, and those that grow, nest or refer to themselves."""

import struct

from archives import checkpoint
from cases import *
from pickles import *


def pickle_reject():
    T0 = tensor("0", 6, [2, 3])
    P = lambda n, w, b, e, **k: reject(n, "pickle", w, checkpoint(b, STORAGES), e, **k)
    P("pkl_empty", "data.pkl is empty", b"", "truncated")
    P("pkl_no_stop", "no STOP", BASE[:-1], "truncated")
    P("pkl_truncated_op", "ends inside an opcode's argument", proto(2) + b"X\5\0", "truncated")
    P("pkl_truncated_string", "a string longer than what is left", proto(2) + b"X\x10\0\0\0abc", "truncated")
    P("pkl_unknown_opcode", "opcode 0xFF", proto(2) + b"\xff" + STOP, "unsupportedOpcode")
    P("pkl_protocol_6", "PROTO 6", pickled(BASE_BODY, 6), "unsupportedProtocol")
    P("pkl_protocol_255", "PROTO 255", pickled(BASE_BODY, 255), "unsupportedProtocol")
    P("pkl_trailing", "bytes after STOP", BASE + b"\0\0\0\0", "trailingData")
    P("pkl_stop_empty", "STOP with an empty stack", proto(2) + STOP, "stackUnderflow")
    P(
        "pkl_stop_leftover",
        "STOP with two values on the stack",
        proto(2) + integer(1) + BASE_BODY + STOP,
        "stackLeftover",
    )
    P(
        "pkl_stop_open_mark",
        "STOP with a MARK still open",
        proto(2) + MARK + BASE_BODY + STOP,
        "stackLeftover",
    )
    P("pkl_underflow_reduce", "REDUCE on an empty stack", proto(2) + REDUCE + STOP, "stackUnderflow")
    P(
        "pkl_underflow_tuple3",
        "TUPLE3 with two values",
        proto(2) + integer(1) + integer(2) + b"\x87" + STOP,
        "stackUnderflow",
    )
    P(
        "pkl_underflow_past_mark",
        "TUPLE2 that would take values from before the MARK",
        proto(2) + integer(1) + MARK + integer(2) + b"\x86" + b"t" + b"\x86" + STOP,
        "stackUnderflow",
    )
    P("pkl_no_mark", "TUPLE without MARK", proto(2) + integer(1) + b"t" + STOP, "noMark")
    P(
        "pkl_odd_setitems",
        "SETITEMS with an odd number of values",
        proto(2) + EMPTY_DICT + MARK + text("a") + b"u" + STOP,
        "stackUnderflow",
    )
    P(
        "pkl_setitem_on_list",
        "SETITEM on a list",
        proto(2) + EMPTY_LIST + integer(0) + integer(1) + b"s" + STOP,
        "badTarget",
    )
    P("pkl_append_on_dict", "APPEND on a dict", proto(2) + EMPTY_DICT + integer(0) + b"a" + STOP, "badTarget")
    P(
        "pkl_setitem_on_tensor",
        "SETITEM on a tensor (CVE-2026-24747)",
        pickled(T0 + integer(0) + real(1e9) + b"s"),
        "badTarget",
    )
    P(
        "pkl_setitems_on_storage",
        "SETITEMS on a storage (CVE-2026-24747)",
        pickled(storage("0", 6) + MARK + integer(10**6) + real(1.0) + b"u"),
        "badTarget",
    )
    P(
        "pkl_setitem_on_tuple",
        "SETITEM on a tuple",
        pickled(tuple_(integer(1), integer(2)) + integer(0) + integer(9) + b"s"),
        "badTarget",
    )
    P(
        "pkl_build_on_tensor",
        "BUILD on a tensor with a new storage, size and stride",
        pickled(T0 + tuple_(storage("1", 3), integer(0), ints([2, 3]), ints([3, 1])) + BUILD),
        "badTarget",
    )
    P("pkl_build_int", "BUILD on an int", pickled(integer(1) + dict_() + BUILD), "badTarget")
    P("pkl_memo_missing", "BINGET of an index never put", pickled(ordered(("w", get(77)))), "memoMissing")
    P("pkl_put_empty", "BINPUT with an empty stack", proto(2) + put(0) + integer(1) + STOP, "stackUnderflow")
    P("pkl_get_text_negative", "GET of index -1", pickled(ordered(("w", b"g-1\n"))), "badNumber")
    P("pkl_unhashable_key", "a list as a dict key", pickled(dict_((list_(integer(1)), T0))), "badKey")
    P(
        "pkl_duplicate_key",
        "one key twice, with two different tensors",
        pickled(ordered(("w", T0), ("w", tensor("1", 3, [3])))),
        "duplicateKey",
        policy="Python would let the later win; no writer makes such a file",
    )
    P("pkl_bad_utf8", "a string that is not UTF-8", pickled(dict_((b"X\2\0\0\0\xff\xfe", T0))), "badString")
    P(
        "pkl_surrogate",
        "a lone surrogate in a string",
        pickled(dict_((text("\ud800"), T0))),
        "badString",
        policy="Python accepts it; it cannot be printed or written anywhere",
    )
    P(
        "pkl_len_binunicode",
        "BINUNICODE of 4 GiB",
        proto(2) + b"X\xff\xff\xff\xff" + b"a" * 100 + STOP,
        "truncated",
    )
    P(
        "pkl_len_binunicode8",
        "BINUNICODE8 of 2^63",
        proto(4) + b"\x8d" + struct.pack("<Q", 1 << 63) + b"a" + STOP,
        "truncated",
    )
    P(
        "pkl_len_binbytes8",
        "BINBYTES8 of 2^62",
        proto(4) + b"\x8e" + struct.pack("<Q", 1 << 62) + b"a" + STOP,
        "truncated",
    )
    P(
        "pkl_len_bytearray8",
        "BYTEARRAY8 of 2^64 - 1",
        proto(5) + b"\x96" + b"\xff" * 8 + b"a" + STOP,
        "truncated",
    )
    P("pkl_len_long4", "LONG4 of 2 GiB", proto(2) + b"\x8b\xff\xff\xff\x7f" + b"\1" * 50 + STOP, "truncated")
    P(
        "pkl_len_long4_negative",
        "LONG4 of length -1",
        proto(2) + b"\x8b\xff\xff\xff\xff" + b"\1" * 50 + STOP,
        "badNumber",
    )
    P(
        "pkl_len_binstring_negative",
        "BINSTRING of length -1",
        proto(2) + b"T\xff\xff\xff\xff" + b"a" * 50 + STOP,
        "badNumber",
    )
    P(
        "pkl_frame_huge",
        "FRAME of 2^63",
        proto(4) + b"\x95" + struct.pack("<Q", 1 << 63) + BASE_BODY + STOP,
        "badFrame",
    )
    P(
        "pkl_frame_past_end",
        "FRAME longer than what is left",
        proto(4) + b"\x95" + struct.pack("<Q", 10**6) + BASE_BODY + STOP,
        "badFrame",
    )
    P(
        "pkl_frame_cuts_opcode",
        "a frame that ends inside an opcode",
        proto(4) + b"\x95" + struct.pack("<Q", 3) + BASE_BODY + STOP,
        "badFrame",
    )
    P("pkl_int_text", "INT with text that is not a number", proto(2) + b"Iabc\n" + STOP, "badNumber")
    P("pkl_float_text", "FLOAT with text that is not a number", proto(2) + b"Fabc\n" + STOP, "badNumber")
    z = checkpoint(
        proto(2) + EMPTY_DICT + text("n") + b"L" + b"9" * 3_000_000 + b"L\n" + b"s" + STOP, STORAGES
    )
    z.entries[0].method = 8
    reject(
        "pkl_long_3m_digits",
        "pickle",
        "LONG with three million digits (quadratic conversion)",
        z,
        "badNumber",
    )
    z = checkpoint(proto(2) + b"c" + b"m" * 2_000_000 + b"\nname\n" + STOP, STORAGES)
    z.entries[0].method = 8
    reject("pkl_global_2mb", "pickle", "a module name of 2 MB", z, "badString")
    P("pkl_global_no_newline", "GLOBAL without its newlines", proto(2) + b"ctorch", "truncated")
    P(
        "pkl_global_bad_utf8",
        "GLOBAL with bytes that are not UTF-8",
        proto(2) + b"c\xff\xfe\nx\n" + STOP,
        "badString",
    )
    P(
        "pkl_stack_global_ints",
        "STACK_GLOBAL on two ints",
        proto(4) + integer(1) + integer(2) + b"\x93" + STOP,
        "badTarget",
    )
    P(
        "pkl_reduce_non_callable",
        "REDUCE on a string",
        pickled(text("os") + EMPTY_TUPLE + REDUCE),
        "badTarget",
    )
    P(
        "pkl_reduce_args_not_tuple",
        "REDUCE with a dict for arguments",
        pickled(ORDERED_DICT + dict_() + REDUCE),
        "badTarget",
    )
    depth = 100_000
    z = checkpoint(pickled(EMPTY_LIST * depth + b"a" * (depth - 1)), STORAGES)
    z.entries[0].method = 8
    reject(
        "deep_lists",
        "pickle",
        f"lists nested {depth} deep (recursive freeing or printing overflows the stack)",
        z,
        "depthLimit",
    )
    z = checkpoint(pickled(EMPTY_TUPLE + b"\x85" * depth), STORAGES)
    z.entries[0].method = 8
    reject("deep_tuples", "pickle", f"tuples nested {depth} deep", z, "depthLimit")
    z = checkpoint(pickled((EMPTY_DICT + integer(0)) * depth + NONE + b"s" * depth), STORAGES)
    z.entries[0].method = 8
    reject("deep_dicts", "pickle", f"dicts nested {depth} deep", z, "depthLimit")
    z = checkpoint(proto(2) + MARK * 400_000 + STOP, STORAGES)
    z.entries[0].method = 8
    reject("deep_marks", "pickle", "400,000 MARKs", z, "stackLimit")
    z = checkpoint(
        pickled(
            global_("torch._utils", "_rebuild_parameter")
            + put(0)
            + get(0) * 29_999
            + T0
            + (TRUE + EMPTY_ORDERED + b"\x87" + REDUCE) * 30_000
        ),
        STORAGES,
    )
    z.entries[0].method = 8
    reject("deep_parameters", "pickle", "_rebuild_parameter around itself 30,000 times", z, "depthLimit")
    laugh = EMPTY_LIST + MARK + EMPTY_LIST + put(0) + MARK + text("lol") * 10 + b"e"
    for i in range(1, 12):
        laugh += EMPTY_LIST + put(i) + MARK + get(i - 1) * 10 + b"e"
    P(
        "laughs_list",
        "ten lists of ten, eleven levels, by memo: 10^12 values when walked",
        pickled(laugh + b"e"),
        "nodeLimit",
    )
    t = EMPTY_LIST + MARK + text("x") + put(0)
    for i in range(60):
        t += get(i) + get(i) + b"\x86" + put(i + 1)
    P("laughs_tuple", "a pair of itself 60 times by memo: 2^60 values", pickled(t + b"e"), "nodeLimit")
    P(
        "laughs_dup",
        "a pair of itself 60 times by DUP: no memo involved",
        pickled(text("x") + (b"2\x86") * 60),
        "nodeLimit",
    )
    d = EMPTY_DICT + MARK + text("0") + dict_((text("a"), T0), (text("b"), T0)) + put(0)
    for i in range(40):
        d += text(str(i + 1)) + dict_((text("a"), get(i)), (text("b"), get(i))) + put(i + 1)
    P("laughs_dict_tensors", "2^41 tensors when the dicts are walked by path", pickled(d + b"u"), "nodeLimit")
    P(
        "laughs_pop",
        "like laughs_tuple, with POP so that only the last pair is left",
        pickled(text("x") + put(0) + b"".join(b"0" + get(0) + get(0) + b"\x86" + put(0) for _ in range(60))),
        "nodeLimit",
    )
    P(
        "laughs_key",
        "a dict key that is a tuple of 2^40 values when hashed or printed",
        pickled(EMPTY_DICT + MARK + integer(1) + (b"2\x86") * 40 + T0 + b"u"),
        "nodeLimit",
    )
    P("cycle_list", "a list that contains itself", pickled(EMPTY_LIST + put(0) + get(0) + b"a"), "cyclic")
    P(
        "cycle_dict",
        "a dict that contains itself beside a tensor",
        pickled(EMPTY_DICT + put(0) + MARK + text("self") + get(0) + text("w") + T0 + b"u"),
        "cyclic",
    )
    P(
        "cycle_tuple",
        "a list in a tuple in that list",
        pickled(EMPTY_LIST + put(0) + get(0) + b"\x85" + b"a"),
        "cyclic",
    )
    P(
        "cycle_metadata",
        "an OrderedDict whose _metadata is itself",
        pickled(BASE_BODY + put(0) + dict_((text("_metadata"), get(0))) + BUILD),
        "cyclic",
    )
    z = checkpoint(pickled(MARK + (b"K\0\x94" * 700_000) + b"l", 4), STORAGES)
    z.entries[0].method = 8
    reject(
        "memo_700k",
        "pickle",
        "700,000 memo entries from 2 MB",
        z,
        "memoLimit",
        policy="a limit on memo entries",
    )
