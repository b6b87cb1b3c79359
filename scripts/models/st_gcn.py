"""ST-GCN as github.com/yysijie/st-gcn has it, whose released files hold tensors alone.

Its names are kept, so that its files load: `A`, `data_bn`, `st_gcn_networks`, `edge_importance`, `fcn`.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Channels in and out, stride, and whether there is a residual, layer by layer.
LAYERS = [
    (3, 64, 1, False), (64, 64, 1, True), (64, 64, 1, True), (64, 64, 1, True),
    (64, 128, 2, True), (128, 128, 1, True), (128, 128, 1, True),
    (128, 256, 2, True), (256, 256, 1, True), (256, 256, 1, True),
]  # fmt: skip

PARTITIONS = 3


class GraphConvolution(nn.Module):
    """A product with a matrix for each partition of the neighbours, which are added."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, outputs * PARTITIONS, 1)

    def forward(self, clip: Tensor, matrices: Tensor) -> Tensor:
        parts = self.conv(clip)
        samples, channels, frames, joints = parts.shape
        parts = parts.view(samples, PARTITIONS, channels // PARTITIONS, frames, joints)
        return torch.einsum("nkctv,kvw->nctw", parts, matrices)


class Block(nn.Module):
    """A graph convolution, and a convolution over time."""

    def __init__(self, channels: int, outputs: int, stride: int, has_residual: bool) -> None:
        super().__init__()
        self.gcn = GraphConvolution(channels, outputs)
        self.tcn = nn.Sequential(
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, (9, 1), (stride, 1), (4, 0)),
            nn.BatchNorm2d(outputs),
            nn.Dropout(0),
        )
        self.has_residual = has_residual
        self.residual: nn.Module = nn.Identity()
        if has_residual and (channels != outputs or stride > 1):
            self.residual = nn.Sequential(
                nn.Conv2d(channels, outputs, 1, (stride, 1)), nn.BatchNorm2d(outputs)
            )

    def forward(self, clip: Tensor, matrices: Tensor) -> Tensor:
        output = self.tcn(self.gcn(clip, matrices))
        return F.relu(output + self.residual(clip) if self.has_residual else output)


class STGCN(nn.Module):
    """Takes (B, 3, T, joints, persons), and gives scores of classes."""

    def __init__(self, joints: int = 25, classes: int = 60) -> None:
        super().__init__()
        self.register_buffer("A", torch.rand(PARTITIONS, joints, joints) / joints)
        self.data_bn = nn.BatchNorm1d(3 * joints)
        self.st_gcn_networks = nn.ModuleList(Block(*layer) for layer in LAYERS)
        self.edge_importance = nn.ParameterList(
            nn.Parameter(0.5 + torch.rand(PARTITIONS, joints, joints)) for _ in LAYERS
        )
        self.fcn = nn.Conv2d(LAYERS[-1][1], classes, 1)

    def forward(self, clip: Tensor) -> Tensor:
        samples, channels, frames, joints, persons = clip.shape
        x = clip.permute(0, 4, 3, 1, 2).contiguous()
        x = self.data_bn(x.view(samples * persons, joints * channels, frames))
        x = x.view(samples, persons, joints, channels, frames).permute(0, 1, 3, 4, 2).contiguous()
        x = x.view(samples * persons, channels, frames, joints)
        for block, importance in zip(self.st_gcn_networks, self.edge_importance, strict=True):
            x = block(x, self.A * importance)
        x = F.avg_pool2d(x, x.shape[2:]).view(samples, persons, -1, 1, 1).mean(dim=1)
        return self.fcn(x).view(samples, -1)
