"""CoSlow, CoI3D, CoC2D and CoX3D as github.com/LukasHedegaard/co3d names their tensors.

Of a block the branches are joined as `continual` joins them, which puts numbers between the names of
PySlowFast: `s2.pathway0_res0.0.0.0.branch1` where the branch is delayed, `0.0.branch1` where it need not be.
"""

from collections import OrderedDict
from collections.abc import Iterable

import continual as co
from torch import nn

from models.pyslowfast import DEPTHS, TIMES, X3D_STAGES, kernel, rounded, same

Named = tuple[str, nn.Module]


def sequence(*modules: Named) -> co.Sequential:
    return co.Sequential(OrderedDict(modules))


def conv(
    inputs: int, outputs: int, time: int, space: int, stride: int = 1, groups: int = 1
) -> co.Conv3d:
    return co.Conv3d(
        inputs, outputs, kernel(time, space), (1, stride, stride), same(time, space),
        groups=groups, bias=False,
    )  # fmt: skip


def block(inputs: int, outputs: int, stride: int, branch: co.Sequential) -> co.Sequential:
    """A branch that computes, and one that waits or has a convolution alone."""
    main = sequence(("branch2", branch))
    other: nn.Module = co.Delay(main.delay)
    if inputs != outputs or stride != 1:
        other = sequence(
            ("branch1", conv(inputs, outputs, 1, 1, stride)),
            ("branch1_bn", nn.BatchNorm3d(outputs)),
        )
    return co.Sequential(co.BroadcastReduce(other, main, reduce="sum"), nn.ReLU())


def stage(blocks: Iterable[nn.Module]) -> co.Sequential:
    return sequence(*((f"pathway0_res{number}", block) for number, block in enumerate(blocks)))


def bottleneck(inputs: int, inner: int, outputs: int, stride: int, time: int) -> co.Sequential:
    return sequence(
        ("conv_a", conv(inputs, inner, time, 1)),
        ("norm_a", nn.BatchNorm3d(inner)),
        ("relu_a", nn.ReLU()),
        ("conv_b", conv(inner, inner, 1, 3, stride)),
        ("norm_b", nn.BatchNorm3d(inner)),
        ("relu_b", nn.ReLU()),
        ("conv_c", conv(inner, outputs, 1, 1)),
        ("norm_c", nn.BatchNorm3d(outputs)),
    )


def resnet(kind: str, frames: int, size: int, width: int = 64, classes: int = 400) -> co.Sequential:
    """CoSlow, CoI3D or CoC2D of 50 layers."""
    times = TIMES[kind]
    rate = 1 if kind == "slow" else 2
    stem = sequence(
        ("conv", conv(3, width, times[0][0], 7, 2)),
        ("norm", nn.BatchNorm3d(width)),
        ("relu", nn.ReLU()),
        ("pool_layer", nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))),
    )
    modules: list[Named] = [("0", stem)]
    inputs = width
    for number, depth in enumerate(DEPTHS):
        inner = width << number
        blocks = []
        for place in range(depth):
            time = times[number + 1][place % len(times[number + 1])]
            stride = 2 if number and not place else 1
            branch = bottleneck(inputs, inner, 4 * inner, stride, time)
            blocks.append(block(inputs, 4 * inner, stride, branch))
            inputs = 4 * inner
        modules.append((str(number + 1), stage(blocks)))
        if number == 0:
            modules.append(("pathway0_pool", co.MaxPool3d((rate, 1, 1), (rate, 1, 1))))
    head = sequence(
        ("avg_pool", co.AvgPool3d((frames // rate, size // 32, size // 32), stride=1)),
        ("projection", co.Linear(inputs, classes, channel_dim=1)),
        ("act", nn.Softmax(dim=1)),
    )
    return sequence(*modules, ("5", head))


def squeeze(channels: int, inner: int) -> co.Residual:
    """Squeeze and excitation of each frame, as the steps of the network have it."""
    return co.Residual(
        sequence(
            ("avg_pool", co.AdaptiveAvgPool3d((1, 1, 1), kernel_size=1)),
            ("fc1", co.Conv3d(channels, inner, 1)),
            ("fc1_act", nn.ReLU()),
            ("fc2", co.Conv3d(inner, channels, 1)),
            ("fc2_sig", nn.Sigmoid()),
        ),
        reduce="mul",
    )


def x3d_branch(inputs: int, inner: int, outputs: int, stride: int, squeezed: int) -> co.Sequential:
    return sequence(
        ("a", conv(inputs, inner, 1, 1)),
        ("a_bn", nn.BatchNorm3d(inner)),
        ("a_relu", nn.ReLU()),
        ("b", conv(inner, inner, 3, 3, stride, groups=inner)),
        ("b_bn", nn.BatchNorm3d(inner)),
        *([("se", squeeze(inner, squeezed))] if squeezed else []),
        ("b_relu", nn.SiLU()),
        ("c", conv(inner, outputs, 1, 1)),
        ("c_bn", nn.BatchNorm3d(outputs)),
    )


def x3d(frames: int, size: int, classes: int = 400) -> co.Sequential:
    """CoX3D; its sizes differ in the pool alone."""
    stem = sequence(
        ("conv_xy", conv(3, 24, 1, 3, 2)),
        ("conv", conv(24, 24, 5, 1, groups=24)),
        ("bn", nn.BatchNorm3d(24)),
        ("relu", nn.ReLU()),
    )
    modules: list[Named] = [("s1", sequence(("pathway0_stem", stem)))]
    inputs, inner = 24, 0
    for number, (outputs, depth) in enumerate(X3D_STAGES):
        inner = int(2.25 * outputs)
        blocks = []
        for place in range(depth):
            squeezed = 0 if place % 2 else rounded(inner / 16)
            stride = 1 if place else 2
            branch = x3d_branch(inputs, inner, outputs, stride, squeezed)
            blocks.append(block(inputs, outputs, stride, branch))
            inputs = outputs
        modules.append((f"s{number + 2}", stage(blocks)))
    side = -(-size // 32)
    head = sequence(
        ("conv_5", conv(inputs, inner, 1, 1)),
        ("conv_5_bn", nn.BatchNorm3d(inner)),
        ("conv_5_relu", nn.ReLU()),
        ("avg_pool", co.AvgPool3d((frames, side, side), stride=1)),
        ("lin_5", conv(inner, 2048, 1, 1)),
        ("lin_5_relu", nn.ReLU()),
        ("projection", co.Linear(2048, classes, channel_dim=1)),
        ("act", nn.Softmax(dim=1)),
    )
    return sequence(*modules, ("head", head))
