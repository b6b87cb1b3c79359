"""Tensors and storages that are not what they say."""

import struct

from cases import *
from pickles import *


def tensor_reject():
    big = 1 << 40
    one_tensor(
        "t_numel_more",
        "the persistent id claims more elements than the record holds (CVE-2026-24747)",
        tensor("0", 1000, [1000]),
        "storageSizeMismatch",
    )
    one_tensor(
        "t_numel_less",
        "the persistent id claims fewer elements than the record holds",
        tensor("0", 4, [4]),
        "storageSizeMismatch",
    )
    one_tensor("t_numel_negative", "numel is -1", tensor("0", -1, [0]), "badPersistentId")
    one_tensor("t_numel_2_62", "numel is 2^62", tensor("0", 1 << 62, [1]), "storageSizeMismatch")
    one_tensor("t_numel_2_70", "numel does not fit in 64 bits", tensor("0", 1 << 70, [1]), "badPersistentId")
    one_tensor(
        "t_numel_float", "numel is a float", tensor_on(storage_raw(numel=real(6.0))), "badPersistentId"
    )
    one_tensor(
        "t_oob_by_one",
        "the view ends one element past the storage",
        tensor("0", 6, [2, 3], [3, 1], 1),
        "outOfBounds",
    )
    one_tensor(
        "t_oob_stride", "a stride reaches past the storage", tensor("0", 6, [2, 3], [4, 1]), "outOfBounds"
    )
    one_tensor("t_oob_offset", "the offset is past the storage", tensor("0", 6, [1], [1], 6), "outOfBounds")
    one_tensor("t_offset_negative", "a negative offset", tensor("0", 6, [1], [1], -1), "badOffset")
    one_tensor("t_offset_2_63", "offset 2^63", tensor("0", 6, [1], [1], 1 << 63), "badOffset")
    one_tensor(
        "t_offset_wraps_bytes",
        "offset times item size wraps to 0 in 64 bits",
        tensor("0", 6, [2, 3], [3, 1], 1 << 62),
        "outOfBounds",
    )
    one_tensor("t_size_negative", "a negative size", tensor("0", 6, [-2, -3], [3, 1]), "badShape")
    one_tensor("t_stride_negative", "a negative stride", tensor("0", 6, [3], [-1], 2), "badStride")
    one_tensor(
        "t_size_overflow",
        "sizes whose product wraps to 0 in 64 bits",
        tensor("0", 6, [1 << 32, 1 << 32], [0, 0]),
        "overflow",
    )
    one_tensor(
        "t_size_overflow_small",
        "sizes whose product wraps to 6 in 64 bits",
        tensor("0", 6, [(1 << 63) + 3, 2], [0, 0]),
        "badShape",
    )
    one_tensor(
        "t_bytes_overflow",
        "numel fits in 64 bits, numel times item size does not",
        tensor("0", 6, [1 << 62], [0]),
        "overflow",
    )
    one_tensor(
        "t_stride_overflow",
        "(size - 1) * stride wraps around",
        tensor("0", 6, [3, 3], [1 << 63 - 1, 1]),
        "outOfBounds",
    )
    one_tensor(
        "t_stride_overflow_sum",
        "two stride terms that sum to a small number modulo 2^64",
        tensor("0", 6, [3, 3], [1 << 62, 1 << 62]),
        "outOfBounds",
    )
    one_tensor(
        "t_expand_bomb",
        "one element expanded to 2^40: valid as a view, 4 TiB when copied",
        tensor("0", 6, [big], [0]),
        "resourceLimit",
    )
    one_tensor(
        "t_zero_size_overflow",
        "a zero dimension beside dimensions whose product overflows",
        tensor("0", 6, [0, 1 << 62, 1 << 62], [1, 1, 1]),
        "overflow",
        policy="empty, hence harmless, but no writer makes it; torch accepts",
    )
    one_tensor("t_rank_mismatch", "two sizes and one stride", tensor("0", 6, [2, 3], [1]), "badStride")
    one_tensor(
        "t_rank_10000", "ten thousand dimensions of 1", tensor("0", 6, [1] * 10_000, [1] * 10_000), "badShape"
    )
    one_tensor(
        "t_size_list",
        "size is a list",
        tensor("0", 6, [2, 3], size_b=list_(integer(2), integer(3))),
        "badShape",
        policy="torch takes a list; no writer makes one",
    )
    one_tensor(
        "t_size_bool",
        "a size that is True",
        tensor("0", 6, [1], size_b=tuple_(TRUE)),
        "badShape",
        policy="torch takes a bool for an int; no writer makes one",
    )
    one_tensor(
        "t_size_float", "a size that is a float", tensor("0", 6, [1], size_b=tuple_(real(2.0))), "badShape"
    )
    one_tensor(
        "t_size_string", "a size that is a string", tensor("0", 6, [1], size_b=tuple_(text("2"))), "badShape"
    )
    one_tensor("t_size_none", "size is None", tensor("0", 6, [1], size_b=NONE), "badShape")
    one_tensor("t_offset_string", "offset is a string", tensor("0", 6, [1], offset_b=text("0")), "badOffset")
    one_tensor(
        "t_storage_unknown",
        "storage class torch.QuantumStorage",
        tensor("0", 6, [2, 3], cls="QuantumStorage"),
        "unknownStorage",
    )
    one_tensor(
        "t_storage_other_module",
        "storage class FloatStorage of another module",
        tensor_on(storage_raw(cls=global_("evil", "FloatStorage"))),
        "unknownStorage",
    )
    one_tensor(
        "t_storage_is_string",
        "the storage class is a string",
        tensor_on(storage_raw(cls=text("FloatStorage"))),
        "unknownStorage",
    )
    one_tensor(
        "t_dtype_unknown",
        "dtype torch.float3 on an untyped storage",
        call(
            global_("torch._utils", "_rebuild_tensor_v3"),
            storage("0", 24, "UntypedStorage", "torch.storage"),
            integer(0),
            ints([6]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
            global_("torch", "float3"),
        ),
        "unknownDtype",
    )
    one_tensor(
        "t_dtype_not_dtype",
        "dtype is a string",
        call(
            global_("torch._utils", "_rebuild_tensor_v3"),
            storage("0", 24, "UntypedStorage", "torch.storage"),
            integer(0),
            ints([6]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
            text("float32"),
        ),
        "unknownDtype",
    )
    one_tensor(
        "t_untyped_ragged",
        "uint16 view of an untyped storage of 5 bytes reaches past its end",
        call(
            global_("torch._utils", "_rebuild_tensor_v3"),
            storage("0", 5, "UntypedStorage", "torch.storage"),
            integer(0),
            ints([3]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
            global_("torch", "uint16"),
        ),
        "outOfBounds",
        {"0": b"abcde"},
    )
    one_tensor("t_key_missing", "no record for the storage key", tensor("5", 6, [2, 3]), "missingRecord")
    one_tensor(
        "t_key_traversal", "storage key '../version'", tensor("../version", 6, [2, 3]), "badPersistentId"
    )
    one_tensor("t_key_path", "storage key '/etc/passwd'", tensor("/etc/passwd", 6, [2, 3]), "badPersistentId")
    one_tensor("t_key_empty", "an empty storage key", tensor("", 6, [2, 3]), "badPersistentId")
    one_tensor(
        "t_key_int",
        "a storage key that is an int",
        tensor(integer(0), 6, [2, 3]),
        "badPersistentId",
        policy="torch formats it into the name; no writer makes one",
    )
    one_tensor(
        "t_key_pickle",
        "a storage key that leads to the pickle itself",
        tensor("../data.pkl", 40, [40]),
        "badPersistentId",
    )
    one_tensor(
        "t_pid_short",
        "a persistent id of three parts",
        tensor_on(tuple_(text("storage"), global_("torch", "FloatStorage"), text("0")) + PERSID),
        "badPersistentId",
    )
    one_tensor(
        "t_pid_long",
        "a persistent id of seven parts",
        tensor_on(
            MARK
            + text("storage")
            + global_("torch", "FloatStorage")
            + text("0")
            + text("cpu")
            + integer(6)
            + NONE
            + NONE
            + b"t"
            + PERSID
        ),
        "badPersistentId",
    )
    one_tensor(
        "t_pid_tag",
        "a persistent id tagged 'weights'",
        tensor_on(
            tuple_(text("weights"), global_("torch", "FloatStorage"), text("0"), text("cpu"), integer(6))
            + PERSID
        ),
        "badPersistentId",
    )
    one_tensor(
        "t_pid_string",
        "a persistent id that is a string",
        tensor_on(text("storage") + PERSID),
        "badPersistentId",
    )
    one_tensor(
        "t_pid_int", "a persistent id that is an int", tensor_on(integer(0) + PERSID), "badPersistentId"
    )
    one_pickle(
        "t_conflict_dtype",
        "tensor",
        "one storage key with two storage classes",
        ordered(("w", tensor("0", 6, [6])), ("i", tensor("0", 3, [3], dtype="int64"))),
        "storageConflict",
        {"0": W},
    )
    one_pickle(
        "t_conflict_numel",
        "tensor",
        "one storage key with two sizes",
        ordered(("w", tensor("0", 6, [6])), ("v", tensor("0", 600, [600]))),
        "storageConflict",
        {"0": W},
    )
    one_tensor(
        "t_args_few",
        "_rebuild_tensor_v2 with two arguments",
        call(global_("torch._utils", "_rebuild_tensor_v2"), storage("0", 6), integer(0)),
        "badArguments",
    )
    one_tensor(
        "t_args_many",
        "_rebuild_tensor_v2 with twelve arguments",
        call(
            global_("torch._utils", "_rebuild_tensor_v2"),
            storage("0", 6),
            integer(0),
            ints([6]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
            *[NONE] * 6,
        ),
        "badArguments",
    )
    one_tensor(
        "t_storage_not_storage",
        "a dict where the storage belongs",
        call(
            global_("torch._utils", "_rebuild_tensor_v2"),
            dict_(),
            integer(0),
            ints([6]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
        ),
        "badArguments",
    )
    one_tensor(
        "t_parameter_of_int",
        "_rebuild_parameter of an int",
        call(global_("torch._utils", "_rebuild_parameter"), integer(3), TRUE, EMPTY_ORDERED),
        "badArguments",
    )
    one_tensor(
        "t_metadata_unknown",
        "a metadata dict with an unknown bit",
        tensor("0", 6, [2, 3], meta=dict_((text("zzz"), TRUE))),
        "badArguments",
        policy="torch ignores it; a bit that changes values must not be skipped",
    )
    one_tensor(
        "t_unknown_rebuild",
        "torch._utils._rebuild_tensor_v9",
        call(
            global_("torch._utils", "_rebuild_tensor_v9"),
            storage("0", 6),
            integer(0),
            ints([6]),
            ints([1]),
            FALSE,
            EMPTY_ORDERED,
        ),
        "unsupportedTensor",
    )
    sp = lambda idx: call(
        global_("torch._utils", "_rebuild_sparse_tensor"),
        call(global_("torch.serialization", "_get_layout"), text("torch.sparse_coo")),
        tuple_(
            tensor("1", 6, [2, 3], dtype="int64"),
            tensor("0", 6, [3]),
            call(global_("torch", "Size"), ints([3, 3])),
            TRUE,
        ),
    )
    one_tensor(
        "t_sparse_index_oob",
        "a sparse tensor with an index outside its shape",
        sp(0),
        "outOfBounds",
        {"0": W, "1": struct.pack("<6q", 0, 1, 1 << 40, 0, 1, -7)},
        policy="an 'unsupported sparse layout' error will do",
    )
    one_tensor(
        "t_qtensor_axis",
        "a per-channel quantised tensor with axis 9",
        call(
            global_("torch._utils", "_rebuild_qtensor"),
            storage("1", 3, "QInt8Storage"),
            integer(0),
            ints([3]),
            ints([1]),
            tuple_(
                global_("torch", "per_channel_affine"), tensor("0", 6, [6]), tensor("0", 6, [6]), integer(9)
            ),
            FALSE,
            EMPTY_ORDERED,
        ),
        "outOfBounds",
        {"0": W, "1": b"\1\2\3"},
        policy="an 'unsupported quantised tensor' error will do",
    )
    one_pickle(
        "t_many_claims",
        "tensor",
        "400 tensors of 2^38 elements each on one small storage, by stride 0",
        ordered(*[(f"w{i}", tensor("0", 6, [1 << 38], [0])) for i in range(400)]),
        "resourceLimit",
        {"0": W},
    )


def storage_raw(cls=None, numel=None):
    return (
        tuple_(
            text("storage"),
            cls or global_("torch", "FloatStorage"),
            text("0"),
            text("cpu"),
            numel or integer(6),
        )
        + PERSID
    )


def tensor_on(st):
    return call(
        global_("torch._utils", "_rebuild_tensor_v2"),
        st,
        integer(0),
        ints([6]),
        ints([1]),
        FALSE,
        EMPTY_ORDERED,
    )
