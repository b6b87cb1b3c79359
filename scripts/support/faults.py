"""Faults of files: changed copies of fixtures with which PyTorch's answer is stored."""

import json
import pickle
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from pytorch_reference.variation import mutations

State = dict[str, Any]
Change = Callable[[State, str, Random], None]


@dataclass
class Model:
    """What a fixture is made of."""

    name: str
    state: State
    architecture: dict[str, Any]
    answer: dict[str, Tensor]

    def save(self, folder: Path) -> list[str]:
        """Writes the model; returns what names it on a command line."""
        model, architecture = folder / "model.pt", folder / "arch.json"
        torch.save(self.state, model)
        architecture.write_text(json.dumps(self.architecture))
        return [str(model), "--arch", str(architecture)]


def load(fixtures: Path, entry: dict[str, Any]) -> Model | None:
    """A fixture whose tensors and architecture can be taken apart; nothing for others."""
    if entry["exit"] != 0 or entry["arguments"] or entry["source"] not in _SOURCES:
        return None
    try:
        contents = torch.load(fixtures / entry["model"], weights_only=True)
    except pickle.UnpicklingError:
        return None
    if entry["source"] == "beside":
        architecture = json.loads((fixtures / entry["architecture"]).read_text())
        state, answer = contents, load_file(fixtures / entry["expect"])
    else:
        architecture = contents["architecture"]
        if isinstance(architecture, str):
            architecture = json.loads(architecture)
        state = contents["state_dict"]
        answer = {"input": contents["input"], **contents["reference"]}
    if not isinstance(state, dict) or not all(isinstance(each, Tensor) for each in state.values()):
        return None
    return Model(entry["name"], dict(state), architecture, answer)


_SOURCES = ("beside", "inside", "inside-dict")


def _weights(state: State, axes: int) -> list[str]:
    return [
        name
        for name, value in state.items()
        if value.is_floating_point() and value.dim() >= axes and value.numel() > 1
    ]


def _one_weight(state: State, name: str, rng: Random) -> None:
    value = state[name].clone()
    value.view(-1)[rng.randrange(value.numel())] += 0.1 * value.abs().max()
    state[name] = value


def _scaled(state: State, name: str, rng: Random) -> None:
    state[name] = state[name] * rng.choice((1.001, 0.99, 1.1))


def _channels(state: State, name: str, _: Random) -> None:
    state[name] = state[name].roll(1, 0)


def _reversed(state: State, name: str, _: Random) -> None:
    axes = [axis for axis, length in enumerate(state[name].shape) if axis > 1 and length > 1]
    state[name] = state[name].flip(axes[:1] or [1])


def _transposed(state: State, name: str, _: Random) -> None:
    value = state[name]
    if value.shape[0] == value.shape[1]:
        state[name] = value.transpose(0, 1).contiguous()
    elif value.dim() > 3 and value.shape[-1] == value.shape[-2]:
        state[name] = value.transpose(-1, -2).contiguous()


def _shifted(state: State, name: str, _: Random) -> None:
    value = state[name]
    state[name] = value + 0.01 * value.abs().max()


def _swapped(state: State, name: str, rng: Random) -> None:
    others = [
        other for other in state if other != name and state[other].shape == state[name].shape
    ]
    if others:
        other = rng.choice(others)
        state[name], state[other] = state[other], state[name]


# The axes that a tensor needs at least, and what is done to it.
_OF_WEIGHTS: dict[str, tuple[int, Change]] = {
    "a weight changed": (2, _one_weight),
    "a tensor scaled": (1, _scaled),
    "channels rolled": (1, _channels),
    "a kernel reversed": (2, _reversed),
    "a tensor transposed": (2, _transposed),
    "a bias or statistic shifted": (1, _shifted),
    "tensors exchanged": (1, _swapped),
}

_OF_ARGUMENTS = "an argument changed"

KINDS = (*_OF_WEIGHTS, _OF_ARGUMENTS)


def tensor_faults(state: State, rng: Random) -> tuple[str, str, State] | None:
    """A kind, the tensor that was changed, and a state with the change; nothing where nothing changes."""
    kind = rng.choice(list(_OF_WEIGHTS))
    made = _changed(state, kind, rng)
    return (kind, *made) if made else None


def _changed(state: State, kind: str, rng: Random) -> tuple[str, State] | None:
    axes, alter = _OF_WEIGHTS[kind]
    names = _weights(state, axes)
    if not names:
        return None
    name, changed = rng.choice(names), dict(state)
    alter(changed, name, rng)
    is_same = all(torch.equal(changed[each], state[each]) for each in state)
    return None if is_same else (name, changed)


def faulty(model: Model, kind: str, rng: Random) -> tuple[str, Model] | None:
    """A changed copy, and what was changed; nothing where there is nothing to change."""
    state, architecture = dict(model.state), deepcopy(model.architecture)
    if kind == _OF_ARGUMENTS:
        choices = mutations(architecture["model"]) if "type" in architecture["model"] else []
        if not choices:
            return None
        what, change = rng.choice(choices)
        change(architecture["model"])
    else:
        made = _changed(state, kind, rng)
        if not made:
            return None
        what, state = made
    return what, Model(model.name, state, architecture, model.answer)
