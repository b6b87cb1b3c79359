"""Other ways to write the same architecture, and nearly the same ones that mean something else."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

Node = dict[str, Any]

# What the tensors tell, and so may be left out.
_TOLD_BY_TENSORS = {
    "in_channels",
    "out_channels",
    "groups",
    "bias",
    "num_features",
    "in_features",
    "out_features",
}

_SIZES = {"kernel_size", "stride", "padding", "dilation", "output_size"}

_DEFAULTS: dict[str, Any] = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "padding_mode": "zeros",
    "ceil_mode": False,
    "count_include_pad": True,
    "eps": 1e-5,
    "affine": True,
    "track_running_stats": True,
    "num_layers": 1,
    "reduce": "sum",
    "nonlinearity": "tanh",
    "proj_size": 0,
}


def nodes(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    for child in node.get("modules", []):
        yield from nodes(child)


def varied(node: Node, rng: Random) -> Node:
    """The same network in other words: arguments left out, ints for lists, older names."""
    node = deepcopy(node)
    for each in nodes(node):
        _leave_out(each, rng)
        _shorten(each, rng)
        if "reduce" in each and each["type"] != "Reduce" and rng.random() < 0.2:
            each["aggregation_fn"] = each.pop("reduce")
            if each["type"] == "BroadcastReduce" and rng.random() < 0.5:
                each["type"] = "Parallel"
    return node


def _leave_out(node: Node, rng: Random) -> None:
    is_conv = node["type"].startswith("Conv")
    for name in list(node):
        told = name in _TOLD_BY_TENSORS or (is_conv and name == "kernel_size")
        told = told or (node["type"] in ("RNN", "GRU", "LSTM") and name.endswith("_size"))
        # Nothing tells the groups of a transposed convolution without a bias.
        told = told and not (name == "groups" and node["type"].startswith("ConvTranspose"))
        if told and rng.random() < 0.4:
            del node[name]
        elif _is_default(node, name) and rng.random() < 0.5:
            del node[name]


def _is_default(node: Node, name: str) -> bool:
    """Whether an argument has PyTorch's default; a pool's stride has another one."""
    if name not in _DEFAULTS or (name == "stride" and "Pool" in node["type"]):
        return False
    if "Adaptive" in node["type"] or node["type"] == "Threshold":
        return False
    value = node[name]
    uniform = set(value) if isinstance(value, list) else {value}
    return uniform == {_DEFAULTS[name]}


def _shorten(node: Node, rng: Random) -> None:
    for name in _SIZES & set(node):
        value = node[name]
        if isinstance(value, list) and len(set(value)) == 1 and rng.random() < 0.5:
            node[name] = value[0]


def mutations(node: Node) -> list[tuple[str, Callable[[Node], None]]]:
    """What could be wrong in an architecture and still load: a path, and the change.

    The change is applied to a deep copy, so it finds its node again by position.
    """
    found = []
    for position, each in enumerate(nodes(node)):
        for name, change in _changes(each):
            where = f"{each['type']} {position}: {name}"
            found.append((where, _at(position, change)))
    return found


def _at(position: int, change: Callable[[Node], None]) -> Callable[[Node], None]:
    def apply(root: Node) -> None:
        change(list(nodes(root))[position])

    return apply


def _changes(node: Node) -> Iterator[tuple[str, Callable[[Node], None]]]:
    kind = node["type"]
    if kind.startswith(("Conv", "AvgPool", "MaxPool")):
        yield "another stride", lambda n: n.update(stride=_longer(n, "stride", 1))
        yield "more padding", lambda n: n.update(padding=_longer(n, "padding", 0))
    if kind == "Upsample" and "linear" in node.get("mode", "") and _enlarges(node):
        yield "another mode", lambda n: n.update(mode="nearest", align_corners=False)
    if kind.startswith("AvgPool"):
        yield "padding counted otherwise", _toggle("count_include_pad", default=True)
    if kind.startswith("BatchNorm"):
        yield "another eps", lambda n: n.update(eps=0.05)
    if kind in ("Residual", "BroadcastReduce", "Parallel"):
        yield "another reduce", _other_reduce
    if kind in ("ReLU", "Tanh", "SiLU", "Sigmoid", "GELU", "ELU"):
        yield "another activation", lambda n: n.update(type="LeakyReLU") or _keep(n, "type", "name")


def _enlarges(node: Node) -> bool:
    factor = node.get("scale_factor", 1)
    return any(each != 1 for each in (factor if isinstance(factor, list) else [factor]))


def _longer(node: Node, name: str, default: int) -> Any:
    """A size with one more on its last axis: not in time, where that would change the length too
    visibly, unless there is no other axis."""
    value = node.get(name, default)
    if isinstance(value, list):
        last = value[-1]
        # A pair of paddings, one for each end.
        return [*value[:-1], [each + 1 for each in last] if isinstance(last, list) else last + 1]
    return value + 1 if isinstance(value, int) else default + 1


def _toggle(name: str, *, default: bool) -> Callable[[Node], None]:
    def change(node: Node) -> None:
        node[name] = not node.get(name, default)

    return change


def _other_reduce(node: Node) -> None:
    name = "aggregation_fn" if "aggregation_fn" in node else "reduce"
    node[name] = "max" if node.get(name, "sum") != "max" else "sum"


def _keep(node: Node, *names: str) -> None:
    for name in set(node) - set(names):
        del node[name]
