#!/usr/bin/env python3
"""Writes the recipes: architectures of networks of packages, for files that hold their tensors alone.

    scripts/make_recipes.py COVERIFY

Each network is made with the packages that `support/model_packages.txt` pins, exported, and read by
`coverify draft`. What tensors tell and what is PyTorch's default is left out. The recipes are Swift files
of `Sources/TorchModels/Recipes`.
"""

from support.environment import enter_environment

enter_environment()

import argparse  # noqa: E402
import json  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Callable, Mapping  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from support.model_packages import enter_packages, version  # noqa: E402

enter_packages()

import torch  # noqa: E402
from torch import nn  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "Sources" / "TorchModels" / "Recipes"

Node = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """A network, a clip, and what the recipe assumes."""

    name: str
    package: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    assumptions: str
    model: Callable[[nn.Module], Node] | None = None
    """The architecture where its tensors are not those of the network's own names."""

    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The recipe whose text it shares, up to values."""


def torchvision(name: str, frames: int, size: int) -> Recipe:
    def build() -> nn.Module:
        from torchvision.models import video

        return getattr(video, name)()

    said = f"clips of {frames} frames of {size} x {size}, and the strides and paddings of its class"
    return Recipe(name, "torchvision", build, (1, 3, frames, size, size), said)


def hub(name: str, frames: int, size: int, **options: Any) -> Recipe:
    def build() -> nn.Module:
        from pytorchvideo.models import hub

        return getattr(hub, name)(pretrained=False)

    said = f"clips of {frames} frames of {size} x {size}, and the head that pools them"
    return Recipe(name, "pytorchvideo", build, (1, 3, frames, size, size), said, **options)


def x3d(size: str, frames: int, pixels: int) -> Recipe:
    pool = -(-pixels // 32)
    values = {
        "frames": frames, "size": pixels, "pool": [frames, pool, pool]
    }  # fmt: skip
    return hub(f"x3d_{size}", frames, pixels, values=values, text="x3d")


def crepe() -> nn.Module:
    """The small one; the others have more channels alone."""
    import torchcrepe

    return torchcrepe.model.Crepe("tiny")


def crepe_model(_: nn.Module) -> Node:
    """Windows of samples, each by itself: the convolutions are those of a picture of one column."""
    nodes: list[Node] = [
        {"type": "Rearrange", "pattern": "b s t -> b 1 t s 1"},
    ]
    for layer in range(1, 7):
        stride, padding = ([4, 1], [[254, 254], 0]) if layer == 1 else ([1, 1], [[31, 32], 0])
        convolution = {"type": "Conv2d", "name": f"conv{layer}", "stride": stride, "padding": padding}
        nodes += [
            {"type": "Framewise", "name": "", "modules": [convolution]},
            {"type": "ReLU"},
            {"type": "BatchNorm3d", "name": f"conv{layer}_BN", "eps": 0.0010000000474974513},
            {"type": "MaxPool3d", "kernel_size": [1, 2, 1], "stride": [1, 2, 1]},
        ]
    nodes += [
        {"type": "Rearrange", "pattern": "b c t s 1 -> b (s c) t"},
        {"type": "Linear", "name": "classifier", "channel_dim": 1},
        {"type": "Sigmoid"},
    ]
    return {
        "format": "coverify-architecture", "version": 1,
        "input": {"shape": [1024, "T"], "frames": 8},
        "model": {"type": "Sequential", "modules": nodes},
    }  # fmt: skip


RECIPES = [
    torchvision("r3d_18", 16, 112),
    torchvision("mc3_18", 16, 112),
    torchvision("r2plus1d_18", 16, 112),
    torchvision("s3d", 32, 224),
    x3d("xs", 4, 160),
    x3d("s", 13, 160),
    x3d("m", 16, 224),
    hub("slow_r50", 8, 224),
    hub("i3d_r50", 8, 224),
    hub("c2d_r50", 8, 224),
    hub("csn_r101", 32, 224),
    hub("r2plus1d_r50", 16, 224),
    Recipe(
        *("crepe", "torchcrepe", crepe, (1, 1024)),
        "frames of 1024 samples at 16 kHz, each normalized by itself as torchcrepe does",
        crepe_model,
    ),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    program = parser.parse_args().coverify.resolve()
    texts: dict[str, str] = {}
    rows: list[str] = []
    for recipe in RECIPES:
        torch.manual_seed(0)
        network = recipe.build().eval()
        document = recipe.model(network) if recipe.model else drafted(program, recipe, network)
        used = names_of(document["model"])
        state = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
        unused = sorted(key for key in state if not is_used(key, used))
        text = compact(document, network, recipe)
        shared = recipe.text or recipe.name
        if texts.setdefault(shared, text) != text:
            sys.exit(f"{recipe.name} is not {shared} with other values")
        rows.append(row(recipe, shared, fingerprint(state, unused), unused))
        print(f"{recipe.name}: {len(text):,} characters", file=sys.stderr)
    for name, text in texts.items():
        (FOLDER / f"RecipeText+{name}.swift").write_text(swift_text(name, text))
    (FOLDER / "Recipe+All.swift").write_text(swift_list(rows))


def drafted(program: Path, recipe: Recipe, network: nn.Module) -> Node:
    """What coverify reads in the exported network."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.pt2"
        torch.export.save(torch.export.export(network, (torch.randn(recipe.shape),)), file)
        found = subprocess.run([program, "draft", file], capture_output=True, text=True)
    if found.returncode:
        sys.exit(f"{recipe.name}: {found.stderr}")
    return json.loads(found.stdout)


def names_of(node: Node, path: str = "") -> set[str]:
    """The paths of all nodes."""
    name = str(node.get("name", ""))
    own = f"{path}.{name}".strip(".")
    inner = [*node.get("modules", []), *node.get("nodes", [])]
    return {own, *(found for child in inner for found in names_of(child, own))} - {""}


def is_used(key: str, names: set[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:count]) in names for count in range(1, len(parts)))


# What is the default, or what tensors tell.
STANDARD: Mapping[str, Any] = {
    "groups": None, "bias": None, "affine": True, "track_running_stats": True, "eps": 1e-05,
    "elementwise_affine": True, "ceil_mode": False, "in_channels": None, "out_channels": None,
    "in_features": None, "out_features": None, "num_features": None,
}  # fmt: skip


def compact(document: Node, network: nn.Module, recipe: Recipe) -> str:
    """The document with short ids, a node a line."""
    ids: dict[str, str] = {"x": "x"}
    model = document["model"]
    if "nodes" in model:
        for node in model["nodes"]:
            ids[node["id"]] = str(len(ids))
        for node in model["nodes"]:
            node["id"] = ids[node["id"]]
            node["inputs"] = [ids[name] for name in node["inputs"]]
        model["output"] = ids[model["output"]]
    nodes = model.get("nodes", model.get("modules"))
    state = network.state_dict()
    lines = [json.dumps(shortened(node, state), separators=(",", ":")) for node in nodes]
    header = {key: value for key, value in document.items() if key != "model"}
    header = {"format": header["format"], "version": 1, "input": header["input"]}
    wiring = {key: value for key, value in model.items() if key not in ("nodes", "modules")}
    kind = "nodes" if "nodes" in model else "modules"
    start = json.dumps({**header, "model": wiring}, separators=(",", ":"))[:-2]
    text = start + f',"{kind}":[\n' + ",\n".join(lines) + "\n]}}"
    for name, value in recipe.values.items():
        text = replaced(text, name, value)
    return text


def replaced(text: str, name: str, value: Any) -> str:
    """A value as the name of it."""
    wanted = json.dumps(value, separators=(",", ":"))
    places = {
        "frames": (f'"frames":{wanted}', '"frames":"$frames"'),
        "size": (f',{wanted},{wanted}]', ',"$size","$size"]'),
        "pool": (f'"kernel_size":{wanted}', '"kernel_size":"$pool"'),
    }
    return text.replace(*places[name])


def shortened(node: Node, state: Mapping[str, torch.Tensor]) -> Node:
    """A node without what need not be said, and with the kernel of a convolution."""
    short: Node = {}
    for key, value in node.items():
        plain = {str(size) for size in value} if isinstance(value, list) else {str(value)}
        strides = key == "dilation" or key == "stride" and "Pool" not in node["type"]
        if key in STANDARD and STANDARD[key] in (None, value):
            continue
        if strides and plain == {"1"} or key == "padding" and plain == {"0"}:
            continue
        short[key] = value
    weight = state.get(f"{node.get('name')}.weight")
    if node["type"].startswith("Conv") and weight is not None:
        short["kernel_size"] = list(weight.shape[2:])
    return short


def fingerprint(state: Mapping[str, torch.Tensor], unused: list[str]) -> int:
    """As `Recipe.fingerprint` in Swift."""
    lines = [
        f"{name}:{'x'.join(str(size) for size in tensor.shape[2:])}"
        for name, tensor in state.items()
        if name not in unused
    ]
    value = 0xCBF29CE484222325
    for byte in "\n".join(sorted(lines)).encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def row(recipe: Recipe, shared: str, number: int, unused: list[str]) -> str:
    lines = [
        f'      name: "{recipe.name}", package: "{recipe.package} {version(recipe.package)}",',
        f'      assumptions: "{recipe.assumptions}",',
        f"      fingerprint: 0x{number:016X},",
    ]
    if unused:
        names = ", ".join(f'"{name}"' for name in unused)
        lines.append(f"      unused: [{names}],")
    lines.append(f"      text: RecipeText.{shared},")
    if recipe.values:
        texts = {name: json.dumps(value) for name, value in recipe.values.items()}
        values = ", ".join(f'"{name}": "{text}"' for name, text in texts.items())
        lines.append(f"      values: [{values}],")
    lines[-1] = lines[-1].rstrip(",")
    return "    Recipe(\n" + "\n".join(lines) + "\n    ),\n"


MADE = "// swift-format-ignore-file\n// Made by scripts/make_recipes.py.\n\n"


def swift_text(name: str, text: str) -> str:
    margin = "\n".join("    " + line for line in text.splitlines())
    return (
        f"{MADE}extension RecipeText {{\n  /// The architecture of `{name}`.\n"
        f'  static let {name} = #"""\n{margin}\n    """#\n}}\n'
    )


def swift_list(rows: list[str]) -> str:
    return (
        f"{MADE}/// The texts of the recipes.\nenum RecipeText {{}}\n\nextension Recipe {{\n"
        "  /// All recipes, in the order in which they are listed.\n"
        f"  package static let all: [Recipe] = [\n{''.join(rows)}  ]\n}}\n"
    )


if __name__ == "__main__":
    main()
