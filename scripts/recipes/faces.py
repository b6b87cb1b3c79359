"""Recipes of facenet-pytorch: the networks of MTCNN, which come with their weights, and the one behind them."""

from importlib.util import find_spec
from pathlib import Path

from torch import nn

from recipes.recipe import Build, Node, Recipe, compare_frames, document, of_frames


def network_of(name: str) -> Build:
    def build() -> nn.Module:
        from facenet_pytorch.models import mtcnn

        return getattr(mtcnn, name)()

    return build


def boxes(size: int, network: nn.Module) -> Node:
    """The boxes; what is a face, and where its eyes are, are outputs of their own."""
    nodes: list[Node] = []
    is_flat = False
    for name, module in network.named_children():
        kind = type(module).__name__
        node: Node = {"type": kind, "name": name}
        if kind == "MaxPool2d":
            node |= {"kernel_size": module.kernel_size, "stride": module.stride}
            node |= {"ceil_mode": True}
        if name.endswith("_1") or name.endswith("_3") or kind == "Softmax":
            continue
        if kind == "Linear" and not is_flat:
            # Width, height and channels, in this order.
            nodes += [{"type": "Rearrange", "pattern": "b c h w -> b (w h c)"}]
            is_flat = True
        nodes.append(node)
    return of_frames([3, "T", size, size], nodes)


def mtcnn(name: str, size: int, *left_out: str) -> Recipe:
    package = Path(str(find_spec("facenet_pytorch").origin)).parent  # type: ignore[union-attr]
    build = network_of(name)
    return Recipe(
        *(name.lower(), "facenet-pytorch", build, (1, 3, size, size)),
        f"frames of {size} x {size}, and the boxes alone",
        lambda network: boxes(size, network),
        unused=tuple(f"{path}.{part}" for path in left_out for part in ("weight", "bias")),
        compare=compare_frames(3, size, size),
        shipped={package / "data" / f"{name.lower()}.pt": build},
    )

# MARK: InceptionResnetV1


def inception() -> nn.Module:
    """Its weights are downloads, so that these are random."""
    from facenet_pytorch.models.inception_resnet_v1 import InceptionResnetV1

    return InceptionResnetV1()


def joined(nodes: list[Node], reduce: str) -> Node:
    return {"type": "BroadcastReduce", "name": "", "reduce": reduce, "modules": nodes}


def sequential(name: str, nodes: list[Node]) -> Node:
    return {"type": "Sequential", "name": name, "modules": nodes}


def picture_node(module: nn.Module, name: str) -> Node:
    """The node of a module of pictures."""
    children = list(module.named_children())
    nodes = [picture_node(child, place) for place, child in children if place != "relu"]
    branches = [node for (place, _), node in zip(children, nodes) if place.startswith("branch")]
    if hasattr(module, "scale"):
        # What the branches give together is added to what they took.
        rest = [*nodes[len(branches) :], {"type": "Multiply", "factor": module.scale}]
        added = sequential("", [joined(branches, "concat"), *rest])
        end = [{"type": "ReLU"}] if hasattr(module, "relu") else []
        return sequential(name, [joined([{"type": "Identity"}, added], "sum"), *end])
    if branches:
        return sequential(name, [joined(branches, "concat")])
    if isinstance(module, nn.Sequential):
        return sequential(name, nodes)
    if children:
        return sequential(name, [*nodes, {"type": "ReLU"}])
    made: Node = {"type": type(module).__name__, "name": name}
    for key in ("kernel_size", "stride", "padding", "eps", "output_size"):
        if hasattr(module, key):
            value = getattr(module, key)
            made[key] = list(value) if isinstance(value, tuple) else value
    return made


def inception_model(network: nn.Module) -> Node:
    """An embedding of length one of each picture."""
    calls = [
        {
            "operator": "linalg_vector_norm.default",
            "arguments": {"self": {"value": "x"}, "ord": 2, "dim": [1], "keepdim": True},
            "outputs": ["n"], "shapes": [[1, 1]],
        },
        {
            "operator": "clamp_min.default", "arguments": {"self": {"value": "n"}, "min": {"float": 1e-12}},
            "outputs": ["m"], "shapes": [[1, 1]],
        },
        {
            "operator": "div.Tensor", "arguments": {"self": {"value": "x"}, "other": {"value": "m"}},
            "outputs": ["y"], "shapes": [[1, 512]],
        },
    ]  # fmt: skip
    names = [name for name, _ in network.named_children() if not name.startswith(("last", "drop"))]
    pictures = [picture_node(network.get_submodule(name), name) for name in names]
    nodes: list[Node] = [
        {
            "type": "Framewise", "name": "",
            "modules": [sequential("", [*pictures, {"type": "Flatten"}])],
        },
        {"type": "Linear", "name": "last_linear", "channel_dim": 1},
        {"type": "BatchNorm1d", "name": "last_bn", "eps": 0.001},
        {
            "type": "Calculation", "name": "", "calls": calls, "inputs": ["x"], "output": "y",
            "input_shape": [1, 512], "output_shape": [1, 512],
        },
    ]  # fmt: skip
    return document([3, "T", 160, 160], 4, {"type": "Sequential", "modules": nodes})


RECIPES = [
    mtcnn("PNet", 48, "conv4_1"),
    mtcnn("RNet", 24, "dense5_1"),
    mtcnn("ONet", 48, "dense6_1", "dense6_3"),
    Recipe(
        *("inception_resnet_v1", "facenet-pytorch", inception, (1, 3, 160, 160)),
        "pictures of 160 x 160, standardized as facenet-pytorch does, and their embeddings",
        inception_model,
        unused=("logits.weight", "logits.bias"),
        compare=compare_frames(3, 160, 160, frames=4),
    ),
]
