"""What a recipe is made of, and how it is compared with its network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

Node = dict[str, Any]

Build = Callable[[], nn.Module]

FRAMES = 16


@dataclass(frozen=True)
class Recipe:
    """A network, a clip, and what the recipe assumes."""

    name: str
    package: str
    build: Build
    shape: tuple[int, ...]
    assumptions: str
    model: Callable[[nn.Module], Node] | None = None
    """The architecture where `coverify draft` cannot read it in the exported network."""

    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    """The recipe whose text it shares, up to values."""

    renames: tuple[tuple[str, str], ...] = ()
    """Patterns that make the names of the network of other names for the same tensors."""

    unused: tuple[str, ...] = ()
    """Tensors that some files have beside those of the network, and that nothing of it uses."""

    compare: Callable[[nn.Module], tuple[Tensor, dict[str, Tensor]]] | None = None
    """A clip as coverify takes it, and what PyTorch makes of it; by default that of `shape`."""

    shipped: Mapping[Path, Build] = field(default_factory=dict)
    """Files of weights that the package brings, and the networks that use them."""

    wholes: tuple[Build, ...] | None = None
    """Networks of the same tensors to save whole; by default the one that `build` makes."""

    def reference(self, network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
        """A clip as coverify takes it, and the outputs of the network, which is one of float64."""
        if self.compare is not None:
            return self.compare(network)
        clip = torch.randn(self.shape)
        return clip, {"forward": network(clip.double())}


class Stored(nn.Module):
    """The tensors of a file of a package, and the network that uses them."""

    def __init__(self, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.network = network
        self.tensors = dict(tensors)

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:
        return self.tensors

    def forward(self, clip: Tensor) -> Tensor:
        return self.network(clip)


def document(shape: list[Any], frames: int, model: Node) -> Node:
    """An architecture file."""
    return {
        "format": "coverify-architecture", "version": 1,
        "input": {"shape": shape, "frames": frames}, "model": model,
    }  # fmt: skip


def of_frames(shape: list[Any], nodes: list[Node], frames: int = 4) -> Node:
    """Modules of a network that knows no time, applied to each frame."""
    whole = {"type": "Sequential", "name": "", "modules": nodes}
    return document(shape, frames, {"type": "Framewise", "name": "", "modules": [whole]})


def compare_frames(
    *shape: int, frames: int = FRAMES
) -> Callable[[nn.Module], tuple[Tensor, dict[str, Tensor]]]:
    """Frames are samples to the network."""

    def compare(network: nn.Module) -> tuple[Tensor, dict[str, Tensor]]:
        clip = torch.randn(frames, *shape)
        output = network(clip.double())
        output = output[0] if isinstance(output, tuple) else output
        return clip.movedim(0, 1)[None], {"forward": output.movedim(0, 1)[None]}

    return compare
