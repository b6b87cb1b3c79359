"""Inputs that must be refused, and what the refusal must say.

Each is tiny and has one thing wrong. `words` must all occur in the message, in any case: they name
the thing, not the phrasing. `exits` are the exit codes that are right.
"""

import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from describe_model import FORMAT, VERSION, as_text

from .numbers import clip, fill_in, seed_of
from .saving import save, save_tensors

NOT_SAME = (1, 2, 3)


@dataclass(frozen=True)
class Damaged:
    """A bad input: `write` puts its files into a folder and returns the model's name."""

    name: str
    what: str
    write: Callable[[Path, str], str]
    words: tuple[str, ...]
    exits: tuple[int, ...] = (2,)
    arguments: tuple[str, ...] = ()


def write_damaged(folder: Path) -> list[dict[str, Any]]:
    """Writes all bad inputs and returns their entries for the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for case in CASES:
        model = case.write(folder, case.name)
        beside = (folder / model).with_suffix(".arch.json")
        entries.append(
            {
                "name": case.name,
                "what": case.what,
                "model": f"bad/{model}",
                "architecture": f"bad/{beside.name}" if beside.exists() else None,
                "arguments": [argument.replace("FOLDER", "bad") for argument in case.arguments],
                "exits": list(case.exits),
                "words": list(case.words),
            }
        )
    return entries


def chain() -> nn.Sequential:
    network = nn.Sequential(nn.Conv1d(3, 4, 3), nn.ReLU(), nn.Conv1d(4, 2, 3))
    fill_in(network, seed_of("bad"))
    return network


CHAIN: dict[str, Any] = {
    "type": "Sequential",
    "modules": [{"type": "Conv1d"}, {"type": "ReLU"}, {"type": "Conv1d"}],
}


def document(model: dict[str, Any] = CHAIN, **header: Any) -> str:
    plain = {"format": FORMAT, "version": VERSION, "input": {"shape": [3, "T"], "frames": 9}}
    return as_text({**plain, **header, "model": model})


def with_first(**arguments: Any) -> dict[str, Any]:
    first, *rest = CHAIN["modules"]
    return {**CHAIN, "modules": [{**first, **arguments}, *rest]}


Writer = Callable[[Path, str], str]
Edit = Callable[[dict[str, Any]], Any]


def pair(architecture: str, edit: Edit = lambda state: None) -> Writer:
    """A state dict, changed by `edit`, with an architecture beside it."""

    def write(folder: Path, name: str) -> str:
        state = dict(chain().state_dict())
        edit(state)
        save(state, folder / f"{name}.pt")
        (folder / f"{name}.arch.json").write_text(architecture)
        return f"{name}.pt"

    return write


def raw(contents: bytes) -> Writer:
    """A file with these bytes."""

    def write(folder: Path, name: str) -> str:
        (folder / f"{name}.pt").write_bytes(contents)
        return f"{name}.pt"

    return write


def archive_bytes() -> bytes:
    buffer = io.BytesIO()
    torch.save(chain().state_dict(), buffer)
    return buffer.getvalue()


def failed_save() -> bytes:
    """What `torch.save` leaves behind when an object cannot be pickled: a zip without data.pkl."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for entry, contents in (
            ("archive/version", b"3\n"),
            ("archive/byteorder", b"little"),
            ("archive/.data/serialization_id", b"0" * 40),
        ):
            archive.writestr(zipfile.ZipInfo(entry), contents)
    return buffer.getvalue()


def flipped_byte() -> bytes:
    """A weight changed after it was saved; the checksum in the archive tells."""
    contents = bytearray(archive_bytes())
    weight = chain().state_dict()["0.weight"].numpy().tobytes()
    contents[contents.index(weight) + 5] ^= 0x10
    return bytes(contents)


def rename(state: dict[str, Any], old: str, new: str) -> None:
    state[new] = state.pop(old)


def misfits(state: dict[str, Any]) -> None:
    """Three things wrong at once: they are to come in one list."""
    state["2.weight"] = state["2.weight"][:, :3].clone()
    state["head.weight"] = torch.ones(2, 2)
    del state["0.bias"]


MISFITS = ("0.bias", "2.weight", "head.weight")


def poison(value: float) -> Callable[[dict[str, Any]], None]:
    def edit(state: dict[str, Any]) -> None:
        state["2.weight"][1, 2, 0] = value

    return edit


def unknown_module(folder: Path, name: str) -> str:
    """A whole network with a class of the user's, whose forward is not in the file."""
    home = ModuleType("my_network")

    class TemporalBlock(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(3, 3, 3)

    TemporalBlock.__module__, TemporalBlock.__qualname__ = "my_network", "TemporalBlock"
    home.TemporalBlock = TemporalBlock
    sys.modules["my_network"] = home
    save(fill_in(nn.Sequential(TemporalBlock(), nn.ReLU()), 1), folder / f"{name}.pt")
    del sys.modules["my_network"]
    return f"{name}.pt"


def unordered(folder: Path, name: str) -> str:
    """Two layers that do not fit one after the other, and nothing that says how they are wired."""
    state = {"a.weight": torch.ones(4, 3, 3), "b.weight": torch.ones(5, 7, 3)}
    save(state, folder / f"{name}.pt")
    return f"{name}.pt"


def running_code(folder: Path, name: str) -> str:
    """A pickle that asks for a command to be run."""

    class Command:
        def __reduce__(self) -> Any:
            return print, ("this must never be printed",)

    save({"state_dict": chain().state_dict(), "hook": Command()}, folder / f"{name}.pt")
    return f"{name}.pt"


def wrong_answer(folder: Path, name: str) -> str:
    """A good model beside an answer of which one element is off by a thousandth."""
    model = pair(document())(folder, name)
    sample = clip((2, 3, 9), seed_of(name))
    with torch.no_grad():
        forward = chain().double()(sample.double())
    forward[1, 0, 2] += 1e-3
    save_tensors({"input": sample, "forward": forward}, folder / f"{name}.expect.safetensors")
    return model


LFS = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
"""
HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body></body></html>\n"
QUOTA = b'{"error": {"code": 404, "message": "Not found"}}\n'

CASES = [
    Damaged("empty", "nothing", raw(b""), ("empty",)),
    Damaged("truncated", "half of a zip", raw(archive_bytes()[:1500]), ("truncated",)),
    Damaged("flipped-byte", "a changed weight", raw(flipped_byte()), ("CRC",)),
    Damaged("lfs-pointer", "a Git LFS pointer", raw(LFS), ("LFS", "git lfs pull")),
    Damaged("html-page", "a web page", raw(HTML), ("HTML",)),
    Damaged("json-error", "a server's error", raw(QUOTA), ("JSON",)),
    Damaged("failed-save", "what a failed torch.save leaves", raw(failed_save()), ("data.pkl",)),
    Damaged("unknown-module", "a class of the user's", unknown_module, ("TemporalBlock",)),
    Damaged("running-code", "a pickle that calls a function", running_code, ("print",), (0, 2, 3)),
    Damaged("unordered", "tensors in no order", unordered, ("draft",)),
    Damaged(
        "unknown-class",
        "a misspelled type",
        pair(document({**CHAIN, "modules": [{"type": "Conv1D"}, *CHAIN["modules"][1:]]})),
        ("Conv1D", "Conv1d"),
    ),
    Damaged(
        "unknown-argument",
        "a misspelled argument",
        pair(document(with_first(kernal_size=3))),
        ("kernal_size", "kernel_size"),
    ),
    Damaged(
        "wrong-kind",
        "a text for a number",
        pair(document(with_first(stride="two"))),
        ("stride", "two"),
    ),
    Damaged(
        "contradiction",
        "an argument that the tensors contradict",
        pair(document(with_first(out_channels=8))),
        ("out_channels", "8", "4"),
    ),
    Damaged("wrong-version", "from the future", pair(document(version=99)), ("version", "99", "1")),
    Damaged("wrong-format", "another format", pair(document(format="onnx")), ("format", "onnx")),
    Damaged("not-json", "a cut architecture", pair(document()[:200]), ("not-json.arch.json",)),
    Damaged(
        "missing-tensor",
        "no bias in the file",
        pair(document(with_first(bias=True)), lambda state: state.pop("0.bias")),
        ("0.bias",),
    ),
    Damaged(
        "extra-tensor",
        "a tensor that no layer takes",
        pair(document(), lambda state: state.update({"head.weight": torch.ones(2)})),
        ("head.weight",),
    ),
    Damaged(
        "misspelled-tensor",
        "a key with two letters swapped",
        pair(document(), lambda state: rename(state, "2.weight", "2.wieght")),
        ("2.wieght", "2.weight"),
    ),
    Damaged("misfits", "three at once", pair(document(with_first(bias=True)), misfits), MISFITS),
    Damaged(
        "nan-weight",
        "a weight that is not a number",
        pair(document(), poison(float("nan"))),
        ("2.weight", "nan"),
        NOT_SAME,
    ),
    Damaged(
        "infinite-weight",
        "an infinite weight",
        pair(document(), poison(float("inf"))),
        ("2.weight", "inf"),
        NOT_SAME,
    ),
    Damaged(
        "wrong-answer",
        "an expectation that is off by a thousandth in one element",
        wrong_answer,
        ("forward",),
        (1,),
        ("--expect", "FOLDER/wrong-answer.expect.safetensors"),
    ),
]
