"""Times the clips of a network in PyTorch, and its steps in continual-inference, in a process of its own.

    python -m support.reference_times CASE SECONDS

Prints a line of JSON. A figure is None where the library has no such steps.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

import continual as co
import torch
from torch import Tensor, nn

from support.step_cases import CASES, Case, Joined

Times = dict[str, float]


def main() -> None:
    case, seconds = CASES[sys.argv[1]], float(sys.argv[2])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with torch.inference_mode():
        network = case.network().eval()
        clip = torch.randn(*case.shape)
        figures = {"clip": measure(lambda: network(clip), seconds), "step": steps(case, network, clip, seconds)}
    print(json.dumps(figures))


def steps(case: Case, network: nn.Module, clip: Tensor, seconds: float) -> Times | None:
    if not case.has_library_steps:
        return None
    stepped = with_steps(network).eval()
    frames = [clip[:, :, time] for time in range(clip.shape[2])]
    # Before the first output a step does less.
    while not isinstance(stepped.forward_step(frames[0]), Tensor):
        for frame in frames:
            stepped.forward_step(frame)
    place = 0

    def step() -> None:
        nonlocal place
        stepped.forward_step(frames[place])
        place = (place + 1) % len(frames)

    return measure(step, seconds)


def with_steps(module: nn.Module) -> nn.Module:
    """The same network of the library's modules, with the same weights."""
    if isinstance(module, co.CoModule):
        return module
    if isinstance(module, Joined):
        reduce = "mul" if module.is_product else "sum"
        body = with_steps(module.body)
        if module.short is None:
            return co.Residual(body, reduce=reduce)
        return co.BroadcastReduce(with_steps(module.short), body, reduce=reduce)
    if isinstance(module, nn.Sequential):
        return co.Sequential(*(with_steps(child) for child in module))
    if isinstance(module, nn.AdaptiveAvgPool3d):
        return co.Lambda(lambda frame: frame.mean((-2, -1), keepdim=True), takes_time=False)
    return co.continual(module)


def measure(
    run: Callable[[], object], seconds: float, clock: Callable[[], float] = time.process_time
) -> Times:
    """What one run takes, in seconds: the median and the least of some rounds."""
    count = 1
    while time_of(run, count, clock) < 0.002:
        count *= 2
    rounds: list[float] = []
    total = 0.0
    while total < seconds or len(rounds) < 3:
        taken = time_of(run, count, clock)
        total += taken
        rounds.append(taken / count)
    return {"median": statistics.median(rounds), "least": min(rounds)}


def time_of(run: Callable[[], object], count: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(count):
        run()
    return clock() - start


if __name__ == "__main__":
    main()
