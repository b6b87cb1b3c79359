"""Weights, statistics and inputs that look real and have the same bits on every machine.

Torch's own normal generator rounds differently with and without AVX. Uniform numbers from PCG64
are exact, so they are used for everything. Inputs are small multiples of 1/64: float32, float64
and any reader of decimal text agree on them.
"""

import zlib
from math import sqrt

import numpy
import torch
from torch import Tensor, nn

_NORMALIZATIONS = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm, nn.LayerNorm),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
)


def seed_of(name: str) -> int:
    """A seed that depends on the name only, so that adding a network changes no other."""
    return zlib.crc32(name.encode())


def clip(shape: tuple[int, ...], seed: int) -> Tensor:
    """A clip of multiples of 1/64 between -2.5 and 1.5: of both signs, and not centred on 0."""
    grid = numpy.random.Generator(numpy.random.PCG64(seed)).integers(-160, 97, size=shape)
    return torch.from_numpy((grid / 64).astype(numpy.float32))


def fill_in(network: nn.Module, seed: int) -> nn.Module:
    """Gives every parameter and statistic of a network a value, and puts it in eval mode."""
    generator = numpy.random.Generator(numpy.random.PCG64(seed))
    with torch.no_grad():
        for module in network.modules():
            for name, tensor in [*module._parameters.items(), *module._buffers.items()]:
                if tensor is not None and name not in module._non_persistent_buffers_set:
                    low, high = _range(module, name, tensor)
                    tensor.copy_(_uniform(generator, tensor, low, high))
    return network.eval()


def _uniform(generator: numpy.random.Generator, like: Tensor, low: float, high: float) -> Tensor:
    if not like.is_floating_point():
        return torch.full_like(like, int(generator.integers(1, 1000)))
    return torch.from_numpy(low + (high - low) * generator.random(tuple(like.shape)))


def _range(module: nn.Module, name: str, tensor: Tensor) -> tuple[float, float]:
    """Between which two numbers the values of a tensor lie, so that no layer dies or explodes."""
    if isinstance(module, _NORMALIZATIONS):
        ranges = {"weight": (0.5, 1.5), "running_var": (0.25, 2.0), "running_mean": (-0.7, 0.7)}
        return ranges.get(name, (-0.5, 0.5))
    if isinstance(module, nn.PReLU):
        return 0.05, 0.6
    if tensor.dim() == 1:
        return -0.3, 0.3
    bound = 1.4 * sqrt(3 / tensor[0].numel())
    return -bound, bound
