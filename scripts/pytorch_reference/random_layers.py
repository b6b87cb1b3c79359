"""Random layers with random options, each fitting a given place in a network."""

from dataclasses import dataclass, replace
from math import prod
from random import Random
from typing import Any

import continual as co
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, weight_norm

CONVOLUTIONS = {0: "Conv1d", 1: "Conv2d", 2: "Conv3d"}


@dataclass(frozen=True)
class Place:
    """What a layer is given: channels, frames, and the sizes of the space axes."""

    channels: int
    frames: int
    space: tuple[int, ...]
    unpadded: bool = True
    """Whether every frame of the clip comes out of a stream too, without padding at the end."""

    def with_channels(self, channels: int) -> "Place":
        return replace(self, channels=channels)


class Layers:
    """Makes layers, and keeps track of what they mean for the whole network."""

    def __init__(self, rng: Random, plain: bool) -> None:
        self.rng = rng
        self.plain = plain
        self.library_is_right = not plain
        self.pools_clip = False
        self.parametrizes = False

    # Layers of any kind

    def layer(self, place: Place) -> nn.Module:
        """Any layer that fits."""
        makers = [self.convolution, self.convolution, self.convolution, self.pool]
        makers += [self.normalization, self.activation, self.activation, self.small]
        if not self.plain:
            makers += [self.linear, self.delay]
            makers += [self.recurrent] if not place.space else []
            makers += [self.reshape] if 1 < prod(place.space) < 20 else []
            makers += [self.framewise] if len(place.space) == 2 else []
        else:
            makers += [self.transposed, self.upsampled]
            makers += [self.last_axis_linear] if place.space else []
        return self.rng.choice(makers)(place)

    def keeping_layer(self, place: Place, *, cheap: bool = False) -> nn.Module:
        """A layer that keeps all sizes; `cheap` ones have no window."""
        makers = [self.normalization, self.activation, self.activation, self.small]
        if not cheap:
            makers += [self.keeping_pool]
        return self.rng.choice(makers)(place)

    def size(self, place: Place, low: int, high: int) -> tuple[int, ...]:
        """A size for each axis, time first."""
        return tuple(self.rng.randint(low, high) for _ in range(1 + len(place.space)))

    # Convolutions

    def convolution(self, place: Place) -> nn.Module:
        kernel = self.rng.choice((1, 2, 3, 3, 4, 5))
        stride = self.rng.choice((1, 1, 1, 2, 3)) if place.frames > 12 else 1
        dilation = self.rng.choice((1, 2, 3)) if self.plain or self.rng.random() < 0.1 else 1
        span = dilation * (kernel - 1) + 1
        padding = self.rng.choice((0, 0, *range(span)))
        if kernel == 1 and stride > 1:
            self.library_is_right = False
        return self.conv(place, self.width(place), kernel, stride, padding, dilation)

    def unpadded_conv(self, place: Place) -> Any:
        """A convolution that keeps channels and pixels, and loses an even number of frames."""
        kernel = self.rng.choice((3, 5))
        return self.same_in_space(place, place.channels, kernel, 1, 0)

    def keeping_conv(self, place: Place, channels: int, stride: int) -> nn.Module:
        """A convolution that keeps pixels, and frames but for the stride."""
        kernel = self.rng.choice((1, 3, 3, 5))
        if kernel == 1 and stride > 1:
            self.library_is_right = False
        return self.same_in_space(place, channels, kernel, stride, kernel // 2)

    def same_in_space(
        self, place: Place, channels: int, kernel: int, stride: int, padding: int
    ) -> nn.Module:
        sizes = [self.rng.choice((1, 3)) for _ in place.space]
        groups = self.groups(place.channels, channels)
        return self.continual_or_plain(
            place,
            place.channels,
            channels,
            (kernel, *sizes),
            stride=(stride, *(1 for _ in sizes)),
            padding=(padding, *(size // 2 for size in sizes)),
            groups=groups,
            bias=self.rng.random() < 0.7,
        )

    def pointwise(self, place: Place, channels: int) -> nn.Module:
        return getattr(co, CONVOLUTIONS[len(place.space)])(place.channels, channels, 1)

    def width(self, place: Place) -> int:
        return self.rng.choice((place.channels, 2, 3, 4, 6))

    def groups(self, inputs: int, outputs: int) -> int:
        return self.rng.choice([g for g in (1, 1, 2, 3, 4, 6) if inputs % g == outputs % g == 0])

    def conv(
        self, place: Place, width: int, kernel: int, stride: int, padding: int, dilation: int
    ) -> nn.Module:
        mode = self.rng.choice(("zeros", "zeros", "replicate"))
        if self.plain and padding == 0:
            mode = self.rng.choice(("zeros", "reflect", "circular", "replicate"))
        kernels = (kernel, *(self.rng.choice((1, 2, 3)) for _ in place.space))
        pads = [self.rng.randint(0, 2) for _ in place.space]
        arguments = {
            "stride": (stride, *(self.rng.choice((1, 1, 2)) for _ in place.space)),
            "padding": (padding, *pads),
            "dilation": (dilation, *(self.rng.choice((1, 1, 2)) for _ in place.space)),
            "groups": self.groups(place.channels, width),
            "bias": self.rng.random() < 0.7,
            "padding_mode": mode,
        }
        return self.continual_or_plain(place, place.channels, width, kernels, **arguments)

    def continual_or_plain(self, place: Place, *sizes: Any, **arguments: Any) -> nn.Module:
        name = CONVOLUTIONS[len(place.space)]
        dilated = arguments.get("dilation", (1,))[0] > 1
        if self.plain:
            return self.in_parts(getattr(nn, name)(*sizes, **arguments))
        if dilated:
            self.library_is_right = False
            return adopted(getattr(nn, name)(*sizes, **arguments))
        fill = arguments.get("padding_mode", "zeros")
        return getattr(co, name)(*sizes, **arguments, temporal_fill=fill)

    def transposed(self, place: Place) -> nn.Module:
        """A transposed convolution, mostly one that raises the rate and the pixels."""
        kernel = self.size(place, 1, 4)
        large = [size > limit for size, limit in ((place.frames, 40), *((s, 12) for s in place.space))]
        stride = tuple(1 if is_large else self.rng.choice((1, 2, 2, 3)) for is_large in large)
        dilation = tuple(self.rng.choice((1, 1, 2)) for _ in kernel)
        spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        padding = tuple(self.rng.choice((0, 0, 1, span // 2)) for span in spans)
        most = [max(s, d) - 1 for s, d in zip(stride, dilation, strict=True)]
        extra = tuple(self.rng.choice((0, size)) for size in most)
        width = self.width(place)
        kind = getattr(nn, f"ConvTranspose{1 + len(place.space)}d")
        layer = kind(
            *(place.channels, width, kernel, stride, padding, extra),
            groups=self.groups(place.channels, width),
            bias=self.rng.random() < 0.7,
            dilation=dilation,
        )
        return self.in_parts(layer)

    def upsampled(self, place: Place) -> nn.Module:
        """Larger in time by a whole factor, and in space by any."""
        factor = self.rng.choice((1, 2, 2, 3, 4)) if place.frames < 40 else 1
        factors = (factor, *(self.rng.choice((1, 1.5, 2, 2.3)) for _ in place.space))
        linear = ("linear", "bilinear", "trilinear")[len(place.space)]
        mode = self.rng.choice(("nearest", "nearest-exact", linear, linear))
        aligned = factor == 1 and mode == linear and self.rng.random() < 0.5
        return nn.Upsample(
            scale_factor=factors, mode=mode, align_corners=True if aligned else None
        )

    def in_parts(self, convolution: nn.Module) -> nn.Module:
        """Sometimes with a weight that is put together from parts."""
        if self.rng.random() > 0.15:
            return convolution
        ways: list[Any] = [
            parametrizations.weight_norm,
            lambda layer: parametrizations.weight_norm(layer, dim=1),
            weight_norm,
            lambda layer: prune.random_unstructured(layer, "weight", 0.4),
        ]
        way = self.rng.choice(ways)
        self.parametrizes = True
        return way(convolution)

    # Pools

    def pool(self, place: Place) -> nn.Module:
        average = self.rng.random() < 0.5
        kernel = self.size(place, 1, 3)
        padding = tuple(self.rng.randint(0, size // 2) for size in kernel)
        stride = tuple(self.rng.choice((1, 1, 2)) for _ in kernel)
        arguments: dict[str, Any] = {"stride": stride, "padding": padding}
        if self.rng.random() < 0.3:
            arguments["ceil_mode"] = True
            self.library_is_right = False
        if average:
            return self.average_pool(place, kernel, arguments)
        dilation = self.size(place, 1, 2)
        if dilation[0] > 1:
            self.library_is_right = False
        return self.maximum_pool(place, kernel, {**arguments, "dilation": dilation})

    def keeping_pool(self, place: Place) -> nn.Module:
        kernel = tuple(self.rng.choice((1, 3)) for _ in range(1 + len(place.space)))
        arguments = {"stride": (1,) * len(kernel), "padding": tuple(size // 2 for size in kernel)}
        if self.rng.random() < 0.5:
            return self.average_pool(place, kernel, arguments)
        return self.maximum_pool(place, kernel, arguments)

    def average_pool(self, place: Place, kernel: tuple[int, ...], arguments: dict) -> nn.Module:
        if self.rng.random() < 0.3:
            arguments["count_include_pad"] = False
            self.library_is_right = False
        if place.space and self.rng.random() < 0.2:
            arguments["divisor_override"] = self.rng.choice((1, 3, 5))
            self.library_is_right = False
        home = nn if self.plain else co
        return getattr(home, f"AvgPool{1 + len(place.space)}d")(kernel, **arguments)

    def maximum_pool(self, place: Place, kernel: tuple[int, ...], arguments: dict) -> nn.Module:
        name = f"MaxPool{1 + len(place.space)}d"
        if self.plain:
            return getattr(nn, name)(kernel, **arguments)
        return getattr(co, name)(kernel, **arguments, temporal_fill="neg_inf")

    # Layers without a window

    def normalization(self, place: Place) -> nn.Module:
        kind = getattr(nn, f"BatchNorm{1 + len(place.space)}d")
        affine = self.rng.random() < 0.8
        return kind(place.channels, eps=self.rng.choice((1e-5, 1e-3)), affine=affine)

    def activation(self, place: Place) -> nn.Module:
        channelwise = [lambda: nn.Softmax(dim=1), lambda: nn.LogSoftmax(dim=1)]
        plain = [nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Hardsigmoid, nn.Tanh, nn.SiLU, nn.Hardswish]
        plain += [nn.SELU, nn.GELU, nn.LogSigmoid, nn.Softsign, nn.Tanhshrink, nn.PReLU]
        chosen: list[Any] = [
            *plain,
            *channelwise,
            lambda: nn.LeakyReLU(0.3),
            lambda: nn.ELU(0.6),
            lambda: nn.CELU(1.7),
            lambda: nn.Hardtanh(-0.7, 1.3),
            lambda: nn.RReLU(0.2, 0.3),
            lambda: nn.Softplus(2, 3),
            lambda: nn.Softshrink(0.2),
            lambda: nn.GELU(approximate="tanh"),
            lambda: nn.PReLU(place.channels),
            lambda: nn.Softmin(dim=1),
        ]
        if len(place.space) == 1:
            chosen.append(nn.Softmax2d)
        if place.space:
            chosen.append(lambda: nn.Softmax(dim=-1))
        if self.plain:
            chosen.append(nn.Mish)
        return self.rng.choice(chosen)()

    def small(self, place: Place) -> nn.Module:
        dropout = [nn.Dropout, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout]
        if self.plain:
            return self.rng.choice([*dropout, nn.Dropout1d, nn.Identity])()
        makers: list[Any] = [*dropout, lambda: co.Add(0.5), lambda: co.Multiply(-0.75)]
        makers += [co.Identity, lambda: co.Lambda(torch.tanh), lambda: co.Lambda(nn.Sigmoid())]
        return self.rng.choice(makers)()

    def linear(self, place: Place) -> nn.Module:
        width = self.rng.choice((2, 3, 5))
        return co.Linear(place.channels, width, bias=self.rng.random() < 0.7, channel_dim=1)

    def last_axis_linear(self, place: Place) -> nn.Module:
        return nn.Linear(place.space[-1], self.rng.choice((4, 5, 7)))

    def reshape(self, place: Place) -> nn.Module:
        """All pixels into the channels; the batch is left open."""
        return co.Reshape(-1, place.channels * prod(place.space))

    def delay(self, place: Place) -> nn.Module:
        if self.rng.random() < 0.3 and place.frames > 8:
            return co.Skip(self.rng.randint(1, 3))
        return co.Delay(self.rng.randint(0, 3))

    def recurrent(self, place: Place) -> nn.Module:
        hidden, depth = self.rng.choice((2, 3, 5)), self.rng.randint(1, 2)
        bias = self.rng.random() < 0.7
        kind = self.rng.choice((co.GRU, co.LSTM, co.RNN))
        if kind is co.LSTM and self.rng.random() < 0.4:
            return co.LSTM(place.channels, hidden + 2, depth, bias=bias, proj_size=hidden)
        if kind is co.RNN:
            nonlinearity = self.rng.choice(("tanh", "relu"))
            return co.RNN(place.channels, hidden, depth, nonlinearity=nonlinearity, bias=bias)
        return kind(place.channels, hidden, depth, bias=bias)

    def framewise(self, place: Place) -> nn.Module:
        """An image network on each frame; often one that ends in a vector."""
        width = self.rng.choice((2, 3))
        image: list[nn.Module] = [
            nn.Conv2d(place.channels, width, self.rng.choice((1, 3)), padding=1),
            self.rng.choice((nn.ReLU, nn.Tanh, nn.GELU))(),
        ]
        image += self.rng.sample([nn.BatchNorm2d(width), nn.MaxPool2d(2), nn.Dropout2d(0.3)], 1)
        if self.rng.random() < 0.6:
            pool = self.rng.choice((nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d))
            image += [pool(self.rng.choice((1, (2, 1)))), nn.Flatten()]
        return co.Lambda(nn.Sequential(*image))

    def attention(self, place: Place) -> list[nn.Module]:
        """An encoder or an attention whose window is the clip, which makes one output of it."""
        self.pools_clip = True
        heads = self.rng.choice((1, 2, 3))
        size = heads * self.rng.choice((2, 4, 5))
        window = {"sequence_len": place.frames}
        modules: list[nn.Module] = [self.pointwise(place, size)]
        if self.rng.random() < 0.5:
            # The library refuses clips that are longer than the table.
            rows = self.rng.randint(place.frames, 2 * place.frames)
            learned = self.rng.random() < 0.5
            modules.append(co.RecyclingPositionalEncoding(size, rows, learned=learned))
        kind = self.rng.choice(("attention", "layer", "encoder"))
        if kind == "attention":
            query = self.rng.randrange(-place.frames, place.frames)
            options = {"query_index": query, "bias": self.rng.random() < 0.7, **window}
            options |= {"embed_dim_second": True, "forward_returns_attn_mask": False}
            return [*modules, co.SingleOutputMultiheadAttention(size, heads, **options)]
        hidden, function = self.rng.randint(3, 14), self.rng.choice((nn.ReLU(), nn.GELU()))
        sizes = (size, heads, hidden)
        if kind == "layer":
            options = {"activation": function, "single_output_forward": True, **window}
            modules.append(co.SingleOutputTransformerEncoderLayer(*sizes, **options))
        else:
            factory = co.TransformerEncoderLayerFactory(*sizes, activation=function, **window)
            norm = self.rng.choice((None, nn.LayerNorm(size)))
            modules.append(co.TransformerEncoder(factory, 2, norm))
        return [*modules, co.Linear(size, 3, channel_dim=1)]

    def tail(self, place: Place) -> list[nn.Module]:
        """A pool over the whole clip, where clip and stream mean the same by it, and a classifier.

        Only behind a trunk whose every output the stream yields too.
        """
        if not place.unpadded or (not self.plain and not place.space):
            return []
        self.pools_clip = True
        average = self.rng.random() < 0.5
        name = f"Adaptive{'Avg' if average else 'Max'}Pool{1 + len(place.space)}d"
        sizes = (1, *(self.rng.randint(1, 3) for _ in place.space))
        if self.plain:
            return [getattr(nn, name)(sizes)]
        pool = getattr(co, name)(sizes, kernel_size=place.frames)
        return [pool, co.Linear(place.channels, 3, channel_dim=1)]


def adopted(module: Any) -> Any:
    """A torch.nn convolution as a continual module, with the times it really has.

    The library takes it as one that looks at a single frame; its clip form is right all the same.
    """
    kernel, dilation, padding = module.kernel_size[0], module.dilation[0], module.padding[0]
    converted = co.forward_stepping(module)
    converted.receptive_field = dilation * (kernel - 1) + 1
    converted.delay = converted.receptive_field - 1 - padding
    return converted
