"""Writes a PyTorch network as one file that coverify reads: weights, architecture, example, answer.

    from describe_model import describe
    describe(model, example_input, "model.pt")

A state dict holds tensors and no wiring. This walks the live tree of `torch.nn` and `continual`
modules, takes every class and argument from the objects themselves, and stores them beside the
weights as an architecture (the format `coverify-architecture`), together with the example input
and what PyTorch computes for it in float64. Nothing is guessed: a module whose computation is not
known from its class and attributes is named with its path and the reason, and no file is written.

The file needs torch and continual-inference only, so it can be copied next to a training script.
"""

import functools
import json
import os
import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

import continual as co
import torch
from continual import closure, container
from torch import Tensor, nn

Node = dict[str, Any]

FORMAT = "coverify-architecture"
VERSION = 1


class CannotDescribe(Exception):
    """Some modules of a network cannot be written down; `problems` has (path, reason) pairs."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        lines = "\n".join(f"  {path or '(the network)'}: {reason}" for path, reason in problems)
        super().__init__(f"{len(problems)} modules cannot be described:\n{lines}")


def describe(
    model: nn.Module,
    example_input: Tensor,
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
) -> None:
    """Writes `model` to `path`: `state_dict`, `architecture`, `input` and `reference`.

    `example_input` is a clip (B, C, T, ...); its length becomes the clip length for verification.
    `reference.forward` is the output in float64. The model is evaluated in eval mode and is given
    back as it was.

    Raises CannotDescribe, before anything is written, if part of the model has no description.
    """
    document = architecture(model, example_input, name=name or type(model).__name__)
    state = model.state_dict()
    for key, tensor in state.items():
        state[key] = tensor.cpu()
    checkpoint = {
        "state_dict": state,
        "architecture": as_text(document),
        "input": example_input.cpu(),
        "reference": {"forward": forward_in_float64(model, example_input).cpu()},
    }
    torch.save(checkpoint, Path(path))


def architecture(model: nn.Module, example_input: Tensor, *, name: str) -> dict[str, Any]:
    """The architecture document of a live network."""
    shape: list[Any] = list(example_input.shape[1:])
    frames = shape[1]
    shape[1] = "T"
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "input": {"shape": shape, "frames": frames},
        "model": Describer().describe(model),
    }


def as_text(document: dict[str, Any]) -> str:
    """The document as JSON to read and to correct: what is short stands on one line."""
    text = json.dumps(document, indent=1)
    for flat, width in ((r"\[\n[^\[\]{}]*\]", 60), (r"\{\n[^{}]*\}", 100)):
        text = re.sub(flat, functools.partial(_on_one_line, width=width), text)
    return text + "\n"


def _on_one_line(match: re.Match[str], width: int) -> str:
    joined = re.sub(r"\n\s*", " ", match[0])
    joined = joined[0] + joined[2:-2] + joined[-1]
    return joined if len(joined) <= width else match[0]


def forward_in_float64(model: nn.Module, example_input: Tensor) -> Tensor:
    """What the network computes for a clip, in float64 and eval mode."""
    with torch.no_grad(), _temporarily_in_float64(model):
        output = model.forward(example_input.double())
    return output[0] if isinstance(output, tuple) else output


@contextmanager
def _temporarily_in_float64(model: nn.Module) -> Iterator[None]:
    """Widening and narrowing again is exact; a copy would not do, because the continual library
    leaves closures on a module that keep pointing at the original."""
    tensors = [*model.parameters(), *model.buffers()]
    dtypes = [tensor.dtype for tensor in tensors]
    modes = {module: module.training for module in model.modules()}
    for tensor in tensors:
        if tensor.is_floating_point():
            tensor.data = tensor.data.double()
    model.eval()
    try:
        yield
    finally:
        for tensor, dtype in zip(tensors, dtypes, strict=True):
            tensor.data = tensor.data.to(dtype)
        for module, training in modes.items():
            module.training = training


class Describer:
    """Turns a module tree into nodes, collecting everything that has no description."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def describe(self, module: nn.Module) -> Node:
        """The node of a whole network; raises CannotDescribe if any part has none."""
        node = self.node(module, "")
        if self.problems:
            raise CannotDescribe(self.problems)
        return node

    def node(self, module: nn.Module, path: str) -> Node:
        """The node of the module at `path`."""
        describer = _DESCRIBERS.get(type(module))
        if describer is None:
            known = "is not a class of torch.nn or continual that has a description"
            self.problem(path, f"{type(module).__module__}.{type(module).__qualname__} {known}")
            return {"type": "?"}
        if _is_altered(module):
            self.problem(path, "its forward is replaced or has hooks, which no attribute tells")
        node = describer(self, module, path)
        for argument, value in node.items():
            if isinstance(value, float) and not isfinite(value):
                self.problem(path, f"{argument} is {value}, which JSON cannot hold")
        return node

    def children(self, module: nn.Module, path: str) -> list[Node]:
        """The nodes of the children, named where the name is not the index."""
        nodes = []
        for index, (name, child) in enumerate(module._modules.items()):
            nodes.append(_named(self.node(child, _join(path, name)), name, str(index)))
        return nodes

    def branches(self, module: Any, path: str) -> Node:
        """The arguments of a container of parallel branches: its modules, and auto_delay if off."""
        nodes, delays = [], set()
        names = module._modules.keys()
        for index, (name, inner) in enumerate(zip(names, branches_as_written(module), strict=True)):
            wrapped = inner is not module[index]
            inner_path = _join(path, name + ".0") if wrapped else _join(path, name)
            nodes.append(_named(self.node(inner, inner_path), name, str(index)))
            delays |= set() if wrapped else {inner.delay}
        return {"modules": nodes} if len(delays) <= 1 else {"auto_delay": False, "modules": nodes}

    def framewise(self, module: co.Lambda, path: str) -> Node:
        """A Lambda around a module, which it calls once a frame."""
        if module.takes_time:
            self.problem(path, "a Lambda that gives a module all frames at once (takes_time)")
        if any(isinstance(inner, co.CoModule) for inner in module.fn.modules()):
            self.problem(path, "a continual module inside what is applied to each frame")
        return {"type": "Framewise", "modules": [self.node(module.fn, _join(path, "fn"))]}

    def closure(self, module: co.Lambda, path: str) -> Node:
        """A Lambda around a function: one of the library's own, or a named one of torch."""
        function = module.fn
        if isinstance(function, functools.partial) and function.func in _CONSTANTS:
            ((argument, value),) = function.keywords.items()
            if not isinstance(value, Tensor):
                return _typed(module, _CONSTANTS[function.func], **{argument: value})
        if function is closure._unity:
            return _typed(module, "Identity")
        if function in (torch.zeros_like, torch.ones_like):
            return _typed(module, "Zero" if function is torch.zeros_like else "One")
        if getattr(function, "__qualname__", "") == "Constant.<locals>.<lambda>":
            return _typed(module, "Constant", constant=function.__closure__[0].cell_contents)
        if isinstance(function, Hashable) and function in _FUNCTIONS:
            return _typed(module, "Lambda", function=_FUNCTIONS[function])
        self.problem(path, "its function is the user's own, or takes a tensor")
        return _typed(module, "Lambda")

    def problem(self, path: str, reason: str) -> None:
        self.problems.append((path, reason))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _named(node: Node, name: str, default: str) -> Node:
    return node if name == default else {"type": node["type"], "name": name, **node}


def _is_altered(module: nn.Module) -> bool:
    hooks = (module._forward_hooks, module._forward_pre_hooks)
    replaced = "forward" in vars(module) and not hasattr(module, "call_mode")
    return replaced or any(hooks)


def _typed(module: nn.Module, /, _type: str | None = None, **arguments: Any) -> Node:
    """A node without the arguments that are None; tuples become lists, which is what JSON has."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in arguments.items()}
    kept = {k: v for k, v in plain.items() if v is not None}
    return {"type": _type or type(module).__name__, **kept}


_FILLS = {
    torch.zeros_like: "zeros",
    torch.clone: "replicate",
    co.utils.neginf_like: "neg_inf",
}

_REDUCTIONS = {
    container.reduce_sum: "sum",
    container.reduce_concat: "concat",
    container.reduce_mul: "mul",
    container.reduce_max: "max",
}

_CONSTANTS = {closure._add: "Add", closure._multiply: "Multiply"}

# Functions of one tensor that work on each element, so that a frame is as good as a clip.
_FUNCTIONS = {
    getattr(torch, name): name
    for name in ("abs", "exp", "relu", "sigmoid", "tanh", "square", "sqrt", "sin", "cos", "neg")
} | {getattr(nn.functional, name): name for name in ("relu", "relu6", "silu", "gelu", "softplus")}


def _convolution(_: Describer, module: Any, __: str) -> Node:
    fill = getattr(module, "t_padding_mode", None)
    return _typed(
        module,
        in_channels=module.in_channels,
        out_channels=module.out_channels,
        kernel_size=module.kernel_size,
        stride=module.stride,
        padding=module.padding,
        dilation=module.dilation,
        groups=module.groups,
        bias=module.bias is not None,
        padding_mode=module.padding_mode,
        temporal_fill=None if fill == module.padding_mode else fill,
    )


def _pool(_: Describer, module: Any, __: str) -> Node:
    fill = _FILLS.get(getattr(module, "_make_padding", None))
    dilated = isinstance(module, (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, co.CoModule))
    average = isinstance(module, (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d))
    padding = module.padding
    padded_in_time = (padding[0] if isinstance(padding, tuple) else padding) != 0
    return _typed(
        module,
        kernel_size=module.kernel_size,
        stride=module.stride,
        padding=padding,
        dilation=module.dilation if dilated else None,
        ceil_mode=module.ceil_mode,
        count_include_pad=module.count_include_pad if average else None,
        divisor_override=getattr(module, "divisor_override", None),
        temporal_fill=fill if padded_in_time else None,
    )


def _adaptive_pool(_: Describer, module: Any, __: str) -> Node:
    continual = isinstance(module, co.CoModule)
    padded = continual and module.padding[0] != 0
    return _typed(
        module,
        output_size=module.output_size,
        kernel_size=module.kernel_size[0] if continual else None,
        stride=module.stride[0] if continual else None,
        padding=module.padding[0] if continual else None,
        dilation=module.dilation[0] if continual else None,
        temporal_fill=_FILLS[module._make_padding] if padded else None,
    )


def _linear(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        in_features=module.in_features,
        out_features=module.out_features,
        bias=module.bias is not None,
        channel_dim=getattr(module, "channel_dim", None),
    )


def _recurrent(_: Describer, module: Any, __: str) -> Node:
    return _typed(
        module,
        input_size=module.input_size,
        hidden_size=module.hidden_size,
        num_layers=module.num_layers,
        nonlinearity=getattr(module, "nonlinearity", None),
        bias=module.bias,
        proj_size=module.proj_size if isinstance(module, nn.LSTM) else None,
    )


def _tuple_valued(self: Describer, module: Any, path: str) -> Node:
    self.problem(path, "torch.nn's recurrent layers yield a tuple; convert with co.continual")
    return _typed(module)


def _with(*names: str) -> Callable[[Describer, Any, str], Node]:
    """A class whose arguments are the attributes of the same names."""
    return lambda _, module, __: _typed(module, **{name: getattr(module, name) for name in names})


def _delay(_: Describer, module: co.Delay, __: str) -> Node:
    return _typed(module, delay=module.delay, auto_shrink=module.auto_shrink or None)


def _skip(_: Describer, module: co.Skip, __: str) -> Node:
    return _typed(module, steps=module.steps)


def _reshape(_: Describer, module: co.Reshape, __: str) -> Node:
    return _typed(module, shape=tuple(module.shape))


def _attention(self: Describer, module: Any, path: str) -> Node:
    if not module._qkv_same_embed_dim or module.bias_k is not None or module.add_zero_attn:
        self.problem(path, "attention with kdim, vdim, add_bias_kv or add_zero_attn has no steps")
    single = isinstance(module, co.SingleOutputMultiheadAttention)
    return _typed(
        module,
        embed_dim=module.embed_dim,
        num_heads=module.num_heads,
        bias=module.in_proj_bias is not None,
        batch_first=module.batch_first,
        sequence_len=module.sequence_len,
        forward_returns_attn_mask=module.forward_returns_attn_mask,
        embed_dim_second=module.embed_dim_second,
        query_index=module.query_index if single else None,
        single_output_forward=module.single_output_forward if single else None,
    )


def _positional_encoding(_: Describer, module: co.RecyclingPositionalEncoding, __: str) -> Node:
    return _typed(
        module,
        embed_dim=module.pe.embedding_dim,
        num_embeds=module.pe.num_embeddings,
        learned=isinstance(module.pe, nn.Embedding),
        forward_update_index_steps=module.forward_update_index_steps,
    )


def _lambda(self: Describer, module: co.Lambda, path: str) -> Node:
    specific = (module.forward_only_fn, module.forward_step_only_fn, module.forward_steps_only_fn)
    if any(function is not None for function in specific):
        self.problem(path, "a Lambda with one function a mode")
    if isinstance(module.fn, nn.Module):
        return self.framewise(module, path)
    return self.closure(module, path)


def _sequential(self: Describer, module: nn.Module, path: str) -> Node:
    return {"type": "Sequential", "modules": self.children(module, path)}


def _reduction(self: Describer, module: Any, path: str) -> str:
    function = getattr(module.reduce, "__wrapped__", None)
    if function not in _REDUCTIONS:
        self.problem(path, "its reduce function is the user's own")
    return _REDUCTIONS.get(function, "?")


def _broadcast_reduce(self: Describer, module: co.BroadcastReduce, path: str) -> Node:
    reduce = _reduction(self, module, path)
    if is_residual(module):
        inner = self.node(module[1], _join(path, "1"))
        shrink = _residual_shrink(module[0])
        return _typed(module, "Residual", reduce=reduce, residual_shrink=shrink, modules=[inner])
    return {"type": "BroadcastReduce", "reduce": reduce, **self.branches(module, path)}


def _parallel(self: Describer, module: co.Parallel, path: str) -> Node:
    return {"type": "Parallel", **self.branches(module, path)}


def _reduce(self: Describer, module: co.Reduce, path: str) -> Node:
    return _typed(module, reduce=_reduction(self, module, path))


def _broadcast(_: Describer, module: co.Broadcast, __: str) -> Node:
    return _typed(module, num_streams=module.num_streams)


def _dispatch(_: Describer, module: co.ParallelDispatch, __: str) -> Node:
    return _typed(module, dispatch_mapping=list(module.dispatch_mapping))


def _conditional(self: Describer, module: co.Conditional, path: str) -> Node:
    self.problem(path, "its predicate is Python code; say which branch is meant")
    return {"type": "Conditional", "modules": self.children(module, path)}


def is_residual(module: co.BroadcastReduce) -> bool:
    """Whether this is what `co.Residual` makes: a delay or a skip beside one module, unaligned."""
    if [name for name, _ in module.named_children()] != ["0", "1"]:
        return False
    bypass, inner = module[0], module[1]
    if isinstance(bypass, co.Skip):
        return bypass.steps == inner.delay
    if not isinstance(bypass, co.Delay) or isinstance(inner, co.Delay):
        return False
    halved = bypass.auto_shrink is True or bypass.auto_shrink == "centered"
    return bypass.delay * (2 if halved else 1) == inner.delay


def _residual_shrink(bypass: nn.Module) -> bool | str | None:
    return "leading" if isinstance(bypass, co.Skip) else (bypass.auto_shrink or None)


def branches_as_written(module: Any) -> list[nn.Module]:
    """The branches of a container without the delays that auto-delay put behind them.

    Whoever reads the architecture aligns the branches again, and finds the weights one level down.
    """
    split = [_split_delay(branch) for branch in module]
    longest = max(inner.delay + delay for inner, delay in split)
    return [
        inner if inner.delay + delay == longest else branch
        for branch, (inner, delay) in zip(module, split, strict=True)
    ]


def _split_delay(branch: Any) -> tuple[Any, int]:
    """A branch that auto-delay may have wrapped, as what is inside and the delay behind it."""
    wrapped = type(branch) is co.Sequential and list(branch._modules) == ["0", "1"]
    if not wrapped or type(branch[1]) is not co.Delay or branch[1].auto_shrink:
        return branch, 0
    return branch[0], branch[1].delay


_PLAIN = (
    *(nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Hardsigmoid, nn.Tanh, nn.SiLU, nn.Hardswish, nn.SELU),
    *(nn.LogSigmoid, nn.Softsign, nn.Tanhshrink, nn.Softmax2d, nn.Mish, nn.Identity),
)

_BY_ATTRIBUTES: dict[tuple[str, ...], tuple[type[nn.Module], ...]] = {
    (): _PLAIN,
    ("threshold", "value"): (nn.Threshold,),
    ("lower", "upper"): (nn.RReLU,),
    ("min_val", "max_val"): (nn.Hardtanh,),
    ("alpha",): (nn.ELU, nn.CELU),
    ("dim",): (nn.GLU, nn.Softmax, nn.Softmin, nn.LogSoftmax),
    ("approximate",): (nn.GELU,),
    ("lambd",): (nn.Hardshrink, nn.Softshrink),
    ("negative_slope",): (nn.LeakyReLU,),
    ("beta", "threshold"): (nn.Softplus,),
    ("num_parameters",): (nn.PReLU,),
    ("start_dim", "end_dim"): (nn.Flatten,),
    ("p",): (
        *(nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d),
        *(nn.AlphaDropout, nn.FeatureAlphaDropout),
    ),
    ("num_features", "eps", "affine", "track_running_stats"): (
        *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
        *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
    ),
    ("normalized_shape", "eps", "elementwise_affine"): (nn.LayerNorm,),
    ("num_groups", "num_channels", "eps", "affine"): (nn.GroupNorm,),
}

# Exact types only: a subclass may compute something else.
_DESCRIBERS: dict[type[Any], Callable[[Describer, Any, str], Node]] = {
    **{kind: _with(*names) for names, kinds in _BY_ATTRIBUTES.items() for kind in kinds},
    **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _convolution),
    **dict.fromkeys((co.Conv1d, co.Conv2d, co.Conv3d), _convolution),
    **dict.fromkeys((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), _pool),
    **dict.fromkeys((co.AvgPool1d, co.AvgPool2d, co.AvgPool3d), _pool),
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), _pool),
    **dict.fromkeys((co.MaxPool1d, co.MaxPool2d, co.MaxPool3d), _pool),
    **dict.fromkeys((nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d), _adaptive_pool),
    **dict.fromkeys((nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d), _adaptive_pool),
    **dict.fromkeys((nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool3d), _adaptive_pool),
    **dict.fromkeys((co.AdaptiveAvgPool2d, co.AdaptiveMaxPool2d), _adaptive_pool),
    **dict.fromkeys((co.AdaptiveAvgPool3d, co.AdaptiveMaxPool3d), _adaptive_pool),
    **dict.fromkeys((nn.Linear, co.Linear), _linear),
    **dict.fromkeys((co.RNN, co.LSTM, co.GRU), _recurrent),
    **dict.fromkeys((nn.RNN, nn.LSTM, nn.GRU), _tuple_valued),
    **dict.fromkeys((nn.Sequential, co.Sequential), _sequential),
    co.RetroactiveMultiheadAttention: _attention,
    co.SingleOutputMultiheadAttention: _attention,
    co.RecyclingPositionalEncoding: _positional_encoding,
    co.Delay: _delay,
    co.Skip: _skip,
    co.Reshape: _reshape,
    co.Lambda: _lambda,
    co.BroadcastReduce: _broadcast_reduce,
    co.Broadcast: _broadcast,
    co.Parallel: _parallel,
    co.ParallelDispatch: _dispatch,
    co.Reduce: _reduce,
    co.Conditional: _conditional,
}
