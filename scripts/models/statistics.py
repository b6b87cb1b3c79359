"""Numbers of batch norms that are not those of a new one."""

import torch
from torch import nn


def with_statistics(network: nn.Module) -> nn.Module:
    """The network with numbers in its batch norms that are not those of a new one."""
    generator = torch.Generator().manual_seed(7)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            assert module.running_var is not None
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.randn(shape, generator=generator) * 0.2)
            module.running_var.copy_(torch.rand(shape, generator=generator) + 0.5)
    return network
