"""Recipes of networks that are made of the modules of `continual`: CoSlow, CoI3D, CoC2D, CoX3D, CoST-GCN.

Their architectures are written from the modules themselves, without the delays that only align branches,
which coverify does by itself.
"""

from collections.abc import Callable
from typing import Any

import continual as co
import torch
from models import continual_skeletons, continual_video
from models.continual_skeletons import PARTITIONS, GraphConvolution
from pytorch_reference.answers import own_steps, stream_answer
from pytorch_reference.schedule import schedule
from torch import Tensor, nn

from recipes.recipe import Node, Recipe, document
from recipes.video import x3d_values

# The joints of a frame and the persons in it, who are one axis of space to convolutions.
JOINTS, PERSONS = 25, 2
APART: Node = {"type": "Rearrange", "pattern": "b c t (v s) -> b c t v s", "v": JOINTS}
TOGETHER: Node = {"type": "Rearrange", "pattern": "b c t v s -> b c t (v s)"}

# What the functions of CoST-GCN do.
FUNCTIONS: dict[str, list[Node]] = {
    "by_joint": [{"type": "Rearrange", "pattern": "b c t v s -> b (s v c) t"}],
    "by_person": [
        {
            "type": "Rearrange", "pattern": "b (s v c) t -> b c t (v s)",
            "s": PERSONS, "v": JOINTS,
        },
    ],
    "spatial_pool": [
        {"type": "AvgPool2d", "kernel_size": [1, JOINTS * PERSONS]},
        {"type": "Rearrange", "pattern": "b c t 1 -> b c t"},
    ],
}  # fmt: skip


def sequential(name: str, nodes: list[Node]) -> Node:
    return {"type": "Sequential", "name": name, "modules": nodes}


def joined(nodes: list[Node], name: str = "", **more: Any) -> Node:
    return {"type": "BroadcastReduce", "name": name, **more, "modules": nodes}


def node(module: nn.Module, name: str) -> Node:
    """The node of a module, without a name where it has no tensors."""
    made = {"type": type(module).__name__} | ({"name": name} if module.state_dict() else {})
    match module:
        case co.BroadcastReduce():
            inner = [node(child, place) for place, child in module.named_children()]
            # What is cut by a delay is no longer a matter of alignment.
            cut = any(isinstance(m, co.Delay) and m.auto_shrink for m in module.modules())
            return joined(inner, name, reduce=reduction(module), **({"auto_delay": False} if cut else {}))
        case co.Sequential():
            return sequential(name, nodes_in(module))
        case co.Delay():
            if module.auto_shrink:
                return {"type": "Delay", "delay": module.delay, "auto_shrink": True}
            return {"type": "Identity"}
        case GraphConvolution():
            return sequential(name, graph_convolution(module))
        case co.AdaptiveAvgPool3d():
            # Of each frame.
            return made | {"output_size": [None, 1, 1]}
        case nn.Softmax():
            return made | {"dim": 1}
        case co.Linear():
            return made | {"channel_dim": 1}
        case co.Conv2d() | co.Conv3d():
            return made | {"stride": list(module.stride), "padding": list(module.padding)}
        case nn.MaxPool3d() | nn.AvgPool3d() | nn.AvgPool1d():
            sizes = ("kernel_size", "stride", "padding")
            return made | {key: listed(getattr(module, key)) for key in sizes}
    return made


def nodes_in(module: co.Sequential) -> list[Node]:
    """The nodes of what is in a sequence."""
    nodes: list[Node] = []
    for name, child in module.named_children():
        if isinstance(child, co.Lambda):
            nodes += FUNCTIONS[child.fn.__name__]
        elif not isinstance(child, co.Delay) or child.auto_shrink:
            nodes.append(node(child, name))
    return nodes


def listed(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(value)


def reduction(module: co.BroadcastReduce) -> str:
    """How branches are joined: what squeezes is a factor."""
    last = list(module)[-1]
    return "mul" if isinstance(last, co.Sequential) and isinstance(last[-1], nn.Sigmoid) else "sum"


def graph_convolution(module: GraphConvolution) -> list[Node]:
    parts = [
        sequential(
            "",
            [
                APART,
                {"type": "MatMul", "name": "", "matrix": ["A", "graph_attn"], "index": part, "axis": 3},
                TOGETHER,
                {"type": "Conv2d", "name": f"g_conv.{part}"},
            ],
        )
        for part in range(PARTITIONS)
    ]
    main = sequential("", [joined(parts), {"type": "BatchNorm2d", "name": "bn"}])
    other: Node = {"type": "Identity"}
    if isinstance(module.gcn_residual, nn.Sequential):
        inner = [{"type": "Conv2d", "name": "0"}, {"type": "BatchNorm2d", "name": "1"}]
        other = sequential("gcn_residual", inner)
    return [joined([main, other]), {"type": "ReLU"}]


# MARK: Networks of video

NO_SPACE: Node = {"type": "Rearrange", "pattern": "b c t 1 1 -> b c t"}


def video_model(clip: int, size: int) -> Callable[[nn.Module], Node]:
    def model(network: nn.Module) -> Node:
        nodes = [*nodes_in(network), NO_SPACE]  # type: ignore[arg-type]
        return document([3, "T", size, size], clip, {"type": "Sequential", "modules": nodes})

    return model


def compare_video(
    frames: int, size: int, *, has_clip: bool = True
) -> Callable[[nn.Module], tuple[Tensor, dict[str, Tensor]]]:
    """A clip that gives a stream two outputs; CoX3D squeezes a whole clip, which is left out here."""

    def compare(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
        clip = torch.randn(1, 3, frames, size, size)
        if has_clip:
            tensors = stream_answer(network, clip).tensors()
        else:
            index, steps = own_steps(network, clip)
            tensors = {"steps": steps, "steps_index": torch.tensor(index)}
        return clip, {k: t.flatten(3).squeeze(3) if t.dim() == 5 else t for k, t in tensors.items()}

    return compare


def resnet(name: str, kind: str, clip: int) -> Recipe:
    frames, size = 8, 224
    pooled = "" if kind == "slow" else "a pool of two frames behind the second stage, "
    return Recipe(
        *(name, "co3d"),
        lambda: continual_video.resnet(kind, frames, size),
        (1, 3, clip, size, size),
        f"frames of {size} x {size}, {pooled}and a head that pools what is left of {frames} frames and"
        " has a softmax",
        video_model(clip, size),
        compare=compare_video(clip, size),
        wholes=(),
    )


def x3d(size: str, frames: int, pixels: int, clip: int) -> Recipe:
    return Recipe(
        *(f"cox3d_{size}", "co3d"),
        lambda: continual_video.x3d(frames, pixels),
        (1, 3, clip, pixels, pixels),
        f"frames of {pixels} x {pixels} that are squeezed one by one, as the steps of co3d do, and a head"
        f" that pools {frames} frames and has a softmax",
        video_model(clip, pixels),
        values=x3d_values(frames, pixels) | {"frames": clip},
        text="cox3d",
        # As `state_dict(flatten=True)` writes them.
        renames=(
            (r"^(s\d\.pathway0_res0)\.branch1", "$1.0.0.0.branch1"),
            (r"(_res\d+)\.branch2", "$1.0.1.branch2"),
            (r"\.se\.fc", ".se.1.fc"),
        ),
        compare=compare_video(clip, pixels, has_clip=False),
        wholes=(),
    )


# MARK: Networks of skeletons


def skeleton_model(network: nn.Module) -> Node:
    nodes = nodes_in(network)  # type: ignore[arg-type]
    model = {"type": "Sequential", "modules": nodes}
    return document([3, "T", JOINTS, PERSONS], 300, model)


def compare_skeletons(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    """The clip, and a chunk of all frames: `forward_step` of continual gets strides of small kernels wrong."""
    clip = torch.randn(1, 3, 300, JOINTS, PERSONS)
    steps = network.forward_steps(clip.double())
    index = list(schedule(network, clip.shape[2]).steps(clip.shape[2]))[: steps.shape[2]]
    forward = network.forward(clip.double())
    return clip, {"forward": forward, "steps": steps, "steps_index": torch.tensor(index)}


def cost_gcn(name: str, is_short: bool, assumptions: str) -> Recipe:
    return Recipe(
        *(name, "continual-skeletons"),
        lambda: continual_skeletons.cost_gcn(is_short, JOINTS, PERSONS),
        (1, 3, 300, JOINTS, PERSONS),
        f"clips of 300 frames of {JOINTS} joints of two persons, {assumptions}",
        skeleton_model,
        # As the networks that are not continual have them, whose weights are the published ones.
        renames=(
            (r"^layers\.layer([2-9]|10)\.(gcn|tcn)\.", "layers.layer$1.0.1.$2."),
            (r"^layers\.layer(\d+)\.residual\.", "layers.layer$1.0.0.residual."),
        ),
        compare=compare_skeletons,
        wholes=(),
    )


# The clips are those of which streams have given two outputs.
RECIPES = [
    x3d("s", 13, 160, 42),
    x3d("m", 16, 224, 45),
    resnet("coslow_r50", "slow", 18),
    resnet("coi3d_r50", "i3d", 27),
    resnet("coc2d_r50", "c2d", 10),
    cost_gcn("cost_gcn", False, "and windows with padding and strides"),
    cost_gcn("cost_gcn_mod", True, "and windows without padding and strides"),
]
