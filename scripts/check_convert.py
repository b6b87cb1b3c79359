#!/usr/bin/env python3
"""Lets PyTorch and safetensors read what `coverify convert` writes, and compares every bit.

    scripts/check_convert.py COVERIFY [--seeds 100] [--first 0] [--large]

Random checkpoints, as `check_random_checkpoints.py` makes them, and all fixtures become a `.pt` and a
`.safetensors` file, and that one a `.pt` again. Names, order, types, shapes and bits have to stay;
in a `.pt` also strides, storages that are shared, and `_metadata`. What cannot be written has to be
refused by name, with no file left. `--large` adds a checkpoint of more than 4 GiB.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import warnings  # noqa: E402
from collections import OrderedDict  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from random import Random  # noqa: E402
from typing import Any  # noqa: E402

import dill  # noqa: E402
import safetensors.torch  # noqa: E402
import torch  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from check_random_checkpoints import (  # noqa: E402
    FLOATS,
    INTEGERS,
    SMALL,
    UNSIGNED,
    digest,
    parts_of,
    tensors,
    wrapped,
)

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
IN_SAFETENSORS = {*FLOATS, *SMALL, *INTEGERS, *UNSIGNED, torch.bool, torch.complex64, torch.float4_e2m1fn_x2}


class Failure(Exception):
    """A file that is not what it should be."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--large", action="store_true", help="also write more than 4 GiB")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    converter = Converter(arguments.coverify.resolve())
    checks: list[tuple[str, Callable[[Path], None]]] = [
        (f"seed {seed}", lambda folder, seed=seed: check_random(converter, seed, folder))
        for seed in range(arguments.first, arguments.first + arguments.seeds)
    ]
    manifest = json.loads((FIXTURES / "manifest.json").read_text())
    checks += [
        (entry["name"], lambda folder, entry=entry: check_fixture(converter, entry, folder))
        for entry in manifest["fixtures"]
    ]
    if arguments.large:
        checks.append(("large", lambda folder: check_large(converter, folder)))
    failed = 0
    for name, check in checks:
        with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
            try:
                check(Path(folder))
            except Failure as failure:
                failed += 1
                print(f"{name}: {failure}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not checks else 0)


class Converter:
    """The program."""

    def __init__(self, program: Path) -> None:
        self.program = program

    def run(self, *arguments: Any) -> subprocess.CompletedProcess[str]:
        command = [self.program, "convert", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=600)

    def convert(self, source: Path, target: Path, *options: str) -> dict[str, Any]:
        """Converts, and returns what the program says about it."""
        before = source.read_bytes() if source.stat().st_size < 1 << 24 else b""
        run = self.run(source, target, "--format", "json", *options)
        if run.returncode != 0:
            raise Failure(f"{target.suffix}: exit {run.returncode}: {run.stderr.strip()}")
        if before and source.read_bytes() != before:
            raise Failure("the input was changed")
        return dict(json.loads(run.stdout))

    def refuse(self, source: Path, target: Path, words: list[str]) -> None:
        """Has to fail, name all of the words, and leave nothing behind."""
        files = set(target.parent.iterdir())
        run = self.run(source, target)
        missing = [word for word in words if word not in run.stderr]
        if run.returncode != 2 or missing:
            raise Failure(f"{target.suffix}: not refused for {missing}: {run.stderr.strip()}")
        if left := set(target.parent.iterdir()) - files:
            raise Failure(f"refused, but left {left}")


def check_random(converter: Converter, seed: int, folder: Path) -> None:
    random = Random(seed)
    torch.manual_seed(seed)
    found = tensors(random)
    value, _ = wrapped(random, found)
    source = folder / "source.bin"
    zipped = random.random() < 0.7
    torch.save(value, source, _use_new_zipfile_serialization=zipped)
    # In a list there is no state dict, and all tensors are written, of nested ones the rows.
    if isinstance(value, (list, tuple)):
        listed = [part for name, tensor in found.items() for part in parts_of(name, tensor)]
        expected = {f"{place}.{name}": part for place in range(len(value)) for name, part in listed}
    else:
        expected = found
    refused = [
        name
        for name, tensor in expected.items()
        if tensor.is_meta or tensor.is_quantized or tensor.is_nested or tensor.layout != torch.strided
    ]
    torch_file = folder / "converted.pt"
    if refused:
        converter.refuse(source, torch_file, refused)
        return
    converter.convert(source, torch_file)
    loaded = load(torch_file)
    same(loaded, expected, "pt")
    same_views(loaded, expected)
    check_cast(converter, random, source, expected, folder)
    tensor_file = folder / "converted.safetensors"
    foreign = [name for name, tensor in expected.items() if tensor.dtype not in IN_SAFETENSORS]
    if foreign:
        converter.refuse(source, tensor_file, foreign)
        return
    converter.convert(source, tensor_file)
    same(safetensors.torch.load_file(tensor_file), expected, "safetensors", ordered=False)
    back = folder / "back.pt"
    converter.convert(tensor_file, back)
    same(load(back), expected, "pt of safetensors")


def check_cast(
    converter: Converter,
    random: Random,
    source: Path,
    expected: dict[str, Tensor],
    folder: Path,
) -> None:
    """Casts as PyTorch does, and says how far the elements moved."""
    dtype = random.choice([torch.float16, torch.bfloat16, torch.float32, torch.float64])
    target = folder / "cast.pt"
    said = converter.convert(source, target, "--dtype", str(dtype).removeprefix("torch."))
    loaded = load(target)
    changes = {change["path"]: change["max_abs"] for change in said["cast"]}
    # PyTorch itself casts no numbers that are packed two in a byte.
    kept = (dtype, torch.float4_e2m1fn_x2)
    touched = [n for n, t in expected.items() if t.is_floating_point() and t.dtype not in kept]
    if list(changes) != touched:
        raise Failure(f"cast: {list(changes)} instead of {touched}")
    for name, tensor in expected.items():
        wanted = tensor.detach().to(dtype) if name in touched else tensor.detach()
        other = loaded[name].detach()
        if other.dtype != wanted.dtype or not equal(other, wanted):
            raise Failure(f"cast: {name} from {tensor.dtype} to {dtype} has other values")
        if name not in touched or not tensor.numel():
            continue
        before = tensor.detach().double()
        moved = (before - other.double()).abs()
        # Infinity stays where it is, and NaN has no distance.
        moved = torch.where((before == other.double()) | before.isnan(), 0.0, moved)
        if float(changes[name]) != float(moved.max()):
            raise Failure(f"cast: {name} moves by {changes[name]}, really {float(moved.max())}")
    pairs = [(a, b) for a in expected for b in expected if a < b]
    for one, two in pairs:
        shared = distance(expected, one, two) is not None
        if 0 not in (expected[one].numel(), expected[two].numel()) and shared != (
            distance(loaded, one, two) is not None
        ):
            raise Failure(f"cast: {one} and {two} do not share a storage as before")


def equal(one: Tensor, other: Tensor) -> bool:
    """Whether all elements have the same bits, or are NaN."""
    if not one.is_floating_point() or one.element_size() == 1:
        return digest(one) == digest(other)
    widths = {2: torch.int16, 4: torch.int32, 8: torch.int64}
    plain = [tensor.resolve_neg().contiguous().reshape(-1) for tensor in (one, other)]
    bits = [tensor.view(widths[tensor.element_size()]) for tensor in plain]
    nans = one.isnan().reshape(-1) & other.isnan().reshape(-1)
    return bool((nans | (bits[0] == bits[1])).all())


def check_fixture(converter: Converter, entry: dict[str, Any], folder: Path) -> None:
    source = FIXTURES / entry["model"]
    original = weights_of(source)
    torch_file, tensor_file, back = (folder / name for name in ("a.pt", "a.safetensors", "b.pt"))
    said = converter.convert(source, torch_file)
    state, extras = split(load(torch_file))
    if original is not None:
        same(state, original, "pt")
        versions = getattr(original, "_metadata", None)
        if versions and getattr(state, "_metadata", None) != versions:
            raise Failure("pt: _metadata differs")
    converter.convert(source, tensor_file)
    everything = safetensors.torch.load_file(tensor_file)
    prefixed = {f"reference.{name}": tensor for name, tensor in extras.items()}
    same(everything, {**state, **prefixed}, "safetensors", ordered=False)
    converter.convert(tensor_file, back)
    state_again, extras_again = split(load(back))
    same(state_again, state, "pt of safetensors")
    same(extras_again, extras, "reference in the pt of safetensors")
    kept = getattr(state, "_metadata", None), getattr(state_again, "_metadata", None)
    if kept[0] != kept[1]:
        raise Failure("pt of safetensors: _metadata differs")
    # A file that brings its architecture and results along has to get the same verdict.
    if "architecture" in said["kept"] and extras:
        for file in (torch_file, tensor_file, back):
            command = [converter.program, "verify", file, *entry["arguments"]]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode != entry["exit"]:
                raise Failure(f"verify {file.name}: exit {run.returncode}, was {entry['exit']}")


def weights_of(file: Path) -> dict[str, Tensor] | None:
    """The state dict of a fixture, as Python reads it; None where Python does not."""
    if file.suffix == ".safetensors":
        return None
    try:
        value = torch.load(file, weights_only=True)
    except Exception:  # noqa: BLE001  a whole module, perhaps of dill
        try:
            value = torch.load(file, weights_only=False, pickle_module=dill)
        except Exception:  # noqa: BLE001
            return None
    if isinstance(value, nn.Module):
        return dict(value.state_dict())
    for key in ("state_dict", "model_state", "model_state_dict", "model", "ema"):
        if key == "state_dict" and key in value or value.get(key):
            return split(value)[0] if key == "state_dict" else value[key]
    return value if all(isinstance(item, Tensor) for item in value.values()) else None


def load(file: Path) -> Any:
    """What PyTorch reads without running anything, also where it maps the file."""
    value = torch.load(file, weights_only=True)
    torch.load(file, weights_only=True, mmap=True)
    return value


def split(value: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The weights of a checkpoint, and the clip with its results."""
    if "state_dict" not in value or isinstance(value["state_dict"], Tensor):
        return value, {}
    extras = {"input": value["input"]} if "input" in value else {}
    return value["state_dict"], {**extras, **value.get("reference", {})}


def same(
    found: dict[str, Tensor], expected: dict[str, Tensor], what: str, ordered: bool = True
) -> None:
    names = (list(found), list(expected)) if ordered else (sorted(found), sorted(expected))
    if names[0] != names[1]:
        raise Failure(f"{what}: {names[0]} instead of {names[1]}")
    for name, tensor in expected.items():
        other = found[name]
        if other.dtype != tensor.dtype or other.shape != tensor.shape:
            raise Failure(f"{what}: {name} is {other.dtype} {other.shape}")
        if digest(other) != digest(tensor):
            raise Failure(f"{what}: {name} has other bits")


def same_views(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    """Whether tensors are the same views of the same storages."""
    for name, tensor in expected.items():
        other = found[name]
        if other.stride() != tensor.stride() or other.requires_grad != tensor.requires_grad:
            raise Failure(f"{name} has strides {other.stride()} instead of {tensor.stride()}")
        if other.is_conj() != tensor.is_conj() or other.is_neg() != tensor.is_neg():
            raise Failure(f"{name} has another mark of its signs")
        if isinstance(tensor, nn.Parameter) != isinstance(other, nn.Parameter):
            raise Failure(f"{name} is a {type(other).__name__}")
    pairs = [(a, b) for a in expected for b in expected if a < b]
    for one, two in pairs:
        if 0 in (expected[one].numel(), expected[two].numel()):
            continue
        if distance(expected, one, two) != distance(found, one, two):
            raise Failure(f"{one} and {two} do not lie in their storage as before")


def distance(state: dict[str, Tensor], one: str, two: str) -> int | None:
    """How far apart two tensors are in their storage; None where each has its own."""
    if state[one].untyped_storage().data_ptr() != state[two].untyped_storage().data_ptr():
        return None
    return state[two].data_ptr() - state[one].data_ptr()


def check_large(converter: Converter, folder: Path) -> None:
    """A storage of more than 4 GiB, and one that starts behind it."""
    big = torch.zeros((1 << 30) + 5, dtype=torch.float32)
    big[-1], big[12345] = 1.5, -2.5
    state = OrderedDict(first=torch.arange(3.0), big=big, last=torch.arange(5))
    source, target = folder / "large.pt", folder / "converted.pt"
    torch.save(state, source)
    converter.convert(source, target)
    loaded = torch.load(target, weights_only=True, mmap=True)
    if list(loaded) != list(state) or not all(torch.equal(loaded[k], state[k]) for k in state):
        raise Failure("pt: other values")
    target.unlink()
    target = folder / "converted.safetensors"
    converter.convert(source, target)
    with safetensors.safe_open(target, framework="pt") as file:
        if not all(torch.equal(file.get_tensor(name), state[name]) for name in state):
            raise Failure("safetensors: other values")


if __name__ == "__main__":
    main()
