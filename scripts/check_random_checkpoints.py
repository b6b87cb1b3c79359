#!/usr/bin/env python3
"""Compares what coverify reads from random checkpoints with what PyTorch put into them.

    scripts/check_random_checkpoints.py COVERIFY [--seeds 200] [--first 0] [--keep FOLDER]

Each seed makes a few tensors of any element type, shape and strides, some on one storage, some
quantized, sparse, nested, conjugated or on no device at all, wraps them as training scripts do, and
saves them in one of the containers: the zip of torch.save with any protocol and option, repacked and
deflated, the legacy file, safetensors, npy and npz. Every tensor has to be found with its type, shape
and bytes.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import hashlib  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import pickle  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
import zipfile  # noqa: E402
from argparse import Namespace  # noqa: E402
from collections import Counter, OrderedDict  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from random import Random  # noqa: E402
from typing import Any  # noqa: E402

import dill  # noqa: E402
import numpy  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402
from torch.utils.serialization import config as serialization  # noqa: E402

FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
SMALL = [
    torch.float8_e4m3fn,
    torch.float8_e5m2,
    torch.float8_e4m3fnuz,
    torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu,
]
# Types without arithmetic; PyTorch copies and compares them only as bytes.
BITS = [torch.bits8, torch.bits1x8, torch.bits2x4, torch.bits4x2, torch.bits16, torch.float4_e2m1fn_x2]
COMPLEX = [torch.complex32, torch.complex64, torch.complex128]
INTEGERS = [torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8]
UNSIGNED = [torch.uint16, torch.uint32, torch.uint64]
TYPES = [*FLOATS, *SMALL, *BITS, *COMPLEX, *INTEGERS, *UNSIGNED, torch.bool]
PACKED = {torch.quint4x2: 4, torch.quint2x4: 2}
NUMPY = [torch.float64, torch.float32, torch.float16, *INTEGERS, *UNSIGNED, torch.bool]

# A tensor, by what inspect has to say about it.
Row = tuple[str, str, tuple[int, ...], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep the files that are read wrongly in FOLDER")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    done: Counter[str] = Counter()
    failed = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        with tempfile.TemporaryDirectory(prefix="coverify-") as temporary:
            folder = (arguments.keep or Path(temporary)) / str(seed)
            folder.mkdir(parents=True, exist_ok=True)
            kind, file, rows = make(seed, folder)
            done[kind] += 1
            problem = compare(arguments.coverify, file, rows)
            if problem:
                failed.append(seed)
                print(f"seed {seed} ({kind}): {problem}")
            elif arguments.keep:
                file.unlink()
    print(", ".join(f"{count} {kind}" for kind, count in sorted(done.items())))
    print(f"{arguments.seeds - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


def compare(program: Path, file: Path, rows: list[Row]) -> str | None:
    """What is wrong with the way a file is read; None where nothing is."""
    command = [program, "inspect", file, "--sha256", "--format", "json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return f"exit {run.returncode}: {run.stderr.strip()}"
    document = json.loads(run.stdout)
    document = document[0] if isinstance(document, list) else document
    found = Counter(
        (row["path"], row["dtype"], tuple(row["shape"]), row.get("sha256", "")) for row in document["tensors"]
    )
    expected = Counter(rows)
    missing, extra = expected - found, found - expected
    if missing or extra:
        return f"missing {list(missing)}, not expected {list(extra)}"
    return None


def digest(tensor: Tensor) -> str:
    """The hash of the elements in row-major order, as they would be saved by themselves."""
    dense = tensor.detach()
    if dense.dtype in PACKED:
        dense = unpacked(dense)
    elif dense.is_quantized:
        dense = dense.int_repr()
    dense = dense.to_dense() if dense.layout != torch.strided else dense
    dense = dense.resolve_conj().resolve_neg()
    if dense.dtype in BITS:
        dense = dense.view({1: torch.uint8, 2: torch.int16}[dense.element_size()])
    # What is contiguous may still have any stride on an axis of one element; this has not.
    flat = torch.empty(dense.numel(), dtype=dense.dtype).copy_(dense.reshape(-1))
    return hashlib.sha256(flat.view(torch.uint8).numpy().tobytes()).hexdigest()


def unpacked(tensor: Tensor) -> Tensor:
    """The integers of a quantized tensor that has several of them in each byte, the lowest bits first."""
    bits = PACKED[tensor.dtype]
    stored = torch.tensor(tensor.untyped_storage().tolist(), dtype=torch.uint8)
    parts = [stored >> shift & 2**bits - 1 for shift in range(0, 8, bits)]
    return torch.stack(parts, 1).reshape(-1)[: tensor.numel()]


def row(path: str, tensor: Tensor) -> Row:
    name = str(tensor.dtype).removeprefix("torch.")
    return (path, name, tuple(tensor.shape), "" if tensor.is_meta else digest(tensor))


def parts_of(path: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    """What is listed of a tensor: the tensor, or the rows of a nested one."""
    if tensor.is_nested:
        return [(f"{path}.{index}", part) for index, part in enumerate(tensor.unbind())]
    return [(path, tensor)]


def rows_of(path: str, tensor: Tensor) -> list[Row]:
    return [row(name, part) for name, part in parts_of(path, tensor)]


def numbers(random: Random, shape: list[int], dtype: torch.dtype) -> Tensor:
    """Elements of any type, bit patterns of every kind among them."""
    generator = torch.Generator().manual_seed(random.randrange(2**31))
    if dtype == torch.bool:
        return torch.rand(shape, generator=generator) < 0.5
    if 0 in shape:
        return torch.empty(shape, dtype=dtype)
    width = torch.empty((), dtype=dtype).element_size()
    patterns = torch.randint(0, 256, [width * math.prod(shape)], generator=generator, dtype=torch.uint8)
    return patterns.view(dtype).reshape(shape)


def plain(random: Random) -> Tensor:
    shape = [random.choice([1, 2, 3, 5, 7]) for _ in range(random.randrange(5))]
    if shape and random.random() < 0.05:
        shape[random.randrange(len(shape))] = 0
    return numbers(random, shape, random.choice(TYPES))


def view(random: Random, tensor: Tensor) -> Tensor:
    """Another view of the same storage."""
    for _ in range(random.randrange(4)):
        if not tensor.dim() or not tensor.numel():
            break
        axis = random.randrange(tensor.dim())
        match random.randrange(5):
            case 0:
                tensor = tensor.transpose(axis, random.randrange(tensor.dim()))
            case 1:
                tensor = tensor.narrow(axis, start := random.randrange(tensor.shape[axis]), 1 + random.randrange(tensor.shape[axis] - start))
            case 2:
                tensor = tensor.select(axis, random.randrange(tensor.shape[axis]))
            case 3:
                tensor = tensor.unsqueeze(axis).expand(*tensor.shape[:axis], 3, *tensor.shape[axis:])
            case _:
                tensor = tensor[tuple(slice(None, None, 2) if i == axis else slice(None) for i in range(tensor.dim()))]
    return tensor


def special(random: Random) -> Tensor:
    """A tensor that is more than a view of a storage."""
    real = torch.randn(3, 4, generator=torch.Generator().manual_seed(random.randrange(2**31)))
    blocks = torch.where(torch.rand(2, 2).repeat_interleave(2, 0).repeat_interleave(3, 1) > 0.5, torch.randn(4, 6), 0.0)
    match random.randrange(19):
        case 0:
            return torch.quantize_per_tensor(real, 0.05, 3, random.choice([torch.qint8, torch.quint8, torch.qint32]))
        case 1:
            scales, zeros = torch.rand(4).double() + 0.01, torch.arange(4)
            return torch.quantize_per_channel(real, scales, zeros, 1, torch.qint8)
        case 2:
            return (real * (real > 0)).to_sparse()
        case 3:
            return (real * (real > 0)).to_sparse_csr()
        case 4:
            return (real * (real > 0)).to_sparse_csc()
        case 5:
            return torch.view_as_complex(torch.randn(3, 4, 2)).conj()
        case 6:
            return torch.view_as_complex(torch.randn(3, 4, 2)).conj().imag
        case 7:
            return torch.empty(2, 3, device="meta")
        case 8:
            return blocks.to_sparse_bsr((2, 3))
        case 9:
            return blocks.to_sparse_bsc((2, 3))
        case 10:
            return torch.stack([real, real]).to_sparse_csr()
        case 11:
            kind = random.choice([torch.quint4x2, torch.quint2x4])
            return torch.quantize_per_channel(real, torch.rand(3) + 0.1, torch.zeros(3), 0, kind)
        case 12:
            return torch.nested.nested_tensor([real, real[1:], real[:0]])
        case 13:
            parts = torch.nested.nested_tensor([real, real[1:]], layout=torch.jagged)
            return parts.transpose(1, 2) if random.random() < 0.5 else parts
        case 14:
            numbers = real.flatten().to(random.choice([torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.complex64]))
            return torch.sparse_coo_tensor(torch.randint(0, 4, (2, 12)), numbers, (4, 5))
        case 15:
            batch = torch.stack([blocks, -blocks]).reshape(1, 2, 4, 6)
            return random.choice([batch.to_sparse_bsr((2, 3)), batch.to_sparse_bsc((2, 3)), batch.to_sparse_csc()])
        case 16:
            return torch.stack([blocks, blocks], -1).to_sparse_bsr((2, 3), dense_dim=1)
        case 17:
            return torch._neg_view(torch.arange(-3, 4).to(random.choice(INTEGERS)))
        case _:
            return nn.Parameter(real, requires_grad=random.random() < 0.5)


def tensors(random: Random) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for index in range(1 + random.randrange(6)):
        chance = random.random()
        if found and chance < 0.3:
            tensor = random.choice(list(found.values()))
            strided = tensor.layout == torch.strided and not tensor.is_nested and not tensor.is_quantized and not tensor.is_meta
            tensor = view(random, tensor.detach()) if strided else tensor
        elif chance < 0.5:
            tensor = special(random)
        else:
            tensor = view(random, plain(random))
        found[f"layer{index}.weight"] = tensor
    return found


def wrapped(random: Random, found: dict[str, Tensor]) -> tuple[Any, list[Row]]:
    """The tensors in an object as training scripts save it."""

    def rows(prefix: str) -> list[Row]:
        return [row for name, tensor in found.items() for row in rows_of(prefix + name, tensor)]

    match random.randrange(6):
        case 0:
            return OrderedDict(found), rows("")
        case 1:
            state = {"state_dict": found, "epoch": 3, "lr": 0.1, "args": Namespace(size=(1, 2), path="x")}
            return state, rows("state_dict.")
        case 2:
            extras = {"steps": numpy.int64(5), "array": numpy.arange(4.0), "none": None, "big": 2**70}
            return {"extras": extras, "model": found, "flags": {1, 2}, 3: "three"}, rows("model.")
        case 3:
            return [found], rows("0.")
        case 4:
            return (found, found), rows("0.") + rows("1.")
        case _:
            optimizer = {"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"params": [0]}]}
            extra = row("optimizer.state.0.step", torch.tensor(1.0))
            return {"model": found, "optimizer": optimizer}, [*rows("model."), extra]


def make(seed: int, folder: Path) -> tuple[str, Path, list[Row]]:
    random = Random(seed)
    torch.manual_seed(seed)
    makers: dict[str, Callable[[Random, Path], list[Row]]] = {
        "zip": save_zip,
        "repacked zip": save_repacked,
        "legacy": save_legacy,
        "safetensors": save_safetensors,
        "npy": save_npy,
        "npz": save_npz,
        "whole module": save_module,
    }
    kind = random.choices(list(makers), [6, 2, 3, 1, 1, 1, 1])[0]
    # The name says nothing: the kind is told from the bytes.
    file = folder / "file.bin"
    return kind, file, makers[kind](random, file)


def save_zip(random: Random, file: Path, sums: bool = False) -> list[Row]:
    value, rows = wrapped(random, tensors(random))
    serialization.save.storage_alignment = random.choice([64, 64, 1, 8, 4096])
    torch.serialization.set_crc32_options(sums or random.random() < 0.9)
    torch.save(value, file, pickle_protocol=random.choice([2, 2, 2, 3, 4, 5]), pickle_module=random.choice([pickle, pickle, dill]))
    return rows


def save_repacked(random: Random, file: Path) -> list[Row]:
    # Python's zipfile reads no entry whose checksum was left out.
    rows = save_zip(random, file, sums=True)
    with zipfile.ZipFile(file) as archive:
        records = [(info.filename, archive.read(info)) for info in archive.infolist()]
    method = random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in records:
            archive.writestr(name, content)
    return rows


def save_legacy(random: Random, file: Path) -> list[Row]:
    value, rows = wrapped(random, tensors(random))
    torch.save(value, file, _use_new_zipfile_serialization=False, pickle_protocol=random.choice([2, 2, 3, 4]))
    return rows


def save_safetensors(random: Random, file: Path) -> list[Row]:
    types = [*FLOATS, *SMALL, *INTEGERS, *UNSIGNED, torch.bool, torch.complex64]
    found = {
        f"w{index}": numbers(random, [random.choice([0, 1, 2, 3, 5]) for _ in range(random.randrange(4))], random.choice(types))
        for index in range(1 + random.randrange(5))
    }
    found["pairs"] = numbers(random, [3, 2], torch.float4_e2m1fn_x2)
    safetensors.torch.save_file(found, file, metadata={"format": "pt"} if random.random() < 0.5 else None)
    return [row(name, tensor) for name, tensor in found.items()]


def array(random: Random) -> tuple[Tensor, numpy.ndarray]:
    shape = [random.choice([0, 1, 2, 3, 5]) for _ in range(random.randrange(4))]
    tensor = numbers(random, shape, random.choice(NUMPY))
    order = random.choice(["C", "F"])
    values = numpy.asarray(tensor.numpy(), order=order)
    if random.random() < 0.3:
        values = values.astype(values.dtype.newbyteorder(">"))
    return tensor, values


def save_npy(random: Random, file: Path) -> list[Row]:
    tensor, values = array(random)
    with file.open("wb") as stream:
        numpy.save(stream, values)
    return [row("", tensor)]


def save_npz(random: Random, file: Path) -> list[Row]:
    found = {f"a{index}": array(random) for index in range(1 + random.randrange(3))}
    save = random.choice([numpy.savez, numpy.savez_compressed])
    with file.open("wb") as stream:
        save(stream, **{name: values for name, (_, values) in found.items()})
    return [row(name, tensor) for name, (tensor, _) in found.items()]


def save_module(random: Random, file: Path) -> list[Row]:
    shared = nn.Linear(3, 3)
    model = nn.Sequential(nn.Conv1d(2, 3, 3), nn.BatchNorm1d(3), shared, nn.Sequential(shared, nn.ReLU()))
    torch.save(model, file, _use_new_zipfile_serialization=random.random() < 0.5)
    return [row(name, tensor) for name, tensor in model.state_dict().items()]


if __name__ == "__main__":
    main()
