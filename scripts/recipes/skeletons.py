"""Recipes of networks of skeletons: ST-GCN."""

from typing import Any

import torch
from models import st_gcn
from torch import Tensor, nn

from recipes.recipe import Node, Recipe, document


class Wiring:
    """The nodes of a graph, in order."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(
        self, kind: str, place: str, source: str | list[str], name: str | None = None, **more: Any
    ) -> str:
        inputs = source if isinstance(source, list) else [source]
        node = {"type": kind} if name is None else {"type": kind, "name": name}
        self.nodes.append({**node, "id": place, "inputs": inputs, **more})
        return place


def st_gcn_model(network: nn.Module) -> Node:
    """One person; the network's output for several is the mean of theirs."""
    joints = network.state_dict()["A"].shape[1]
    graph = Wiring()
    add = graph.add
    x = add("Rearrange", "joints", "x", pattern="b c t v -> b (v c) t")
    x = add("BatchNorm1d", "bn", x, "data_bn")
    before = add("Rearrange", "start", x, pattern="b (v c) t -> b c t v", v=joints)
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
    return document(
        [3, "T", joints], 64, {"type": "Graph", "output": output, "nodes": graph.nodes}
    )


def compare_st_gcn(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
    clip = torch.randn(2, 3, 64, network.state_dict()["A"].shape[1])
    return clip, {"forward": network(clip.double()[..., None])}


def st_gcn_of(name: str, joints: int, classes: int) -> Recipe:
    return Recipe(
        *(name, "st-gcn", lambda: st_gcn.STGCN(joints, classes), (1, 3, 64, joints, 1)),
        f"clips of 64 frames of {joints} joints of one person",
        st_gcn_model,
        values={"joints": joints},
        text="st_gcn",
        compare=compare_st_gcn,
    )


RECIPES = [st_gcn_of("st_gcn", 25, 60), st_gcn_of("st_gcn_kinetics", 18, 400)]
