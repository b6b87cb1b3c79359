#!/usr/bin/env python3
"""Compares networks that `coverify convert` writes in another way with the ones PyTorch made.

    scripts/check_rewriting.py COVERIFY [NAME …]

Every fixture is renamed to the keys of `continual`, of torch.nn and back, and its batch norms are folded.
A network of the `continual` library has to load the keys meant for it, strictly; and whatever was
written has to compute what PyTorch computed before.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import continual as co  # noqa: E402
import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from torch import Tensor, nn  # noqa: E402

from check_fixtures import FOLDER, expected  # noqa: E402
from pytorch_reference.catalogue import FIXTURES  # noqa: E402
from pytorch_reference.differential import Failure, Judge, compare  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from pytorch_reference.saving import network_of, save_tensors  # noqa: E402

done: Counter[str] = Counter()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("names", nargs="*", help="only these fixtures")
    arguments = parser.parse_args()
    be_quiet()
    judge = Judge(arguments.coverify.resolve())
    builders = {fixture.name: fixture for fixture in FIXTURES}
    manifest = json.loads((FOLDER / "manifest.json").read_text())
    failed = total = 0
    for entry in manifest["fixtures"]:
        if arguments.names and entry["name"] not in arguments.names:
            continue
        total += 1
        with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
            problems = list(check(judge, entry, builders[entry["name"]], Path(folder)))
        failed += bool(problems)
        for problem in problems:
            print(f"{entry['name']}: {problem}")
    if not arguments.names:
        for layers, has_norm in ((1, True), (2, True), (2, False)):
            total += 1
            with tempfile.TemporaryDirectory(prefix="coverify-") as folder:
                try:
                    check_encoder(judge, layers, has_norm, Path(folder))
                except Failure as failure:
                    failed += 1
                    print(f"encoder of {layers}: {failure}")
    print(", ".join(f"{count} {what}" for what, count in sorted(done.items())))
    print(f"{total - failed} passed, {failed} failed")
    sys.exit(1 if failed or not total else 0)


def check(judge: Judge, entry: dict[str, Any], fixture: Any, folder: Path) -> Iterator[str]:
    """What is wrong with the rewritten forms of a fixture."""
    model = FOLDER / entry["model"]
    known = expected(entry)
    for way in (["--keys", "co"], ["--keys", "torch"], ["--fold-batch-norm"]):
        target = folder / f"{way[-1].strip('-')}.pt"
        result = judge.call("convert", model, target, *way)
        if result.returncode == 2 and any(
            word in result.stderr for word in ("needs an architecture", "no BatchNorm", "Narrow weights", "weights in parts")
        ):
            done[f"refused {way[-1]}"] += 1
            continue
        if result.returncode != 0:
            yield f"{way}: exit {result.returncode}: {result.stderr.strip()}"
            continue
        done[way[-1]] += 1
        try:
            check_output(judge, target, known, folder)
            if way[-1] == "co":
                check_library(target, network_of(fixture))
            if way[-1] == "torch":
                check_return(judge, folder)
        except Failure as failure:
            yield f"{way}: {failure}"


def check_output(judge: Judge, model: Path, known: dict[str, Tensor], folder: Path) -> None:
    """Whether a file computes what PyTorch did with the network before."""
    if "forward" not in known:
        return
    sample, output = folder / "input.safetensors", folder / "output.safetensors"
    save_tensors({"input": known["input"]}, sample)
    result = judge.call("run", model, "--input", sample, "--force", "--output", output)
    if result.returncode != 0:
        raise Failure(f"run: exit {result.returncode}: {result.stderr.strip()}")
    compare("forward", load_file(output)["output"], known["forward"])


def check_library(file: Path, network: nn.Module) -> None:
    """Whether the library's own network takes the keys that are meant for it."""
    state = weights(file)
    if not isinstance(network, co.CoModule):
        return
    missing, unexpected = network.load_state_dict(state, strict=False)
    # Once a stream has run, the library keeps its state where weights are.
    if missing or unexpected:
        raise Failure(f"the library misses {missing} and does not know {unexpected}")
    done["loaded by the library"] += 1


def check_return(judge: Judge, folder: Path) -> None:
    """Whether the way to torch.nn's keys and back ends where the direct way does."""
    back = folder / "back.pt"
    result = judge.call("convert", folder / "torch.pt", back, "--keys", "co")
    if result.returncode != 0:
        raise Failure(f"back to co: {result.stderr.strip()}")
    if (one := list(weights(back))) != (other := list(weights(folder / "co.pt"))):
        raise Failure(f"back to co: {one} instead of {other}")


def check_encoder(judge: Judge, layers: int, has_norm: bool, folder: Path) -> None:
    """Whether an encoder of torch.nn gets the keys that the library gives the one it builds from it."""
    torch.manual_seed(layers)
    layer = nn.TransformerEncoderLayer(8, 2, 12, activation=nn.ReLU(), batch_first=True)
    norm = nn.LayerNorm(8) if has_norm else None
    encoder = nn.TransformerEncoder(layer, layers, norm, enable_nested_tensor=False).eval()
    for parameter in encoder.parameters():
        nn.init.normal_(parameter)
    model = {"type": "TransformerEncoder", "num_layers": layers, "nhead": 2, "sequence_len": 5}
    header = {"format": "coverify-architecture", "version": 1, "input": {"shape": [8, "T"]}}
    state = dict(encoder.state_dict())
    torch.save(
        {"state_dict": state, "architecture": json.dumps({**header, "model": model})},
        folder / "a.pt",
    )
    for source, target, keys in (("a.pt", "b.pt", "co"), ("b.pt", "c.pt", "torch")):
        result = judge.call("convert", folder / source, folder / target, "--keys", keys)
        if result.returncode != 0:
            raise Failure(f"to {keys}: {result.stderr.strip()}")
    built = co.TransformerEncoder.build_from(encoder, 5)
    for file, wanted in (("b.pt", dict(built.state_dict())), ("c.pt", state)):
        found = weights(folder / file)
        if sorted(found) != sorted(wanted):
            raise Failure(f"{file}: {sorted(set(found) ^ set(wanted))}")
        if not all(torch.equal(found[name], wanted[name]) for name in found):
            raise Failure(f"{file}: other values")
    done["encoders"] += 1


def weights(file: Path) -> dict[str, Tensor]:
    return dict(torch.load(file, weights_only=True)["state_dict"])


if __name__ == "__main__":
    main()
