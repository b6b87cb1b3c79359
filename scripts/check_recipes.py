#!/usr/bin/env python3
"""Compares each recipe with its network: what coverify makes of the tensors alone with PyTorch's float64.

    scripts/check_recipes.py COVERIFY [NAME ...]

Three ways to the tensors are tried: a state dict with --recipe, the files of weights that the package brings,
and the network saved whole. The last two are to be told by their names and kernels, and to say so; a whole
network has to give the same bits as its state dict. The large networks take a minute each.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402

from support.model_packages import enter_packages  # noqa: E402

enter_packages()

import torch  # noqa: E402
from models.statistics import with_statistics  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from recipes import RECIPES  # noqa: E402
from recipes.recipe import Recipe, Stored  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from torch import nn  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("names", nargs="*", help="of recipes; all by default")
    options = parser.parse_args()
    known = {recipe.name for recipe in RECIPES}
    if unknown := set(options.names) - known:
        sys.exit(f"There is no recipe {', '.join(sorted(unknown))}.")
    be_quiet()
    failed = 0
    for recipe in RECIPES:
        if options.names and recipe.name not in options.names:
            continue
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            # All files are written before a network is made one of float64.
            for case in list(cases(recipe, Path(folder))):
                torch.manual_seed(1)
                compare = same_bits if case.state_dict else judged
                problem = compare(recipe, options.coverify.resolve(), case, Path(folder))
                print(f"{recipe.name}, {case.name}: {problem or 'as PyTorch'}", flush=True)
                failed += problem is not None
    sys.exit(f"{failed} cases differ" if failed else 0)


@dataclass(frozen=True)
class Case:
    """A file, the network that it is of, and what the call says besides."""

    name: str
    file: Path
    network: nn.Module
    told: tuple[str, ...] = ()
    state_dict: Path | None = None
    """The state dict of a network that was saved whole."""


def cases(recipe: Recipe, folder: Path) -> Iterator[Case]:
    """What is tried."""
    torch.manual_seed(0)
    network = recipe.build().eval()
    if not recipe.shipped:
        with_statistics(network)
    tensors = folder / "tensors.pt"
    torch.save(dict(network.state_dict()), tensors)
    yield Case("a state dict", tensors, network, ("--recipe", recipe.name))
    for path, build in recipe.shipped.items():
        yield Case(f"the shipped {path.name}", path, build().eval())
    inner = network.network if isinstance(network, Stored) else network
    wholes = [inner] if recipe.wholes is None else [build().eval() for build in recipe.wholes]
    for number, whole in enumerate(wholes):
        file = folder / f"module{number}.pt"
        torch.save(whole, file)
        yield Case(f"a whole {type(whole).__name__}", file, network, state_dict=tensors)


def judged(recipe: Recipe, program: Path, case: Case, folder: Path) -> str | None:
    """What is wrong with the verdict; nothing where it is PyTorch's network."""
    given, expected = folder / "input.safetensors", folder / "expect.safetensors"
    clip, outputs = recipe.reference(case.network.double())
    save_file({"input": clip.contiguous()}, given)
    save_file({name: output.contiguous() for name, output in outputs.items()}, expected)
    command = [program, case.file, *case.told, "--input", given, "--expect", expected]
    done = subprocess.run(command, capture_output=True, text=True)
    text = done.stdout + done.stderr
    how = "asked for" if case.told else "told by the names and kernels of all tensors"
    if not says(text, recipe, how):
        return f"the recipe is not said to be {how}\n{text}"
    check = next((line for line in text.splitlines() if line.strip().startswith("CV8 ")), "")
    if done.returncode or not check.endswith("ok"):
        return f"exit {done.returncode}\n{text}"
    return None


def same_bits(recipe: Recipe, program: Path, case: Case, folder: Path) -> str | None:
    """What is wrong with the output of a network that was saved whole; nothing where it is that of its tensors.

    The clip is the one that was judged.
    """
    outputs = []
    for file, told in ((case.state_dict, ("--recipe", recipe.name)), (case.file, ())):
        output = folder / "output.safetensors"
        command = [program, "run", file, *told, "--input", folder / "input.safetensors"]
        command += ["--output", output, "--force"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return f"exit {done.returncode}\n{done.stderr}"
        outputs.append(output.read_bytes())
    if not says(done.stderr, recipe, "told by the names and kernels of all tensors"):
        return f"the recipe is not said\n{done.stderr}"
    return None if outputs[0] == outputs[1] else "other bits than of its tensors"


def says(text: str, recipe: Recipe, how: str) -> bool:
    """Whether the recipe is named, with the reason for it."""
    lines = [line.strip() for line in text.splitlines()]
    return any(line.startswith(f"note: the recipe {recipe.name} of ") and how in line for line in lines)


if __name__ == "__main__":
    main()
