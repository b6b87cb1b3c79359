"""Networks that are no tree of modules, written as their `forward`; the architectures by hand."""

from typing import Any

import torch
from torch import Tensor, nn

from .fixture import BESIDE, INSIDE, Fixture
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
            nn.Conv2d(4, 4, (2, 1), padding=(1, 0)), nn.MaxPool2d((2, 3), stride=(2, 1), padding=(0, 1))
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


def _fixture(
    name: str, what: str, build: Any, shape: tuple[int, ...], form: str, model: Node
) -> Fixture:
    """A network that the continual library cannot express."""
    return Fixture(
        *(name, what, build, shape, form),
        model=model,
        steps=False,
        why_no_steps="the library has no graphs",
    )


FIXTURES = [
    _fixture(
        *("graph-strided", "a graph with strided branches of unequal delay", StridedBranches),
        *((2, 3, 17, 5), BESIDE, STRIDED_BRANCHES),
    ),
    _fixture(
        *("graph-skips", "a graph of dilated gated layers with summed skips", GatedSkips),
        *((2, 2, 13), INSIDE, gated_skips()),
    ),
]
