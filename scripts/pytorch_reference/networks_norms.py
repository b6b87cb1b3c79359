"""Networks whose weights are computed from parts: weight norm, spectral norm, pruning."""

import warnings
from collections import OrderedDict
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune, spectral_norm

from .fixture import BESIDE, MODULE, Fixture

with warnings.catch_warnings():
    # The older one is deprecated, and in many files.
    warnings.simplefilter("ignore")
    from torch.nn.utils import weight_norm


class Recurrent(nn.GRU):
    """A recurrent layer on clips (B, C, T)."""

    def forward(self, clip: Tensor) -> Tensor:
        return super().forward(clip.permute(2, 0, 1))[0].permute(1, 2, 0)


def older() -> nn.Module:
    """The older functions, which put a hook into the module; a recurrent layer has its own names."""
    wide = weight_norm(nn.Conv1d(3, 6, 3, padding=1))
    # One length for each input channel.
    narrow = weight_norm(nn.Conv1d(6, 4, 2, groups=2, dilation=2), dim=1)
    recurrent = weight_norm(Recurrent(4, 5), "weight_hh_l0")
    last = spectral_norm(nn.Conv1d(5, 3, 3))
    pruned = prune.random_unstructured(nn.Conv1d(3, 2, 1), "weight", 0.5)
    return nn.Sequential(
        OrderedDict(wide=wide, relu=nn.ReLU(), narrow=narrow, gru=recurrent, last=last, cut=pruned)
    )


OLDER = {
    "type": "Sequential",
    "modules": [
        {"type": "Conv1d", "name": "wide", "padding": 1},
        {"type": "ReLU"},
        {"type": "Conv1d", "name": "narrow", "groups": 2, "dilation": 2},
        {"type": "GRU", "name": "gru"},
        {"type": "Conv1d", "name": "last"},
        {"type": "Conv1d", "name": "cut"},
    ],
}


def newer() -> nn.Module:
    """The parametrizations, which keep the parts in a module of their own."""
    return nn.Sequential(
        parametrizations.weight_norm(nn.Conv2d(2, 4, (3, 2), padding=(1, 0))),
        nn.Tanh(),
        parametrizations.spectral_norm(nn.Conv2d(4, 3, (2, 1), stride=(2, 1))),
        parametrizations.weight_norm(nn.Conv2d(3, 2, (1, 3), padding=(0, 1)), dim=1),
    )


NEWER = {
    "type": "Sequential",
    "modules": [
        {"type": "Conv2d", "padding": [1, 0]},
        {"type": "Tanh"},
        {"type": "Conv2d", "stride": [2, 1]},
        {"type": "Conv2d", "padding": [0, 1]},
    ],
}


def whole() -> nn.Module:
    return nn.Sequential(
        weight_norm(nn.Conv1d(2, 3, 3, padding=1)),
        nn.LeakyReLU(0.1),
        spectral_norm(nn.Conv1d(3, 2, 2)),
    )


def _fixture(name: str, what: str, build: Any, shape: tuple[int, ...], **more: Any) -> Fixture:
    why = "the library's steps do not compute the weight from its parts"
    return Fixture(name, what, build, shape, steps=False, why_no_steps=why, **more)


FIXTURES = [
    _fixture(
        *("weight-norm", "weight norm, spectral norm and pruning by hooks", older, (2, 3, 13)),
        form=BESIDE,
        model=OLDER,
    ),
    _fixture(
        *("weight-norm-parametrized", "weight norm and spectral norm by parametrizations"),
        *(newer, (2, 2, 11, 5)),
        form=BESIDE,
        model=NEWER,
    ),
    _fixture(
        *("weight-norm-module", "a whole module with weight norm and spectral norm"),
        *(whole, (2, 2, 9)),
        form=MODULE,
        # Not written: the file itself tells it.
        model={},
    ),
]
