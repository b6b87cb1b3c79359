"""CoST-GCN as github.com/LukasHedegaard/continual-skeletons names its tensors.

Takes (B, 3, T, joints, persons). `layer1` has no residual, so that nothing stands between its name and `gcn`;
in the others it is `layer2.0.1.gcn`, and where the residual has weights `layer5.0.0.residual`.
"""

from collections import OrderedDict

import continual as co
import torch
from torch import Tensor, nn

# Channels in and out, and stride, layer by layer; only the first one has no residual.
LAYERS = [
    (3, 64, 1), (64, 64, 1), (64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 128, 1),
    (128, 256, 2), (256, 256, 1), (256, 256, 1),
]  # fmt: skip

PARTITIONS = 3
KERNEL = 9


class GraphConvolution(nn.Module):
    """Each partition of the neighbours has a matrix and a convolution of its own."""

    def __init__(self, inputs: int, outputs: int, joints: int) -> None:
        super().__init__()
        self.graph_attn = nn.Parameter(0.5 + torch.rand(PARTITIONS, joints, joints))
        self.A = nn.Parameter(torch.rand(PARTITIONS, joints, joints) / joints, requires_grad=False)
        self.g_conv = nn.ModuleList(nn.Conv2d(inputs, outputs, 1) for _ in range(PARTITIONS))
        self.gcn_residual: nn.Module = nn.Identity()
        if inputs != outputs:
            self.gcn_residual = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs)
            )
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        matrices = self.A * self.graph_attn
        parts = [conv(x @ matrices[i]) for i, conv in enumerate(self.g_conv)]
        return self.relu(self.bn(sum(parts)) + self.gcn_residual(x))


def sequence(*modules: tuple[str, nn.Module]) -> co.Sequential:
    return co.Sequential(OrderedDict(modules))


def temporal(inputs: int, outputs: int, kernel: int, stride: int, padding: int) -> co.Sequential:
    return sequence(
        ("t_conv", co.Conv2d(inputs, outputs, (kernel, 1), (stride, 1), (padding, 0))),
        ("bn", nn.BatchNorm2d(outputs)),
    )


def block(inputs: int, outputs: int, stride: int, joints: int, padding: int) -> co.Sequential:
    main = sequence(
        ("gcn", co.forward_stepping(GraphConvolution(inputs, outputs, joints))),
        ("tcn", temporal(outputs, outputs, KERNEL, stride, padding)),
    )
    if inputs == LAYERS[0][0]:
        return sequence(*main.named_children(), ("relu", nn.ReLU()))
    is_short = not padding
    if inputs == outputs and stride == 1:
        return co.Sequential(co.Residual(main, residual_shrink=is_short), nn.ReLU())
    # Half of a window without padding is cut at either end.
    delay = main[1].delay // stride // (2 if is_short else 1)
    other = sequence(
        ("residual", temporal(inputs, outputs, 1, stride, 0)),
        ("align", co.Delay(delay, auto_shrink=is_short)),
    )
    return co.Sequential(co.BroadcastReduce(other, main, auto_delay=False), nn.ReLU())


def cost_gcn(
    is_short: bool = False, joints: int = 25, persons: int = 2, classes: int = 60
) -> co.Sequential:
    """The network for clips of 300 frames; a short one has neither padding nor strides."""

    def by_joint(x: Tensor) -> Tensor:
        # Of one frame (B, C, V, S).
        return x.permute(0, 3, 2, 1).flatten(1)

    def by_person(x: Tensor) -> Tensor:
        return x.view(-1, persons, joints, 3).permute(0, 1, 3, 2).flatten(0, 1)

    def spatial_pool(x: Tensor) -> Tensor:
        return x.view(-1, persons, 256, joints).mean((1, 3))

    layers = sequence(
        *(
            (f"layer{number}", block(c, o, 1 if is_short else s, joints, 0 if is_short else 4))
            for number, (c, o, s) in enumerate(LAYERS, 1)
        )
    )
    pool, padding = (220, 0) if is_short else (75, 19)
    return sequence(
        ("reshape1", co.Lambda(by_joint)),
        ("data_bn", nn.BatchNorm1d(persons * 3 * joints)),
        ("reshape2", co.Lambda(by_person)),
        ("layers", layers),
        ("spatial_pool", co.Lambda(spatial_pool)),
        ("pool", co.AvgPool1d(pool, stride=1, padding=padding)),
        ("fc", co.Linear(256, classes, channel_dim=1)),
    )
