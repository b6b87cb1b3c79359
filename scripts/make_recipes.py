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
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from support.model_packages import enter_packages, version  # noqa: E402

enter_packages()

import torch  # noqa: E402
from models import st_gcn  # noqa: E402
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


class Stored(nn.Module):
    """The tensors of a file of a package, and the network that uses them."""

    def __init__(self, network: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.network = network
        self.tensors = dict(tensors)

    def state_dict(self, *_: Any, **__: Any) -> dict[str, torch.Tensor]:
        return self.tensors

    def forward(self, clip: torch.Tensor) -> torch.Tensor:
        return self.network(clip)


def of_frames(shape: list[Any], nodes: list[Node], frames: int = 4) -> Node:
    """Modules of a network that knows no time, applied to each frame."""
    whole = {"type": "Sequential", "name": "", "modules": nodes}
    return {
        "format": "coverify-architecture", "version": 1,
        "input": {"shape": shape, "frames": frames},
        "model": {"type": "Framewise", "name": "", "modules": [whole]},
    }  # fmt: skip


PESTO = Path(str(find_spec("pesto").origin)).parent / "weights"  # type: ignore[union-attr]


def pesto() -> nn.Module:
    from pesto.model import Resnet1d

    stored = torch.load(PESTO / "mir-1k_g7.ckpt", weights_only=False)
    network = Resnet1d(**stored["hparams"]["encoder"])
    tensors = stored["state_dict"]
    prefix = "encoder."
    network.load_state_dict(
        {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    )
    return Stored(network, tensors)


def pesto_model(network: nn.Module) -> Node:
    """A spectrum each frame."""
    state = network.state_dict()
    bins = state["encoder.layernorm.weight"].shape[1]

    def filtered(name: str) -> list[Node]:
        size = state[f"encoder.{name}.weight"].shape[2]
        convolution = {"type": "Conv1d", "name": f"encoder.{name}", "padding": size // 2}
        return [convolution, {"type": "LeakyReLU", "negative_slope": 0.3}]

    names = [key.removeprefix("encoder.").removesuffix(".weight") for key in state if ".weight" in key]
    nodes: list[Node] = [
        {"type": "LayerNorm", "name": "encoder.layernorm", "normalized_shape": [1, bins]},
        *filtered("conv1.0"),
    ]
    for name in names:
        if name.startswith("prefilt_layers"):
            inner = {"type": "Sequential", "name": "", "modules": filtered(name)}
            nodes.append({"type": "Residual", "name": "", "modules": [inner]})
    for name in names:
        if name.startswith("conv_layers"):
            nodes += filtered(name)
    channels = state["encoder.conv_layers.9.weight"].shape[0]
    size = state["encoder.fc.weight"].shape[2] - channels * bins
    nodes += [
        {"type": "Reshape", "shape": [-1, 1, channels * bins]},
        {"type": "Conv1d", "name": "encoder.fc", "padding": size},
        {"type": "Flatten"},
        {"type": "Softmax", "dim": -1},
    ]
    return of_frames([1, "T", bins], nodes)


def resemblyzer() -> nn.Module:
    from resemblyzer import VoiceEncoder

    return VoiceEncoder("cpu", verbose=False)


def resemblyzer_model(_: nn.Module) -> Node:
    """An embedding of length one after each frame."""
    calls = [
        {
            "operator": "linalg_vector_norm.default",
            "arguments": {"self": {"value": "x"}, "ord": 2, "dim": [1], "keepdim": True},
            "outputs": ["n"], "shapes": [[1, 1]],
        },
        {
            "operator": "div.Tensor", "arguments": {"self": {"value": "x"}, "other": {"value": "n"}},
            "outputs": ["y"], "shapes": [[1, 256]],
        },
    ]  # fmt: skip
    nodes: list[Node] = [
        {"type": "LSTM", "name": "lstm", "num_layers": 3},
        {"type": "Linear", "name": "linear", "channel_dim": 1},
        {"type": "ReLU"},
        {
            "type": "Calculation", "name": "", "calls": calls, "inputs": ["x"], "output": "y",
            "input_shape": [1, 256], "output_shape": [1, 256],
        },
    ]  # fmt: skip
    return {
        "format": "coverify-architecture", "version": 1, "input": {"shape": [40, "T"], "frames": 32},
        "model": {"type": "Sequential", "modules": nodes},
    }  # fmt: skip


def mtcnn(name: str) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        from facenet_pytorch.models import mtcnn

        return getattr(mtcnn, name)()

    return build


def mtcnn_model(letter: str, size: int) -> Callable[[nn.Module], Node]:
    """The boxes; what is a face, and where its eyes are, are outputs of their own."""

    def model(network: nn.Module) -> Node:
        modules = dict(network.named_children())
        nodes: list[Node] = []
        for name, module in modules.items():
            kind = type(module).__name__
            node: Node = {"type": kind, "name": name}
            if kind == "MaxPool2d":
                node |= {"kernel_size": module.kernel_size, "stride": module.stride}
                node |= {"ceil_mode": True}
            if name.endswith("_1") or name.endswith("_3") or kind == "Softmax":
                continue
            if kind == "Linear" and not any(other["type"] == "Flatten" for other in nodes):
                # Width, height and channels, in this order.
                nodes += [{"type": "Rearrange", "pattern": "b c h w -> b (w h c)"}]
                nodes += [{"type": "Flatten"}]
            nodes.append(node)
        return of_frames([3, "T", size, size], [n for n in nodes if n["type"] != "Flatten"])

    return model


def st_gcn_model(network: nn.Module) -> Node:
    """One person; the network's output for several is the mean of theirs."""
    joints = network.state_dict()["A"].shape[1]
    nodes: list[Node] = [
        {"type": "Rearrange", "id": "joints", "inputs": ["x"], "pattern": "b c t v -> b (v c) t"},
        {"type": "BatchNorm1d", "name": "data_bn", "id": "bn", "inputs": ["joints"]},
        {
            "type": "Rearrange", "id": "start", "inputs": ["bn"],
            "pattern": "b (v c) t -> b c t v", "v": joints,
        },
    ]  # fmt: skip
    before = "start"

    def add(
        kind: str, place: str, source: str | list[str], name: str | None = None, **more: Any
    ) -> str:
        inputs = source if isinstance(source, list) else [source]
        node = {"type": kind} if name is None else {"type": kind, "name": name}
        nodes.append({**node, "id": place, "inputs": inputs, **more})
        return place

    for number, (channels, outputs, stride, has_residual) in enumerate(st_gcn.LAYERS):
        path = f"st_gcn_networks.{number}"
        x = add("Conv2d", f"{number}.gcn", before, f"{path}.gcn.conv")
        matrices = ["A", f"edge_importance.{number}"]
        x = add("MatMul", f"{number}.a", x, matrix=matrices, axis=3, stack="sum", name="")
        x = add("BatchNorm2d", f"{number}.0", x, f"{path}.tcn.0")
        x = add("ReLU", f"{number}.1", x)
        strides = {"stride": [stride, 1], "padding": [4, 0]}
        x = add("Conv2d", f"{number}.2", x, f"{path}.tcn.2", **strides)
        x = add("BatchNorm2d", f"{number}.3", x, f"{path}.tcn.3")
        if has_residual:
            other = before
            if channels != outputs or stride > 1:
                other = add(
                    "Conv2d", f"{number}.r", before, f"{path}.residual.0", stride=[stride, 1]
                )
                other = add("BatchNorm2d", f"{number}.rn", other, f"{path}.residual.1")
            x = add("Reduce", f"{number}.s", [x, other], reduce="sum")
        before = add("ReLU", f"{number}", x)
    x = add("AdaptiveAvgPool2d", "pool", before, output_size=[1, 1])
    x = add("Conv2d", "fcn", x, "fcn")
    output = add("Flatten", "flat", x, start_dim=1)
    return {
        "format": "coverify-architecture", "version": 1,
        "input": {"shape": [3, "T", joints], "frames": 64},
        "model": {"type": "Graph", "output": output, "nodes": nodes},
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
    Recipe(
        *("st_gcn", "st-gcn", st_gcn.STGCN, (1, 3, 64, 25, 1)),
        "clips of 64 frames of 25 joints of one person",
        st_gcn_model,
    ),
    Recipe(
        *("resemblyzer", "Resemblyzer", resemblyzer, (1, 160, 40)),
        "frames of 40 mels as (B, 40, T), and the embedding after each of them",
        resemblyzer_model,
    ),
    Recipe(
        *("pesto", "pesto-pitch", pesto, (1, 1, 219)),
        "frames of 219 bins of a constant-Q transform, and the pitch without its confidence",
        pesto_model,
    ),
    *(
        Recipe(
            *(name.lower(), "facenet-pytorch", mtcnn(name), (1, 3, size, size)),
            f"frames of {size} x {size}, and the boxes alone",
            mtcnn_model(name[0].lower(), size),
        )
        for name, size in (("PNet", 48), ("RNet", 24), ("ONet", 48))
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


def packaged(name: str) -> str:
    """A package with its version; of a repository that is none, its name."""
    return name if name == "st-gcn" else f"{name} {version(name)}"


def row(recipe: Recipe, shared: str, number: int, unused: list[str]) -> str:
    lines = [
        f'      name: "{recipe.name}", package: "{packaged(recipe.package)}",',
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
