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
from collections.abc import Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from support.model_packages import VERSIONS, enter_packages, version  # noqa: E402

enter_packages()

import torch  # noqa: E402
from recipes import RECIPES  # noqa: E402
from recipes.recipe import Node, Recipe  # noqa: E402
from torch import nn  # noqa: E402

FOLDER = Path(__file__).resolve().parent.parent / "Sources" / "TorchModels" / "Recipes"


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
        unused = {key for key in state if not is_used(key, used)}
        if not unused <= set(recipe.unused):
            sys.exit(f"{recipe.name} leaves out {sorted(unused - set(recipe.unused))}")
        text = compact(document, network, recipe)
        shared = recipe.text or recipe.name
        if texts.setdefault(shared, text) != text:
            sys.exit(f"{recipe.name} is not {shared} with other values")
        rows.append(row(recipe, shared, [key for key in state if key not in recipe.unused], state))
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
    """The paths of all nodes, and the names of tensors that nodes name."""
    own = ".".join(part for part in (path, str(node.get("name", ""))) if part)
    names = {own, *(".".join(filter(None, (own, key))) for key in node.get("matrix", []))}
    for place, child in enumerate([*node.get("modules", []), *node.get("nodes", [])]):
        named = child if "name" in child else {**child, "name": str(place)}
        names |= names_of(named, own)
    return names - {""}


def is_used(key: str, names: set[str]) -> bool:
    parts = key.split(".")
    return any(".".join(parts[:count]) in names for count in range(1, len(parts) + 1))


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
    lines = [json.dumps(shortened(node, state, ""), separators=(",", ":")) for node in nodes]
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
        "frames": ['"frames":VALUE'],
        "size": [",VALUE,VALUE]"],
        "pool": ['"kernel_size":VALUE'],
        "joints": ['"T",VALUE]', '"v":VALUE'],
    }
    for place in places[name]:
        text = text.replace(place.replace("VALUE", wanted), place.replace("VALUE", f'"${name}"'))
    return text


def shortened(node: Node, state: Mapping[str, torch.Tensor], path: str) -> Node:
    """A node without what need not be said, and with the kernel of a convolution."""
    own = ".".join(part for part in (path, str(node.get("name", ""))) if part)
    short: Node = {}
    for key, value in node.items():
        plain = {str(size) for size in value} if isinstance(value, list) else {str(value)}
        strides = key == "dilation" or key == "stride" and "Pool" not in node["type"]
        if key in STANDARD and STANDARD[key] in (None, value):
            continue
        if strides and plain == {"1"} or key == "padding" and plain == {"0"}:
            continue
        short[key] = value
    if "modules" in short:
        short["modules"] = [shortened(child, state, own) for child in short["modules"]]
    weight = state.get(f"{own}.weight")
    if node["type"].startswith("Conv") and weight is not None:
        short["kernel_size"] = list(weight.shape[2:])
    if any(f"{own}.{name}" in state for name in ("bias", "bias_ih_l0")):
        if not node["type"].startswith("BatchNorm"):
            short["bias"] = True
    return short


def fingerprint(state: Mapping[str, torch.Tensor], names: list[str]) -> int:
    """As `Recipe.fingerprint` in Swift."""
    lines = [f"{name}:{'x'.join(str(size) for size in state[name].shape[2:])}" for name in names]
    value = 0xCBF29CE484222325
    for byte in "\n".join(sorted(lines)).encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def packaged(name: str) -> str:
    """A package with its version, where it is one that is pinned."""
    return f"{name} {version(name)}" if name in VERSIONS else name


def row(recipe: Recipe, shared: str, names: list[str], state: Mapping[str, torch.Tensor]) -> str:
    lines = [
        f'      name: "{recipe.name}", package: "{packaged(recipe.package)}",',
        f'      assumptions: "{recipe.assumptions}",',
        f"      count: {len(names)}, fingerprint: 0x{fingerprint(state, names):016X},",
    ]
    if recipe.unused:
        lines.append(f"      unused: [{', '.join(quoted(name) for name in recipe.unused)}],")
    if recipe.renames:
        made = (f".init(pattern: {quoted(a)}, replacement: {quoted(b)})" for a, b in recipe.renames)
        lines.append(f"      renames: [{', '.join(made)}],")
    lines.append(f"      text: RecipeText.{shared},")
    if recipe.values:
        values = (f"{quoted(k)}: {quoted(json.dumps(v))}" for k, v in recipe.values.items())
        lines.append(f"      values: [{', '.join(values)}],")
    lines[-1] = lines[-1].rstrip(",")
    return "    Recipe(\n" + "\n".join(lines) + "\n    ),\n"


def quoted(text: str) -> str:
    """A text in Swift."""
    return f'#"{text}"#' if "\\" in text else f'"{text}"'


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
