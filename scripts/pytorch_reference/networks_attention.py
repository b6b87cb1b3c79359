"""Encoders of torch.nn that the continual library has no steps for, over clips (B, E, T)."""

from typing import Any

import torch
from torch import Tensor, nn

from .fixture import BESIDE, INSIDE, Fixture, without_steps
from .schedule import Schedule

WINDOW = 5


class NewestFrame(nn.Module):
    """Positions are added, an encoder attends to the whole clip, and its newest frame is kept."""

    def __init__(self, layers: int, *, norm_first: bool, activation: str, norm: bool) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            *(8, 2, 7, 0.0), activation, layer_norm_eps=1e-4, batch_first=True, norm_first=norm_first
        )
        last = nn.LayerNorm(8, eps=1e-3) if norm else None
        self.embed = nn.Linear(3, 8)
        self.pe = nn.Module()
        self.pe.register_buffer("pattern", torch.zeros(WINDOW, 8))
        self.encoder = nn.TransformerEncoder(layer, layers, last, enable_nested_tensor=False)
        self.head = nn.Linear(8, 4)

    def forward(self, clip: Tensor) -> Tensor:
        frames = self.embed(clip.transpose(1, 2)) + self.pe.pattern
        return self.head(self.encoder(frames)[:, -1:]).transpose(1, 2)

    def schedule(self, _frames: int) -> Schedule:
        return Schedule(WINDOW, 0, 0, 1, WINDOW - 1)


def _model(layers: int, **arguments: Any) -> dict[str, Any]:
    return {
        "type": "Sequential",
        "modules": [
            {"type": "Linear", "name": "embed", "channel_dim": 1},
            {"type": "RecyclingPositionalEncoding", "name": "", "learned": False},
            {
                "type": "TransformerEncoder",
                "name": "encoder",
                "num_layers": layers,
                "nhead": 2,
                "layer_norm_eps": 1e-4,
                "sequence_len": WINDOW,
                **arguments,
            },
            {"type": "Linear", "name": "head", "channel_dim": 1},
        ],
    }


def _fixture(name: str, form: str, layers: int, *, norm: bool, **arguments: Any) -> Fixture:
    what = f"an encoder of {layers} layers, " + ", ".join(f"{k}={v}" for k, v in arguments.items())
    extra = {"norm_eps": 1e-3} if norm else {}
    return without_steps(
        "has no steps for such encoders",
        *(name, what, lambda: NewestFrame(layers, norm=norm, **arguments), (2, 3, WINDOW), form),
        model=_model(layers, **arguments, **extra),
    )


FIXTURES = [
    _fixture("encoder-three", BESIDE, 3, norm=True, norm_first=False, activation="gelu"),
    _fixture("encoder-four", INSIDE, 4, norm=True, norm_first=True, activation="relu"),
    _fixture("encoder-two", BESIDE, 2, norm=False, norm_first=True, activation="gelu"),
]
