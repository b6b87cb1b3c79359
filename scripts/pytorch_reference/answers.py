"""What PyTorch and the continual library compute for a clip, in float64."""

from dataclasses import dataclass

import continual as co
import torch
from torch import Tensor, nn

from .schedule import schedule


@dataclass(frozen=True)
class Answer:
    """The output of a clip, and which part of it a stream has yielded by the clip's last frame."""

    forward: Tensor
    steps: Tensor | None = None
    steps_index: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """The tensors by the names that coverify looks for."""
        named = {"forward": self.forward, "steps": self.steps, "steps_index": self.steps_index}
        return {name: tensor for name, tensor in named.items() if tensor is not None}


def clip_answer(network: nn.Module, clip: Tensor) -> Answer:
    """The clip form in float64. The network is left in float64."""
    with torch.no_grad():
        output = network.double().forward(clip.double())
    return Answer(output[0] if isinstance(output, tuple) else output)


def stream_answer(network: nn.Module, clip: Tensor, *, must_agree: bool = True) -> Answer:
    """The clip form, and the library's own `forward_step` for each frame, in float64.

    Raises if the library is not right: its steps must be the first outputs of the clip, at the
    steps where they are due. With `must_agree` false, the two modes mean different things, and
    that they differ is what is required.
    """
    forward = clip_answer(network, clip).forward
    index, steps = own_steps(network, clip)
    due = list(schedule(network, clip.shape[2]).steps(clip.shape[2]))[: forward.shape[2]]
    wrong = index != due or _differs(steps, forward[:, :, : len(index)])
    if wrong == must_agree:
        raise AssertionError(f"outputs at steps {index}, due at {due}; differ: {wrong}")
    return Answer(forward, steps, torch.tensor(index, dtype=torch.int64))


def _differs(steps: Tensor, prefix: Tensor) -> bool:
    if steps.shape != prefix.shape:
        return True
    worst = (steps - prefix).abs().max().item() if steps.numel() else 0.0
    # NaN differs.
    return not worst <= 1e-12 * max(1.0, prefix.abs().max().item())


def true_steps(network: nn.Module, clip: Tensor) -> Answer:
    """The clip form, and its first outputs as the steps, at the steps where they are due.

    For networks whose two modes mean the same, but whose step mode the library lacks or gets wrong.
    """
    forward = clip_answer(network, clip).forward
    due = list(schedule(network, clip.shape[2]).steps(clip.shape[2]))[: forward.shape[2]]
    steps = forward[:, :, : len(due)].clone()
    return Answer(forward, steps, torch.tensor(due, dtype=torch.int64))


def float32_answer(network: nn.Module, clip: Tensor, *, library_is_right: bool) -> Answer:
    """What a user who computes in float32 gets: the clip, and the library's own steps where they are
    right; the first outputs of the clip where they are not."""
    with torch.no_grad():
        output = network.float().forward(clip.float())
    # A network that computes nothing gives the clip itself.
    forward = (output[0] if isinstance(output, tuple) else output).clone()
    if library_is_right:
        index, steps = own_steps(network, clip, torch.float32)
    else:
        index = list(schedule(network, clip.shape[2]).steps(clip.shape[2]))[: forward.shape[2]]
        steps = forward[:, :, : len(index)].clone()
    return Answer(forward, steps, torch.tensor(index, dtype=torch.int64))


def library_overflows(network: nn.Module, clip: Tensor, dtype: torch.dtype) -> bool:
    """Whether the library's steps come to NaN where the clip does not: its retroactive attention takes
    exponentials without subtracting their maximum."""
    with torch.no_grad():
        output = network.to(dtype).forward(clip.to(dtype))
    forward = output[0] if isinstance(output, tuple) else output
    return bool(own_steps(network, clip, dtype)[1].isnan().any() and not forward.isnan().any())


def own_steps(
    network: nn.Module, clip: Tensor, dtype: torch.dtype = torch.float64
) -> tuple[list[int], Tensor]:
    """The library's step mode on a fresh stream: which steps yield an output, and the outputs."""
    streaming = co.continual(network).to(dtype)
    streaming.clean_state()
    index, outputs = [], []
    with torch.no_grad():
        for step in range(clip.shape[2]):
            output = streaming.forward_step(clip[:, :, step].to(dtype))
            if output is not None:
                index.append(step)
                outputs.append(output)
    streaming.clean_state()
    return index, torch.stack(outputs, dim=2) if outputs else torch.empty(0)
