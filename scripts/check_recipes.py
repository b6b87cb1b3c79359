#!/usr/bin/env python3
"""Compares each recipe with its network: what coverify makes of the tensors alone with PyTorch's float64.

    scripts/check_recipes.py COVERIFY [NAME ...]

Where a package ships a file of weights, that is the file. The large networks take a minute each.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import copy  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from pathlib import Path  # noqa: E402

import torch  # noqa: E402
from make_recipes import RECIPES, Recipe  # noqa: E402
from pytorch_reference.quiet import be_quiet  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from torch import Tensor, nn  # noqa: E402

FRAMES = 16


def reference(recipe: Recipe, network: nn.Module) -> tuple[Tensor, Tensor]:
    """A clip as coverify takes it, and what PyTorch makes of it in float64."""
    wide = copy.deepcopy(network).double()
    if recipe.name == "resemblyzer":
        clip = torch.rand(2, FRAMES, 40)
        steps = [wide(clip.double()[:, : frame + 1]) for frame in range(FRAMES)]
        return clip.transpose(1, 2), torch.stack(steps, 2)
    if recipe.name == "st_gcn":
        clip = torch.randn(2, 3, 64, 25)
        return clip, wide(clip.double()[..., None])
    if recipe.model is not None:
        # Frames are samples to the network.
        frames = torch.randn(FRAMES, *recipe.shape[1:])
        output = wide(frames.double())
        output = output[0] if isinstance(output, tuple) else output
        return frames.movedim(0, 1)[None], output.movedim(0, 1)[None]
    clip = torch.randn(recipe.shape)
    return clip, wide(clip.double())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("names", nargs="*", help="of recipes; all by default")
    options = parser.parse_args()
    be_quiet()
    failed = 0
    for recipe in RECIPES:
        if options.names and recipe.name not in options.names:
            continue
        torch.manual_seed(0)
        network = recipe.build().eval()
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            file, given, expected = (
                Path(folder) / name
                for name in ("tensors.pt", "input.safetensors", "expect.safetensors")
            )
            clip, output = reference(recipe, network)
            torch.save(dict(network.state_dict()), file)
            save_file({"input": clip.contiguous()}, given)
            save_file({"forward": output.contiguous()}, expected)
            told = ["--recipe", recipe.name, "--input", given, "--expect", expected]
            done = subprocess.run([options.coverify, file, *told], capture_output=True, text=True)
        text = done.stdout + done.stderr
        compared = next((line for line in text.splitlines() if line.strip().startswith("CV8 ")), "")
        print(f"{recipe.name}: exit {done.returncode}{compared}", flush=True)
        if done.returncode or not compared.endswith("ok"):
            failed += 1
            print(text)
    sys.exit(f"{failed} recipes differ" if failed else 0)


if __name__ == "__main__":
    main()
