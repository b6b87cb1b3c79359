"""Valid files that few writers make: tensors of all kinds, pickles of all protocols."""

import struct

from archives import checkpoint
from cases import *
from pickles import *


def content_accept():
    accept(
        "ok_shared_storage",
        "tensor",
        "views on one storage: slice with step, transpose, expand, tied weights",
        checkpoint(
            pickled(
                ordered(
                    ("a", tensor("0", 6, [2, 3])),
                    ("tied", tensor("0", 6, [2, 3])),
                    ("t", tensor("0", 6, [3, 2], [1, 3])),
                    ("step", tensor("0", 6, [3], [2], 1)),
                    ("row", tensor("0", 6, [3], [1], 3)),
                    ("exp", tensor("0", 6, [4, 2], [0, 1], 2)),
                    ("diag", tensor("0", 6, [2], [4])),
                    ("overlap", tensor("0", 6, [2, 4], [1, 1])),
                )
            ),
            {"0": W},
        ),
        [
            tensor_of(["a"], "float32", [2, 3], W),
            tensor_of(["tied"], "float32", [2, 3], W),
            tensor_of(["t"], "float32", [3, 2], floats(0, 3, 1, 4, 2, 5)),
            tensor_of(["step"], "float32", [3], floats(1, 3, 5)),
            tensor_of(["row"], "float32", [3], floats(3, 4, 5)),
            tensor_of(["exp"], "float32", [4, 2], floats(2, 3) * 4),
            tensor_of(["diag"], "float32", [2], floats(0, 4)),
            tensor_of(["overlap"], "float32", [2, 4], floats(0, 1, 2, 3, 1, 2, 3, 4)),
        ],
    )
    accept(
        "ok_empty_and_scalar",
        "tensor",
        "0-d, empty, and empty-with-other-dims tensors (empty records have no descriptor)",
        checkpoint(
            pickled(
                ordered(
                    ("s", tensor("0", 1, [])),
                    ("e", tensor("1", 0, [0])),
                    ("z", tensor("2", 0, [3, 0, 5])),
                    ("past", tensor("0", 1, [0], [1], 1)),
                )
            ),
            {"0": floats(7), "1": b"", "2": b""},
        ),
        [
            tensor_of(["s"], "float32", [], floats(7)),
            tensor_of(["e"], "float32", [0], b""),
            tensor_of(["z"], "float32", [3, 0, 5], b""),
            tensor_of(["past"], "float32", [0], b""),
        ],
    )
    st, exp, pairs = {}, [], []
    for i, (d, (_, item)) in enumerate(DTYPES.items()):
        raw = bytes([1, 0, 1]) if d == "bool" else bytes((7 * j + i) & 0x7F for j in range(3 * item))
        st[str(i)] = raw
        pairs.append((d, tensor(str(i), 3, [3], dtype=d)))
        exp.append(tensor_of([d], d, [3], raw))
    accept(
        "ok_all_dtypes",
        "tensor",
        "one tensor of each dtype that torch.save writes (typed and untyped storages)",
        checkpoint(pickled(ordered(*pairs)), st),
        exp,
    )
    accept(
        "ok_shared_untyped_bytes",
        "tensor",
        "an fp8 tensor and its uint8 view: one key as UntypedStorage and as ByteStorage",
        checkpoint(
            pickled(
                ordered(
                    ("f8", tensor("0", 4, [4], dtype="float8_e4m3fn")),
                    ("u8", tensor("0", 4, [2], [2], 1, dtype="uint8")),
                )
            ),
            {"0": b"\x38\x40\x44\x48"},
        ),
        [
            tensor_of(["f8"], "float8_e4m3fn", [4], b"\x38\x40\x44\x48"),
            tensor_of(["u8"], "uint8", [2], b"\x40\x48"),
        ],
    )
    param = lambda t: call(global_("torch._utils", "_rebuild_parameter"), t, TRUE, EMPTY_ORDERED)
    pstate = call(
        global_("torch._utils", "_rebuild_parameter_with_state"),
        tensor("1", 3, [3]),
        TRUE,
        EMPTY_ORDERED,
        dict_((text("tag"), text("x"))),
    )
    buf = call(
        global_("torch._tensor", "_rebuild_from_type_v2"),
        global_("torch._utils", "_rebuild_tensor_v2"),
        global_("torch", "Tensor"),
        tuple_(storage("1", 3), integer(0), ints([3]), ints([1]), FALSE, EMPTY_ORDERED),
        dict_((text("persistent"), TRUE), (text("_is_buffer"), TRUE)),
    )
    accept(
        "ok_param_wrappers",
        "tensor",
        "Parameter, Parameter with attributes, Buffer (tensor with attributes)",
        checkpoint(
            pickled(ordered(("w", param(tensor("0", 6, [2, 3]))), ("b", pstate), ("buf", buf))), STORAGES
        ),
        [W_TENSOR, B_TENSOR, tensor_of(["buf"], "float32", [3], B)],
    )
    md = dict_(
        (
            text("_metadata"),
            ordered(("", dict_((text("version"), integer(1)))), ("fc", dict_((text("version"), integer(2))))),
        )
    )
    accept(
        "ok_metadata",
        "pickle",
        "module state dict: OrderedDict with _metadata set by BUILD",
        checkpoint(pickled(BASE_BODY + md + BUILD), STORAGES),
        [W_TENSOR, B_TENSOR],
    )
    nested = dict_(
        (text("epoch"), integer(3)),
        (text("loss"), real(0.25)),
        (text("big"), integer(2**70)),
        (text("neg"), integer(-(2**40))),
        (text("state_dict"), BASE_BODY),
        (text("flags"), tuple_(TRUE, FALSE, NONE)),
        (integer(7), text("int key")),
        (
            text("optimizer"),
            dict_(
                (text("state"), dict_((integer(0), dict_((text("exp_avg"), tensor("1", 3, [3])))))),
                (
                    text("param_groups"),
                    list_(dict_((text("lr"), real(1e-3)), (text("params"), list_(integer(0), integer(1))))),
                ),
            ),
        ),
    )
    accept(
        "ok_nested_checkpoint",
        "pickle",
        "training checkpoint: nested dicts, lists, tuples, int keys, long ints",
        checkpoint(pickled(nested), STORAGES),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
            tensor_of(["optimizer", "state", "0", "exp_avg"], "float32", [3], B),
        ],
    )
    py2 = (
        ORDERED_DICT
        + tuple_(
            list_(
                EMPTY_LIST + MARK + byte_text("w") + tensor("0", 6, [2, 3], hooks=NONE) + b"e",
                EMPTY_LIST + MARK + byte_text("b") + tensor("1", 3, [3], hooks=NONE) + b"e",
            )
        )
        + REDUCE
    )
    accept(
        "ok_python2_odict",
        "pickle",
        "Python 2 form: OrderedDict from a list of [key, value] lists, byte strings, backward_hooks None",
        checkpoint(pickled(py2), STORAGES),
        [W_TENSOR, B_TENSOR],
    )
    v1 = call(
        global_("torch._utils", "_rebuild_tensor"),
        storage("0", 6),
        integer(0),
        ints([2, 3]),
        MARK + b"\x8a\1\3" + b"\x8a\1\1" + b"t",
    )
    accept(
        "ok_rebuild_tensor_v1",
        "tensor",
        "_rebuild_tensor with 4 arguments, strides as LONG1 (torch 0.2 to 0.3)",
        checkpoint(pickled(ordered(("w", v1))), {"0": W}),
        [W_TENSOR],
    )
    accept(
        "ok_memo_everything",
        "pickle",
        "every object memoised, repeated strings fetched with BINGET, as torch does",
        checkpoint(
            proto(2)
            + ORDERED_DICT
            + put(0)
            + EMPTY_TUPLE
            + REDUCE
            + put(1)
            + MARK
            + text("w")
            + put(2)
            + global_("torch._utils", "_rebuild_tensor_v2")
            + put(3)
            + MARK
            + MARK
            + text("storage")
            + put(4)
            + global_("torch", "FloatStorage")
            + put(5)
            + text("0")
            + put(6)
            + text("cpu")
            + put(7)
            + integer(6)
            + b"t"
            + put(8)
            + PERSID
            + integer(0)
            + ints([2, 3])
            + put(9)
            + ints([3, 1])
            + put(10)
            + FALSE
            + get(0)
            + EMPTY_TUPLE
            + REDUCE
            + put(11)
            + b"t"
            + put(12)
            + REDUCE
            + put(13)
            + text("b")
            + put(14)
            + get(3)
            + MARK
            + MARK
            + get(4)
            + get(5)
            + text("1")
            + put(15)
            + get(7)
            + integer(3)
            + b"t"
            + put(16)
            + PERSID
            + integer(0)
            + ints([3])
            + ints([1])
            + FALSE
            + get(0)
            + EMPTY_TUPLE
            + REDUCE
            + put(19)
            + b"t"
            + put(20)
            + REDUCE
            + put(21)
            + b"u"
            + STOP,
            STORAGES,
        ),
        [W_TENSOR, B_TENSOR],
    )
    accept(
        "ok_memo_sparse_index",
        "pickle",
        "memo index 4294967295: the memo must be a map, not an array",
        checkpoint(
            pickled(ordered(("w", tensor("0", 6, [2, 3]) + put(0xFFFFFFFF)), ("again", get(0xFFFFFFFF)))),
            {"0": W},
        ),
        [W_TENSOR, tensor_of(["again"], "float32", [2, 3], W)],
    )
    accept(
        "ok_memo_overwritten",
        "pickle",
        "one memo index put twice; the later wins",
        checkpoint(
            pickled(
                ordered(
                    ("x", text("junk") + put(5)), ("w", tensor("0", 6, [2, 3]) + put(5)), ("again", get(5))
                )
            ),
            {"0": W},
        ),
        [W_TENSOR, tensor_of(["again"], "float32", [2, 3], W)],
    )
    accept(
        "ok_protocol3",
        "pickle",
        "protocol 3 with SHORT_BINBYTES",
        checkpoint(pickled(ordered(("w", tensor("0", 6, [2, 3])), ("raw", b"C\2ab")), 3), {"0": W}),
        [W_TENSOR],
    )
    p4 = framed()
    accept(
        "ok_protocol4",
        "pickle",
        "protocol 4: FRAME, SHORT_BINUNICODE, STACK_GLOBAL, MEMOIZE",
        checkpoint(p4, {"0": W}),
        [W_TENSOR],
    )
    accept(
        "ok_protocol5", "pickle", "protocol 5 with BYTEARRAY8", checkpoint(framed(5), {"0": W}), [W_TENSOR]
    )
    accept(
        "ok_protocol1",
        "pickle",
        "protocol 1: no PROTO opcode, LONG and INT as text, tuples by MARK",
        checkpoint(
            EMPTY_DICT
            + MARK
            + text("w")
            + global_("torch._utils", "_rebuild_tensor_v2")
            + MARK
            + MARK
            + text("storage")
            + global_("torch", "FloatStorage")
            + text("0")
            + text("cpu")
            + integer(6)
            + b"t"
            + PERSID
            + integer(0)
            + MARK
            + integer(2)
            + integer(3)
            + b"t"
            + MARK
            + integer(3)
            + integer(1)
            + b"t"
            + b"I00\n"
            + EMPTY_ORDERED
            + b"t"
            + REDUCE
            + text("n")
            + b"L1000000000000L\n"
            + text("i")
            + b"I-5\n"
            + b"u"
            + STOP,
            {"0": W},
        ),
        [W_TENSOR],
    )
    ns = (
        global_("argparse", "Namespace")
        + EMPTY_TUPLE
        + NEWOBJ
        + dict_((text("lr"), real(0.1)), (text("name"), text("x")))
        + BUILD
    )
    accept(
        "ok_opaque_namespace",
        "pickle",
        "argparse.Namespace under hyper_parameters",
        checkpoint(pickled(dict_((text("hyper_parameters"), ns), (text("state_dict"), BASE_BODY))), STORAGES),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
        policy="an unknown class becomes an opaque object; nothing is ever called",
    )
    cfg = (
        global_("mylib.config", "TrainConfig")
        + tuple_(integer(1), text("a"))
        + REDUCE
        + tuple_(dict_((text("k"), integer(1))), NONE)
        + BUILD
    )
    accept(
        "ok_opaque_unknown_class",
        "pickle",
        "an unknown class built by REDUCE and BUILD with a (dict, slots) state",
        checkpoint(
            pickled(
                dict_(
                    (text("config"), cfg),
                    (text("cls"), global_("mylib.models", "Net")),
                    (text("state_dict"), BASE_BODY),
                )
            ),
            STORAGES,
        ),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
        policy="an unknown class becomes an opaque object; nothing is ever called",
    )
    ncfg = global_("mylib", "C") + EMPTY_TUPLE + dict_((text("kw"), integer(1))) + b"\x92"
    accept(
        "ok_opaque_newobj_ex",
        "pickle",
        "NEWOBJ_EX with keyword arguments on an unknown class, dict and list items set on it",
        checkpoint(
            pickled(
                dict_(
                    (text("c"), ncfg + text("k") + integer(1) + b"s" + integer(2) + b"a"),
                    (text("state_dict"), BASE_BODY),
                ),
                4,
            ),
            STORAGES,
        ),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
        policy="an unknown class becomes an opaque object; nothing is ever called",
    )
    npd = lambda c: (
        call(global_("numpy", "dtype"), text(c), FALSE, TRUE)
        + tuple_(integer(3), text("<"), NONE, NONE, NONE, integer(-1), integer(-1), integer(0))
        + BUILD
    )
    nps = call(global_("numpy._core.multiarray", "scalar"), npd("f8"), raw_bytes(struct.pack("<d", 1.5)))
    npa = (
        call(
            global_("numpy.core.multiarray", "_reconstruct"),
            global_("numpy", "ndarray"),
            tuple_(integer(0)),
            raw_bytes(b"b"),
        )
        + tuple_(integer(1), ints([3]), npd("f4"), FALSE, raw_bytes(floats(0, 1, 2)))
        + BUILD
    )
    accept(
        "ok_numpy",
        "pickle",
        "numpy scalar and array beside the tensors (both module spellings)",
        checkpoint(
            pickled(dict_((text("best"), nps), (text("hist"), npa), (text("state_dict"), BASE_BODY))),
            STORAGES,
        ),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
        policy="numpy values may be decoded or opaque; they are not listed among the tensors",
    )
    misc = dict_(
        (
            text("dd"),
            global_("collections", "defaultdict")
            + tuple_(global_("__builtin__", "list"))
            + REDUCE
            + text("k")
            + list_(integer(1))
            + b"s",
        ),
        (text("cnt"), call(global_("collections", "Counter"), dict_((text("a"), integer(2))))),
        (text("set"), call(global_("__builtin__", "set"), list_(integer(1), integer(2)))),
        (text("size"), call(global_("torch", "Size"), ints([1, 2]))),
        (text("dtype"), global_("torch", "float16")),
        (text("dev"), call(global_("torch", "device"), text("cuda"), integer(1))),
        (text("cplx"), call(global_("__builtin__", "complex"), real(1.0), real(2.0))),
        (text("bytes"), raw_bytes(b"\0\xff")),
        (text("ba"), call(global_("__builtin__", "bytearray"), raw_bytes(b"ab"))),
        (text("layout"), call(global_("torch.serialization", "_get_layout"), text("torch.strided"))),
        (text("state_dict"), BASE_BODY),
    )
    accept(
        "ok_misc_values",
        "pickle",
        "defaultdict, Counter, set, Size, dtype, device, complex, bytes, bytearray, layout",
        checkpoint(pickled(misc), STORAGES),
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
    )
    accept(
        "ok_cuda_location",
        "tensor",
        "storage location 'cuda:7': data are on disk all the same",
        checkpoint(pickled(ordered(("w", tensor("0", 6, [2, 3], loc="cuda:7")))), {"0": W}),
        [W_TENSOR],
    )
    accept(
        "ok_conj_neg",
        "tensor",
        "conj and neg bits in the metadata dict must be resolved",
        checkpoint(
            pickled(
                ordered(
                    ("c", tensor("0", 1, [1], dtype="complex64", meta=dict_((text("conj"), TRUE)))),
                    ("n", tensor("1", 2, [1], [2], 1, meta=dict_((text("neg"), TRUE)))),
                )
            ),
            {"0": floats(1, 2), "1": floats(1, 2)},
        ),
        [tensor_of(["c"], "complex64", [1], floats(1, -2)), tensor_of(["n"], "float32", [1], floats(-2))],
    )
    meta = call(
        global_("torch._utils", "_rebuild_meta_tensor_no_storage"),
        global_("torch", "float32"),
        ints([2, 3]),
        ints([3, 1]),
        FALSE,
    )
    accept(
        "ok_meta_tensor",
        "tensor",
        "a meta tensor: shape and dtype, no data; the others still load",
        checkpoint(pickled(ordered(("m", meta), ("w", tensor("0", 6, [2, 3])))), {"0": W}),
        [W_TENSOR],
    )
    sp = call(
        global_("torch._utils", "_rebuild_sparse_tensor"),
        call(global_("torch.serialization", "_get_layout"), text("torch.sparse_coo")),
        tuple_(
            tensor("1", 6, [2, 3], dtype="int64"),
            tensor("2", 3, [3]),
            call(global_("torch", "Size"), ints([3, 3])),
            TRUE,
        ),
    )
    accept(
        "ok_sparse_coo",
        "tensor",
        "a sparse COO tensor beside a dense one",
        checkpoint(
            pickled(ordered(("w", tensor("0", 6, [2, 3])), ("sp", sp))),
            {"0": W, "1": struct.pack("<6q", 0, 1, 2, 0, 1, 2), "2": floats(1, 1, 1)},
        ),
        [W_TENSOR],
        optional=True,
    )
    q = call(
        global_("torch._utils", "_rebuild_qtensor"),
        storage("1", 3, "QInt8Storage"),
        integer(0),
        ints([3]),
        ints([1]),
        tuple_(global_("torch", "per_tensor_affine"), real(0.5), integer(1)),
        FALSE,
        EMPTY_ORDERED,
    )
    accept(
        "ok_qtensor",
        "tensor",
        "a quantised tensor beside a dense one",
        checkpoint(pickled(ordered(("w", tensor("0", 6, [2, 3])), ("q", q))), {"0": W, "1": b"\1\2\3"}),
        [W_TENSOR],
        optional=True,
    )
    accept(
        "ok_bare_tensor",
        "pickle",
        "the root is a tensor",
        checkpoint(pickled(tensor("0", 6, [2, 3])), {"0": W}),
        [tensor_of([], "float32", [2, 3], W)],
    )
    accept(
        "ok_list_root",
        "pickle",
        "the root is a list of tensors",
        checkpoint(pickled(list_(tensor("0", 6, [2, 3]), tensor("1", 3, [3]))), STORAGES),
        [tensor_of(["0"], "float32", [2, 3], W), tensor_of(["1"], "float32", [3], B)],
    )
    accept(
        "ok_no_tensors",
        "pickle",
        "a valid archive without any tensor",
        checkpoint(pickled(dict_((text("epoch"), integer(1)))), {}),
        [],
    )
    accept(
        "ok_name_collision",
        "pickle",
        "{'a.b': t1, 'a': {'b': t2}}: two tensors whose dotted names are the same",
        checkpoint(
            pickled(
                dict_(
                    (text("a.b"), tensor("0", 6, [2, 3])),
                    (text("a"), dict_((text("b"), tensor("1", 3, [3])))),
                )
            ),
            STORAGES,
        ),
        [tensor_of(["a.b"], "float32", [2, 3], W), tensor_of(["a", "b"], "float32", [3], B)],
        policy="both tensors must be reachable; neither may hide the other",
    )
    names = ["", "a\nb", "\x1b[31mred\x1b[0m", "\u202egnp", "..", "a/b", "nul\0nul", "\u00fc" * 300]
    accept(
        "ok_weird_names",
        "pickle",
        "empty name, newline, escape sequences, bidi mark, '..', NUL, a long one: "
        "to be kept, and escaped when printed",
        checkpoint(pickled(ordered(*[(n, tensor("0", 6, [2, 3])) for n in names])), {"0": W}),
        [tensor_of([n], "float32", [2, 3], W) for n in names],
    )
    many = dict_(*[(integer(k) if k % 2 else real(float(k)), tensor("1", 3, [3])) for k in range(4)])
    accept(
        "ok_number_keys",
        "pickle",
        "dict keys that are ints and floats",
        checkpoint(pickled(many), {"1": B}),
        [
            tensor_of(["0.0"], "float32", [3], B),
            tensor_of(["1"], "float32", [3], B),
            tensor_of(["2.0"], "float32", [3], B),
            tensor_of(["3"], "float32", [3], B),
        ],
    )
    big = EMPTY_LIST + MARK + b"K\1" * 2_000_000 + b"e"
    z = checkpoint(pickled(dict_((text("ids"), big), (text("state_dict"), BASE_BODY))), STORAGES)
    z.find("data.pkl").method = 8
    accept(
        "ok_two_million_ints",
        "pickle",
        "a list of two million ints (pickle of 4 MB, deflated to a few KB)",
        z,
        [
            tensor_of(["state_dict", "w"], "float32", [2, 3], W),
            tensor_of(["state_dict", "b"], "float32", [3], B),
        ],
    )
    n = 1200
    accept(
        "ok_many_tensors",
        "tensor",
        "1200 tensors on one storage, SETITEMS in batches of 1000",
        checkpoint(
            pickled(
                EMPTY_DICT
                + b"".join(
                    MARK
                    + b"".join(
                        text(f"t{i}") + tensor("0", 6, [3], [1], i % 4) for i in range(a, min(a + 1000, n))
                    )
                    + b"u"
                    for a in range(0, n, 1000)
                )
            ),
            {"0": W},
        ),
        [tensor_of([f"t{i}"], "float32", [3], floats(*[(i % 4) + j for j in range(3)])) for i in range(n)],
    )
    accept(
        "ok_nested_90_deep",
        "pickle",
        "dicts nested 90 deep",
        checkpoint(
            pickled((EMPTY_DICT + MARK + text("d")) * 90 + tensor("0", 6, [2, 3]) + b"u" * 90), {"0": W}
        ),
        [tensor_of(["d"] * 90, "float32", [2, 3], W)],
    )


def framed(p=4):
    sg = lambda m, n: short_text(m) + b"\x94" + short_text(n) + b"\x94" + b"\x93" + b"\x94"
    b = (
        EMPTY_DICT
        + b"\x94"
        + MARK
        + short_text("w")
        + b"\x94"
        + sg("torch._utils", "_rebuild_tensor_v2")
        + MARK
        + MARK
        + short_text("storage")
        + b"\x94"
        + sg("torch", "FloatStorage")
        + short_text("0")
        + b"\x94"
        + short_text("cpu")
        + b"\x94"
        + integer(6)
        + b"t"
        + b"\x94"
        + PERSID
        + integer(0)
        + ints([2, 3])
        + b"\x94"
        + ints([3, 1])
        + b"\x94"
        + FALSE
        + sg("collections", "OrderedDict")
        + EMPTY_TUPLE
        + REDUCE
        + b"\x94"
        + b"t"
        + b"\x94"
        + REDUCE
        + b"\x94"
        + (short_text("ba") + b"\x94" + b"\x96" + struct.pack("<Q", 3) + b"abc" + b"\x94" if p == 5 else b"")
        + b"u"
        + STOP
    )
    return proto(p) + b"\x95" + struct.pack("<Q", len(b)) + b
