#!/usr/bin/env python3
"""Counts how often coverify names what is wrong in a network that does not compute what PyTorch does.

    scripts/check_causes.py COVERIFY [--seeds 200] [--first 0] [--keep FOLDER]

For each seed a random network is written as `describe_model` does, with what each module makes of the clip.
Then a tensor is changed (even seeds) or an argument of the architecture (odd seeds). Where the output of the
clip is another one, `verify` has to exit with 1 and to name the module that was changed. A fault that is not
seen, or whose module is not named, is printed with its seed. A network whose architecture is refused, or that
computes the same after all, does not count.

Exit code: 0 where every fault is seen and nine of ten are named, else 1.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from copy import deepcopy  # noqa: E402
from pathlib import Path  # noqa: E402
from random import Random  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from describe_model import CannotDescribe, as_text, describe_tree  # noqa: E402
from pytorch_reference.numbers import clip  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from pytorch_reference.random_trees import random_tree  # noqa: E402
from pytorch_reference.saving import save_tensors  # noqa: E402
from pytorch_reference.variation import mutations  # noqa: E402
from support.faults import tensor_faults  # noqa: E402

SECONDS = 120
NAMED_AT_LEAST = 0.9
# Of the rms of the output; smaller changes may be rounding.
RESOLVED = 1e-5


class Outcome(NamedTuple):
    """What became of a fault."""

    kind: str
    what: str
    ending: str
    """`named`, `not named`, or how a run ended that did not find a difference."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="keep the files of what was not named in FOLDER/SEED")
    arguments = parser.parse_args()
    be_quiet()
    outcomes: list[Outcome] = []
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        with tempfile.TemporaryDirectory(prefix="coverify-") as name:
            folder = Path(name)
            outcome = examine(arguments.coverify.resolve(), seed, folder)
            if not outcome:
                continue
            outcomes.append(outcome)
            if outcome.ending != "named":
                print(f"seed {seed}: {outcome.kind}, {outcome.what}: {outcome.ending}", flush=True)
                if arguments.keep:
                    keep(folder, arguments.keep / str(seed))
    sys.exit(report(outcomes))


def keep(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())


def examine(program: Path, seed: int, folder: Path) -> Outcome | None:
    """What became of the fault of a seed; nothing where there is none that counts."""
    rng = Random(f"{seed}/cause")
    tree = random_tree(seed)
    whole = folder / "whole.pt"
    try:
        describe_tree(tree.build(), clip(tree.shape, seed), whole, layers=True)
    except CannotDescribe:
        return None
    contents = torch.load(whole, weights_only=True)
    architecture = json.loads(contents["architecture"])
    made = change_tensor(contents, rng) if seed % 2 == 0 else change_argument(architecture, rng)
    if not made:
        return None
    kind, what, modules = made
    contents["architecture"] = as_text(architecture)
    model = folder / "model.pt"
    torch.save(contents, model)
    if not is_moved(program, model, contents, folder):
        return None
    result = run(program, "verify", model, "--format", "json")
    if result.returncode == 2:
        return None
    what = f"{what} ({' or '.join(modules)})"
    if result.returncode != 1:
        return Outcome(kind, what, f"exit {result.returncode}")
    (folder / "report.json").write_text(result.stdout)
    findings = [each for each in json.loads(result.stdout)["findings"] if each["severity"] == "error"]
    named = any(is_named(module, each) for module in modules for each in findings)
    return Outcome(kind, what, "named" if named else "not named")


def change_tensor(contents: dict[str, Any], rng: Random) -> tuple[str, str, list[str]] | None:
    """Changes tensors: the kind, the tensor that was chosen, and the modules of all that changed."""
    state = contents["state_dict"]
    made = tensor_faults(state, rng)
    if not made:
        return None
    kind, name, changed = made
    contents["state_dict"] = changed
    moved = [each for each in state if not torch.equal(state[each], changed[each])]
    return kind, name, [module_of(each) for each in moved]


def module_of(tensor: str) -> str:
    """The path of the module that a tensor belongs to."""
    # Weights that are put together have modules of their own.
    owner, parts, _ = tensor.partition(".parametrizations.")
    return owner if parts else tensor.rpartition(".")[0]


def change_argument(
    architecture: dict[str, Any], rng: Random
) -> tuple[str, str, list[str]] | None:
    """Changes an argument of one of the modules in place: the kind, the argument and the module."""
    root = architecture["model"]
    choices = mutations(root) if "type" in root else []
    if not choices:
        return None
    what, change = rng.choice(choices)
    paths = list(module_paths(deepcopy(root)))
    change(root)
    position = int(what.split(":")[0].split(" ")[1])
    return "an argument changed", what, [paths[position]]


def module_paths(node: dict[str, Any], path: str = "") -> Iterator[str]:
    """The dotted paths of a node and all below it, in the order of `variation.nodes`."""
    yield path
    # A residual has its input as the first branch.
    first = 1 if node["type"] == "Residual" else 0
    for index, child in enumerate(node.get("modules", []), first):
        name = str(child.get("name", index))
        yield from module_paths(child, f"{path}.{name}" if path else name)


def is_moved(program: Path, model: Path, contents: dict[str, Any], folder: Path) -> bool:
    """Whether the output of the clip is no longer PyTorch's."""
    output, sample = folder / "output.safetensors", folder / "input.safetensors"
    save_tensors({"input": contents["input"]}, sample)
    result = run(
        program, "run", model, "--input", sample, "--mode", "forward", "--output", output
    )
    wanted = contents["reference"]["forward"]
    if result.returncode != 0:
        return True
    found = load_file(output)["output"].double()
    if found.shape != wanted.shape:
        return True
    rms = wanted.square().mean().sqrt().item()
    return not (found - wanted).abs().max().item() <= RESOLVED * rms


def is_named(module: str, finding: dict[str, Any]) -> bool:
    """Whether a finding is about a module: by its own place, or by its words."""
    found = finding["module"]
    # A module of PyTorch's may be a part of one of coverify's.
    if found and f"{module}.".startswith(f"{found}."):
        return True
    words = " ".join(str(finding[key]) for key in ("message", "pattern", "hint") if finding[key])
    return f" {module}" in f" {words}".replace(",", " ") if module else False


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)


def report(outcomes: list[Outcome]) -> int:
    """Prints the score of each kind; returns 0 where it is good enough."""
    total = Counter(outcome.kind for outcome in outcomes)
    named = Counter(outcome.kind for outcome in outcomes if outcome.ending == "named")
    unseen = [each for each in outcomes if each.ending not in ("named", "not named")]
    width = max((len(kind) for kind in total), default=0)
    for kind in sorted(total):
        print(f"{kind:<{width}}  {named[kind]:>4} of {total[kind]:>4} named")
    print(
        f"{'all':<{width}}  {named.total():>4} of {total.total():>4} named, {len(unseen)} not seen"
    )
    is_good = outcomes and not unseen and named.total() >= NAMED_AT_LEAST * total.total()
    return 0 if is_good else 1


if __name__ == "__main__":
    main()
