"""Networks as github.com/facebookresearch/SlowFast names their tensors: Slow, I3D, C2D and X3D.

`s1` is the stem, `s2` to `s5` are the stages, and `head` ends with a softmax, as its files are evaluated.
"""

from collections.abc import Sequence

from torch import Tensor, nn

# Blocks of the stages of a ResNet-50, and what of each block's first kernel is time.
DEPTHS = (3, 4, 6, 3)
TIMES = {
    "slow": ([1], [1], [1], [3], [3]),
    "i3d": ([5], [3], [3, 1], [3, 1], [1, 3]),
    "c2d": ([1], [1], [1], [1], [1]),
}


def kernel(time: int, space: int) -> tuple[int, int, int]:
    return (time, space, space)


def same(time: int, space: int) -> tuple[int, int, int]:
    """The padding that keeps the size."""
    return (time // 2, space // 2, space // 2)


def conv(
    inputs: int, outputs: int, time: int, space: int, stride: int = 1, groups: int = 1
) -> nn.Conv3d:
    return nn.Conv3d(
        inputs, outputs, kernel(time, space), (1, stride, stride), same(time, space),
        groups=groups, bias=False,
    )  # fmt: skip


class Squeeze(nn.Module):
    """Squeeze and excitation of a whole clip."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool3d(1)
        self.fc1 = nn.Conv3d(channels, inner, 1)
        self.fc1_act = nn.ReLU()
        self.fc2 = nn.Conv3d(inner, channels, 1)
        self.fc2_sig = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        return x * self.fc2_sig(self.fc2(self.fc1_act(self.fc1(self.avg_pool(x)))))


class Transform(nn.Sequential):
    """The branch that computes: three convolutions, each with a norm."""

    def __init__(
        self, inputs: int, inner: int, outputs: int, stride: int, time: int, squeezed: int | None
    ) -> None:
        super().__init__()
        is_x3d = squeezed is not None
        self.a = conv(inputs, inner, 1 if is_x3d else time, 1)
        self.a_bn = nn.BatchNorm3d(inner)
        self.a_relu = nn.ReLU()
        if is_x3d:
            self.b = conv(inner, inner, time, 3, stride, groups=inner)
        else:
            self.b = conv(inner, inner, 1, 3, stride)
        self.b_bn = nn.BatchNorm3d(inner)
        if squeezed:
            self.se = Squeeze(inner, squeezed)
        self.b_relu = nn.SiLU() if is_x3d else nn.ReLU()
        self.c = conv(inner, outputs, 1, 1)
        self.c_bn = nn.BatchNorm3d(outputs)


class Block(nn.Module):
    """A branch that computes, and one that does not or has a convolution alone."""

    def __init__(
        self, inputs: int, inner: int, outputs: int, stride: int, time: int, squeezed: int | None
    ) -> None:
        super().__init__()
        self.is_wider = inputs != outputs or stride != 1
        if self.is_wider:
            self.branch1 = conv(inputs, outputs, 1, 1, stride)
            self.branch1_bn = nn.BatchNorm3d(outputs)
        self.branch2 = Transform(inputs, inner, outputs, stride, time, squeezed)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        other = self.branch1_bn(self.branch1(x)) if self.is_wider else x
        return self.relu(other + self.branch2(x))


def stage(blocks: Sequence[nn.Module]) -> nn.Sequential:
    stage = nn.Sequential()
    for number, block in enumerate(blocks):
        stage.add_module(f"pathway0_res{number}", block)
    return stage


class Stem(nn.Sequential):
    """The first convolution, with a pool behind it."""

    def __init__(self, outputs: int, time: int) -> None:
        super().__init__()
        self.conv = conv(3, outputs, time, 7, 2)
        self.bn = nn.BatchNorm3d(outputs)
        self.relu = nn.ReLU()
        self.pool_layer = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))


class X3DStem(nn.Sequential):
    """A convolution of each frame, and one over time of each channel."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.conv_xy = conv(3, outputs, 1, 3, 2)
        self.conv = conv(outputs, outputs, 5, 1, groups=outputs)
        self.bn = nn.BatchNorm3d(outputs)
        self.relu = nn.ReLU()


def scores(projection: nn.Module, x: Tensor) -> Tensor:
    """Of classes, from what is left of a clip."""
    x = projection(x.permute(0, 2, 3, 4, 1)).softmax(4)
    return x.mean((1, 2, 3))


class Head(nn.Module):
    """A pool over the clip, and a linear layer."""

    def __init__(self, inputs: int, pool: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.pathway0_avgpool = nn.AvgPool3d(pool, stride=1)
        self.projection = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        return scores(self.projection, self.pathway0_avgpool(x))


class X3DHead(nn.Module):
    """A pool over the clip between convolutions, and a linear layer."""

    def __init__(
        self, inputs: int, inner: int, outputs: int, pool: tuple[int, int, int], classes: int
    ) -> None:
        super().__init__()
        self.conv_5 = conv(inputs, inner, 1, 1)
        self.conv_5_bn = nn.BatchNorm3d(inner)
        self.conv_5_relu = nn.ReLU()
        self.avg_pool = nn.AvgPool3d(pool, stride=1)
        self.lin_5 = conv(inner, outputs, 1, 1)
        self.lin_5_relu = nn.ReLU()
        self.projection = nn.Linear(outputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.avg_pool(self.conv_5_relu(self.conv_5_bn(self.conv_5(x))))
        return scores(self.projection, self.lin_5_relu(self.lin_5(x)))


def resnet(kind: str, frames: int, size: int, width: int = 64, classes: int = 400) -> nn.Module:
    """Slow, I3D or C2D of 50 layers."""
    times = TIMES[kind]
    network = nn.Sequential()
    network.s1 = nn.Sequential()
    network.s1.add_module("pathway0_stem", Stem(width, times[0][0]))
    inputs = width
    rate = 1 if kind == "slow" else 2
    for number, depth in enumerate(DEPTHS):
        inner = width << number
        blocks = []
        for place in range(depth):
            time = times[number + 1][place % len(times[number + 1])]
            stride = 2 if number and not place else 1
            blocks.append(Block(inputs, inner, 4 * inner, stride, time, None))
            inputs = 4 * inner
        network.add_module(f"s{number + 2}", stage(blocks))
        if number == 0:
            network.pathway0_pool = nn.MaxPool3d((rate, 1, 1), (rate, 1, 1))
    pool = (frames // rate, size // 32, size // 32)
    network.head = Head(inputs, pool, classes)
    return network


def rounded(width: float) -> int:
    """A multiple of eight, as X3D has its widths."""
    near = max(8, int(width + 4) // 8 * 8)
    return near + 8 if near < 0.9 * width else near


# Channels and blocks of the stages of X3D of the sizes XS, S and M.
X3D_STAGES = ((24, 3), (48, 5), (96, 11), (192, 7))


def x3d(frames: int, size: int, classes: int = 400) -> nn.Module:
    """X3D; its sizes differ in the pool alone."""
    network = nn.Sequential()
    network.s1 = nn.Sequential()
    network.s1.add_module("pathway0_stem", X3DStem(24))
    inputs = 24
    inner = 0
    for number, (outputs, depth) in enumerate(X3D_STAGES):
        inner = int(2.25 * outputs)
        blocks = []
        for place in range(depth):
            squeezed = 0 if place % 2 else rounded(inner / 16)
            stride = 1 if place else 2
            blocks.append(Block(inputs, inner, outputs, stride, 3, squeezed))
            inputs = outputs
        network.add_module(f"s{number + 2}", stage(blocks))
    side = -(-size // 32)
    network.head = X3DHead(inputs, inner, 2048, (frames, side, side), classes)
    return network
