"""Networks that are not a tree of modules, written as their `forward`; the architectures by hand."""

from typing import Any

import torch
from torch import Tensor, nn

from .fixture import BESIDE, INSIDE, Fixture, without_steps
from .schedule import Schedule

Node = dict[str, Any]


def node(identifier: str, inputs: list[str], kind: str, **arguments: Any) -> Node:
    """A node of a graph."""
    return {"id": identifier, "inputs": inputs, "type": kind, **arguments}


def graph(output: str, *nodes: Node) -> Node:
    return {"type": "Graph", "output": output, "nodes": list(nodes)}


class StridedBranches(nn.Module):
    """Branches of unequal delay with strides, one of which is used twice, and a gated skip."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, (3, 1), padding=(1, 0))
        self.wide = nn.Conv2d(4, 4, (7, 3), stride=(2, 1), padding=(3, 1))
        self.narrow = nn.Sequential(
            nn.Conv2d(4, 4, (2, 1), padding=(1, 0)),
            nn.MaxPool2d((2, 3), stride=(2, 1), padding=(0, 1)),
        )
        self.gate = nn.Conv2d(4, 4, (5, 3), padding=(2, 1), groups=2)
        self.head = nn.Conv2d(12, 2, (3, 2), stride=(2, 1))

    def forward(self, clip: Tensor) -> Tensor:
        stem = self.stem(clip).relu()
        wide, narrow = self.wide(stem), self.narrow(stem)
        both = wide + narrow
        gated = both * self.gate(both).sigmoid()
        return self.head(torch.cat([gated, wide, torch.maximum(both, narrow)], dim=1))

    def schedule(self, _frames: int) -> Schedule:
        wide = Schedule(7, 3, 3, 2, 3)
        narrow = Schedule(2, 0, 1, 1, 0).then(Schedule(2, 1, 0, 2, 1))
        both = Schedule(7, max(wide.delay, narrow.delay), 3, 2, max(wide.first, narrow.first))
        gated = both.then(Schedule(5, 2, 2, 1, 2))
        return Schedule(3, 1, 1, 1, 1).then(gated).then(Schedule(3, 2, 0, 2, 2))


STRIDED_BRANCHES = graph(
    "head",
    # In no order.
    node("joined", ["gated", "wide", "larger"], "Reduce", reduce="concat"),
    node("head", ["joined"], "Conv2d", stride=[2, 1]),
    node("larger", ["both", "narrow"], "Reduce", reduce="max"),
    node("gated", ["both", "sigmoid"], "Multiply"),
    node("sigmoid", ["gate"], "Sigmoid"),
    node("gate", ["both"], "Conv2d", padding=[2, 1], groups=2),
    node("both", ["wide", "narrow"], "Add"),
    node(
        *("narrow", ["relu"], "Sequential"),
        modules=[
            {"type": "Conv2d", "padding": [1, 0]},
            {"type": "MaxPool2d", "kernel_size": [2, 3], "stride": [2, 1], "padding": [0, 1]},
        ],
    ),
    node("wide", ["relu"], "Conv2d", stride=[2, 1], padding=[3, 1]),
    node("relu", ["stem"], "ReLU"),
    node("stem", ["x"], "Conv2d", padding=[1, 0]),
)


class GatedSkips(nn.Module):
    """As WaveNet: dilated layers, each gated, whose skips are summed."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Conv1d(2, 4, 1)
        self.filters = nn.ModuleList([nn.Conv1d(4, 4, 2, dilation=2**i) for i in range(3)])
        self.gates = nn.ModuleList([nn.Conv1d(4, 4, 2, dilation=2**i) for i in range(3)])
        self.skips = nn.ModuleList([nn.Conv1d(4, 3, 1) for _ in range(3)])

    def forward(self, clip: Tensor) -> Tensor:
        state, skips = self.start(clip), torch.zeros(1).to(clip)
        for layer, (filters, gates, skip) in enumerate(
            zip(self.filters, self.gates, self.skips, strict=True)
        ):
            past = nn.functional.pad(state, (2**layer, 0))
            gated = filters(past).tanh() * gates(past).sigmoid()
            state, skips = state + gated, skips + skip(gated)
        return skips.relu()

    def schedule(self, _frames: int) -> Schedule:
        return Schedule(receptive_field=8, padding=7)


def gated_skips() -> Node:
    """Causal padding is a convolution padded on both sides, without the frames at the end."""
    nodes, state = [node("start", ["x"], "Conv1d")], "start"
    for i in range(3):
        causal = {"dilation": 2**i, "padding": 2**i}
        cut: Node = {"type": "Delay", "delay": 2**i, "auto_shrink": "lagging"}
        for kind, name, function in (("filters", "f", "Tanh"), ("gates", "g", "Sigmoid")):
            layers = [{"type": "Conv1d", "name": f"{kind}.{i}", **causal}, cut, {"type": function}]
            nodes.append(node(f"{name}{i}", [state], "Sequential", name="", modules=layers))
        nodes.append(node(f"z{i}", [f"f{i}", f"g{i}"], "Reduce", reduce="mul"))
        nodes.append(node(f"skip{i}", [f"z{i}"], "Conv1d", name=f"skips.{i}"))
        if i < 2:
            nodes.append(node(f"x{i}", [state, f"z{i}"], "Add"))
            state = f"x{i}"
    nodes.append(node("sum", ["skip0", "skip1", "skip2"], "Add"))
    nodes.append(node("relu", ["sum"], "ReLU"))
    return graph("relu", *nodes)


JOINTS, SUBSETS = 5, 3


class SkeletonBlock(nn.Module):
    """A block of ST-GCN: joints are mixed by weighted adjacencies, then frames by a convolution."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.gcn = nn.Conv2d(inputs, SUBSETS * outputs, 1)
        self.tcn = nn.Sequential(
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, (5, 1), (stride, 1), (2, 0)),
            nn.BatchNorm2d(outputs),
        )
        self.residual = nn.Conv2d(inputs, outputs, 1, (stride, 1))

    def forward(self, clip: Tensor, adjacency: Tensor) -> Tensor:
        mixed = self.gcn(clip)
        batch, channels, frames, joints = mixed.shape
        mixed = mixed.view(batch, SUBSETS, channels // SUBSETS, frames, joints)
        mixed = torch.einsum("nkctv,kvw->nctw", mixed, adjacency)
        return (self.tcn(mixed) + self.residual(clip)).relu()


class SubsetConvolution(nn.Module):
    """A graph convolution of CoST-GCN: each adjacency has a convolution of its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.A = nn.Parameter(torch.zeros(SUBSETS, JOINTS, JOINTS), requires_grad=False)
        self.graph_attn = nn.Parameter(torch.zeros(SUBSETS, JOINTS, JOINTS))
        self.g_conv = nn.ModuleList([nn.Conv2d(channels, channels, 1) for _ in range(SUBSETS)])

    def forward(self, clip: Tensor) -> Tensor:
        weighted = self.A * self.graph_attn
        return sum(conv(clip @ weighted[i]) for i, conv in enumerate(self.g_conv)) + clip


class Skeleton(nn.Module):
    """Joints (N, C, T, V) that are normalized together, mixed and pooled."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("A", torch.zeros(SUBSETS, JOINTS, JOINTS))
        self.data_bn = nn.BatchNorm1d(3 * JOINTS)
        self.blocks = nn.ModuleList([SkeletonBlock(3, 4, 1), SkeletonBlock(4, 6, 2)])
        self.edge_importance = nn.ParameterList(
            [torch.ones(SUBSETS, JOINTS, JOINTS) for _ in range(2)]
        )
        self.subsets = SubsetConvolution(6)
        self.fc = nn.Linear(6, 2)

    def forward(self, clip: Tensor) -> Tensor:
        batch, channels, frames, joints = clip.shape
        flat = clip.permute(0, 3, 1, 2).reshape(batch, joints * channels, frames)
        flat = self.data_bn(flat).view(batch, joints, channels, frames)
        state = flat.permute(0, 2, 3, 1)
        for block, importance in zip(self.blocks, self.edge_importance, strict=True):
            state = block(state, self.A * importance)
        state = self.subsets(state).mean(dim=3)
        state = nn.functional.avg_pool1d(state, 4, 1)
        return self.fc(state.transpose(1, 2)).transpose(1, 2)

    def schedule(self, _frames: int) -> Schedule:
        block = Schedule(5, 2, 2, 1, 2)
        strided = Schedule(5, 2, 2, 2, 2)
        return block.then(strided).then(Schedule(4, 3, 0, 1, 3))


def skeleton() -> Node:
    nodes = [
        node("flat", ["x"], "Rearrange", pattern="b c t v -> b (v c) t"),
        node("data_bn", ["flat"], "BatchNorm1d"),
        node("start", ["data_bn"], "Rearrange", pattern="b (v c) t -> b c t v", v=JOINTS),
    ]
    state = "start"
    for i, stride in enumerate((1, 2)):
        matrix = ["A", f"edge_importance.{i}"]
        time = {"type": "Conv2d", "stride": [stride, 1], "padding": [2, 0]}
        layers = [{"type": "BatchNorm2d"}, {"type": "ReLU"}, time, {"type": "BatchNorm2d"}]
        nodes += [
            node(f"gcn{i}", [state], "Conv2d", name=f"blocks.{i}.gcn"),
            node(f"mix{i}", [f"gcn{i}"], "MatMul", name="", matrix=matrix),
            node(f"tcn{i}", [f"mix{i}"], "Sequential", name=f"blocks.{i}.tcn", modules=layers),
            node(f"res{i}", [state], "Conv2d", name=f"blocks.{i}.residual", stride=[stride, 1]),
            node(f"sum{i}", [f"tcn{i}", f"res{i}"], "Add"),
            node(f"block{i}", [f"sum{i}"], "ReLU"),
        ]
        state = f"block{i}"
    for i in range(SUBSETS):
        matrix = ["A", "graph_attn"]
        nodes += [
            node(f"m{i}", [state], "MatMul", name="subsets", matrix=matrix, index=i),
            node(f"g{i}", [f"m{i}"], "Conv2d", name=f"subsets.g_conv.{i}"),
        ]
    tail = [
        {"type": "AvgPool2d", "kernel_size": [1, JOINTS]},
        {"type": "Rearrange", "pattern": "b c t 1 -> b c t"},
        {"type": "AvgPool1d", "kernel_size": 4, "stride": 1},
        {"type": "Linear", "name": "fc", "channel_dim": 1},
    ]
    nodes.append(node("sum", [*(f"g{i}" for i in range(SUBSETS)), state], "Add"))
    nodes.append(node("y", ["sum"], "Sequential", name="", modules=tail))
    return graph("y", *nodes)


def _fixture(
    name: str, what: str, build: Any, shape: tuple[int, ...], form: str, model: Node
) -> Fixture:
    """A network that the continual library cannot express."""
    return without_steps("has no graphs", name, what, build, shape, form, model=model)


FIXTURES = [
    _fixture(
        *("graph-strided", "a graph with strided branches of unequal delay", StridedBranches),
        *((2, 3, 17, 5), BESIDE, STRIDED_BRANCHES),
    ),
    _fixture(
        *("graph-skips", "a graph of dilated gated layers with summed skips", GatedSkips),
        *((2, 2, 13), INSIDE, gated_skips()),
    ),
    _fixture(
        *("graph-skeleton", "joints mixed by adjacencies of the file, as ST-GCN", Skeleton),
        *((2, 3, 17, JOINTS), BESIDE, skeleton()),
    ),
]
