"""The ways a network reaches coverify, each as a writer of files."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import dill
import numpy
import torch
from torch import nn

from describe_model import FORMAT, VERSION, Describer, as_text, describe, is_continual

from .networks_files import flattened, lightning, prefixed, slowfast
from .numbers import clip
from .random_trees import Tree
from .saving import save, save_tensors
from .variation import varied


@dataclass(frozen=True)
class Saved:
    """A network on disk: the model file, and the options that find its architecture."""

    model: Path
    options: list[str]
    takes_architecture: bool = True
    """Whether `--arch` makes sense, which it does not where the file has the modules themselves."""


Format = Callable[[Tree, Path, Random], Saved]


def document(tree: Tree, rng: Random) -> dict[str, Any]:
    """The architecture of a tree, as one of the many ways to write it."""
    node = varied(Describer().describe(tree.build()), rng)
    shape = [tree.shape[1], "T", *tree.shape[3:]]
    header = {"format": FORMAT, "version": VERSION, "name": f"seed {tree.seed}"}
    return {**header, "input": {"shape": shape, "frames": tree.shape[2]}, "model": node}


def formats(tree: Tree) -> list[Format]:
    """The formats that can hold a tree."""
    usual: list[Format] = [inside, inside_as_text, beside, by_option, safetensors, wrapped]
    usual += [flat_keys] if _has_flat_keys(tree) else []
    usual += [exported, exported]
    if tree.traced:
        return [exported]
    if tree.plain:
        return usual if tree.parametrized else [*usual, whole, whole, whole]
    return [*usual, dilled] if _dill_can_save(tree) else usual


def inside(tree: Tree, folder: Path, rng: Random) -> Saved:
    contents = {"state_dict": state(tree), "architecture": document(tree, rng)}
    return _saved(contents, folder)


def inside_as_text(tree: Tree, folder: Path, rng: Random) -> Saved:
    contents = {"model": state(tree), "architecture": json.dumps(document(tree, rng))}
    return _saved(contents, folder)


def beside(tree: Tree, folder: Path, rng: Random) -> Saved:
    (folder / "model.arch.json").write_text(as_text(document(tree, rng)))
    return _saved(state(tree), folder)


def by_option(tree: Tree, folder: Path, rng: Random) -> Saved:
    architecture = folder / "wiring.json"
    architecture.write_text(as_text(document(tree, rng)))
    return _saved(state(tree), folder, ["--arch", str(architecture)])


def safetensors(tree: Tree, folder: Path, rng: Random) -> Saved:
    (folder / "model.arch.json").write_text(as_text(document(tree, rng)))
    save_tensors(state(tree), folder / "model.safetensors")
    return Saved(folder / "model.safetensors", [])


def wrapped(tree: Tree, folder: Path, rng: Random) -> Saved:
    (folder / "model.arch.json").write_text(as_text(document(tree, rng)))
    wrappings: list[Callable[[dict[str, Any]], Any]] = [
        lightning,
        slowfast,
        lambda weights: prefixed("module.", weights),
        lambda weights: {"net": prefixed("_orig_mod.", weights), "epoch": 3},
    ]
    return _saved(rng.choice(wrappings)(state(tree)), folder)


def flat_keys(tree: Tree, folder: Path, rng: Random) -> Saved:
    text = as_text({**document(tree, rng), "weights": {"match": "flattened"}})
    (folder / "model.arch.json").write_text(text)
    return _saved(flattened(state(tree)), folder)


def whole(tree: Tree, folder: Path, _: Random) -> Saved:
    save(tree.build(), folder / "model.pt")
    return Saved(folder / "model.pt", [], takes_architecture=False)


def dilled(tree: Tree, folder: Path, _: Random) -> Saved:
    save(tree.build(), folder / "model.pt", pickle_module=dill)
    return Saved(folder / "model.pt", [], takes_architecture=False)


def exported(tree: Tree, folder: Path, _: Random) -> Saved:
    """What a user gets who asks the exporter."""
    network = tree.build()
    # Without a word, a small clip can be read in several ways.
    layout = None if is_continual(network) else "BCTHW"[: len(tree.shape)]
    describe(network, clip(tree.shape, tree.seed), folder / "model.pt", layout=layout)
    return Saved(folder / "model.pt", [], takes_architecture=layout is None)


def state(tree: Tree) -> dict[str, Any]:
    return tree.build().state_dict()


def _saved(contents: Any, folder: Path, options: list[str] | None = None) -> Saved:
    save(contents, folder / "model.pt")
    return Saved(folder / "model.pt", options or [])


def _has_flat_keys(tree: Tree) -> bool:
    """Whether keys without numbers tell modules apart, in whichever form their weights are."""
    weights = {key.removesuffix("_g").removesuffix("_v"): key for key in state(tree)}
    return len(weights) > 0 and len(flattened(weights)) == len(weights)


def _dill_can_save(tree: Tree) -> bool:
    """dill fails on torch's max pools in two and three dimensions, which hold a lock."""
    locked = (nn.MaxPool2d, nn.MaxPool3d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
    return not any(_continual(module, locked) for module in tree.build().modules())


def _continual(module: nn.Module, kinds: tuple[type[nn.Module], ...]) -> bool:
    return isinstance(module, kinds) and type(module).__module__.startswith("continual")


def write_input(sample: torch.Tensor, folder: Path, rng: Random) -> Path:
    """The clip as one of the kinds of tensor files."""
    kind = rng.choice(("safetensors", "npy", "npz", "pt"))
    path = folder / f"input.{kind}"
    if kind == "safetensors":
        save_tensors({"input": sample}, path)
    elif kind == "pt":
        save(sample, path)
    else:
        _write_numpy(sample, path)
    return path


def _write_numpy(sample: torch.Tensor, path: Path) -> None:
    if path.suffix == ".npy":
        numpy.save(path, sample.numpy())
    else:
        numpy.savez(path, input=sample.numpy())
