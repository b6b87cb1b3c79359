"""One small network in the wrappings and key layouts that real files have."""

import argparse
import re
from collections import OrderedDict
from typing import Any

import continual as co
import torch
from torch import nn

from describe_model import Describer

from .fixture import BARE, BESIDE, EXPORTED, INCONCLUSIVE, INSIDE, LEGACY, MODULE, Fixture
from .networks_readme import inception

State = dict[str, Any]
SHAPE = (2, 3, 11)


def small() -> nn.Module:
    return co.Sequential(
        OrderedDict(
            stem=co.Sequential(co.Conv1d(3, 6, 3, padding=1), nn.BatchNorm1d(6), nn.ReLU()),
            block=co.Residual(co.Conv1d(6, 6, 5, padding=2, groups=2)),
            head=co.Linear(6, 4, channel_dim=1),
        )
    )


def plain_chain() -> nn.Module:
    """All arguments at their defaults, and no layer without tensors."""
    return nn.Sequential(nn.Conv1d(3, 4, 3), nn.BatchNorm1d(4), nn.Conv1d(4, 2, 5))


def flat_names() -> nn.Module:
    """Names that stay different when the numbers are dropped from them."""
    return co.Sequential(
        OrderedDict(
            stem=co.Sequential(co.Conv1d(3, 4, 3, padding=1)),
            block=co.Residual(co.Sequential(OrderedDict(wide=co.Conv1d(4, 4, 5, padding=2)))),
            head=co.Sequential(nn.ReLU(), co.Conv1d(4, 2, 1)),
        )
    )


def flattened(state: State) -> State:
    """The keys that `state_dict(flatten=True)` gives."""
    parts = {key: key.split(".") for key in state}
    return {".".join(p for p in parts[k] if not p.isdigit()): v for k, v in state.items()}


def prefixed(prefix: str, state: State) -> State:
    return OrderedDict((prefix + key, value) for key, value in state.items())


def slowfast(state: State) -> State:
    """As PySlowFast and pytorchvideo save: the optimizer is as large as the model."""
    momentum = {i: {"momentum_buffer": v.clone()} for i, v in enumerate(state.values())}
    group = {"lr": 0.1, "momentum": 0.9, "params": list(momentum)}
    optimizer = {"state": momentum, "param_groups": [group]}
    return {
        "epoch": 196,
        "model_state": state,
        "optimizer_state": optimizer,
        "cfg": "TRAIN:\n  ENABLE: true\n",
    }


def lightning(state: State) -> State:
    return {
        "epoch": 3,
        "global_step": 128,
        "pytorch-lightning_version": "2.6.6",
        "state_dict": prefixed("model.", state),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"current": {"ready": 4}}}},
        "callbacks": {},
        "optimizer_states": [],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"lr": 0.01},
    }


def with_arguments(state: State) -> State:
    arguments = argparse.Namespace(lr=1e-4, batch_size=16, resume="", device="cpu", layers=[2, 3])
    return {"model": state, "args": arguments, "epoch": 20}


def renamed(state: State) -> State:
    """Weights under a name of their own, with two prefixes and an old name for one layer."""
    old = {re.sub(r"^block\.1\.", "mixer.", key): value for key, value in state.items()}
    return {"model_state": {}, "ema": prefixed("module.net.", old)}


def before_0_14(state: State) -> State:
    """Branches 0, 1 and 3 of the inception block delayed in front, as before version 0.14."""
    return OrderedDict((re.sub(r"^([013])\.0\.", r"\1.1.", k), v) for k, v in state.items())


def in_old_words(node: Any) -> Any:
    """The inception block in the words of versions before 0.10."""
    return {
        "type": "Parallel",
        "aggregation_fn": node["reduce"],
        "modules": node["modules"],
    }


def short_arguments() -> dict[str, Any]:
    """`small` as a person writes it: what the tensors tell is left out, and noise is left in."""
    return {
        "type": "Sequential",
        "modules": [
            {"type": "Conv1d", "name": "stem.0", "padding": 1},
            {"type": "BatchNorm1d", "name": "stem.1", "momentum": 0.1},
            {"type": "ReLU", "inplace": True},
            {
                "type": "Residual",
                "name": "block",
                "aggregation_fn": "sum",
                "modules": [{"type": "Conv1d", "kernel_size": [5], "padding": [2]}],
            },
            {"type": "Linear", "name": "head", "channel_dim": 1},
        ],
    }


NARROW = {".weight": torch.bfloat16, ".bias": torch.float16}


def narrowed(state: State) -> State:
    """The state dict in half as wide numbers, which hold the rounded weights exactly."""
    return {key: value.to(_narrow_type(key, value)) for key, value in state.items()}


def round_weights(network: nn.Module) -> None:
    """Rounds the weights to what the narrow numbers can hold."""
    for key, value in network.state_dict().items():
        value.copy_(value.to(_narrow_type(key, value)))


def _narrow_type(key: str, value: torch.Tensor) -> torch.dtype:
    return next((NARROW[end] for end in NARROW if key.endswith(end)), value.dtype)


def _wrapped(name: str, what: str, wrap: Any, suffix: str = ".pt", **more: Any) -> Fixture:
    return Fixture(name, what, small, SHAPE, BESIDE, wrap=wrap, suffix=suffix, **more)


FIXTURES = [
    Fixture("module-sequential", "torch.save(nn.Sequential)", plain_chain, SHAPE, MODULE),
    Fixture(
        "bare-chain",
        "a state dict and nothing else",
        plain_chain,
        SHAPE,
        BARE,
        verdict=INCONCLUSIVE,
    ),
    Fixture(
        "bare-chain-assumed",
        "a state dict and nothing else, with PyTorch's defaults accepted",
        plain_chain,
        SHAPE,
        BARE,
        arguments="--assume-defaults",
    ),
    Fixture("short-arguments", "a short architecture", small, SHAPE, model=short_arguments()),
    _wrapped("wrapped-model-state", "as PySlowFast saves", slowfast, ".pyth"),
    _wrapped("wrapped-lightning", "as Lightning saves", lightning, ".ckpt"),
    _wrapped("wrapped-args", "with argparse.Namespace", with_arguments, ".pth"),
    _wrapped("wrapped-module-prefix", "DataParallel", lambda state: prefixed("module.", state)),
    _wrapped(
        "wrapped-orig-mod",
        "torch.compile in a dict",
        lambda state: {"state_dict": prefixed("_orig_mod.", state)},
    ),
    _wrapped(
        "wrapped-renamed",
        "the architecture says where the weights are and what they are called",
        renamed,
        weights={
            "root": "ema",
            "strip_prefix": ["module.", "net."],
            "rename": [["^mixer\\.", "block.1."]],
        },
    ),
    Fixture(
        "flattened-keys",
        "state_dict(flatten=True)",
        flat_names,
        SHAPE,
        wrap=flattened,
        weights={"match": "flattened"},
    ),
    Fixture(
        "old-names",
        "Parallel with aggregation_fn, and keys as before version 0.14",
        inception,
        (1, 24, 9, 3, 3),
        wrap=before_0_14,
        model=in_old_words(Describer().describe(inception())),
    ),
    Fixture("legacy", "the format before torch 1.6", small, SHAPE, LEGACY, suffix=".pth"),
    Fixture("exported", "written by scripts/describe_model.py", small, SHAPE, EXPORTED),
    Fixture(
        "narrow-weights",
        "weights stored as bfloat16 and float16",
        small,
        SHAPE,
        BESIDE,
        adjust=round_weights,
        wrap=narrowed,
    ),
    Fixture("inside-short", "a short architecture", small, SHAPE, INSIDE, model=short_arguments()),
]
