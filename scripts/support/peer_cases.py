"""The networks that bench_peers.py times, from single layers to whole networks, and what PyTorch has for each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import continual as co
from torch import Tensor, nn

from support.step_cases import Joined, mb_conv, tcn, x3d_small

FRAMES = (1, 64, 16, 56, 56)


@dataclass(frozen=True)
class PeerCase:
    """A network, and the shape of the clips it gets."""

    name: str
    network: Callable[[], nn.Module]
    shape: tuple[int, ...]
    # Convolutions, pools, recurrence and attention on one side, what works on single numbers on the other.
    is_pointwise: bool = False
    # Whether the work of a clip is products, so that its share of what the core can do means something.
    has_products: bool = True
    # continual-inference has no dilation, and misaligns branches with strides in time.
    has_library_steps: bool = True
    # What the library takes for frames before the first one is another thing than PyTorch's padding, and seen in
    # so many outputs.
    foreign_steps: int = 0
    # The operations of a step, two for each product, where it does not compute a window anew.
    step_operations: float | None = None
    # Whether a clip and a stream of any number of frames mean something.
    takes_any_length: bool = True


class Transposed(nn.Module):
    """Attention of PyTorch on clips (B, C, T)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, clip: Tensor) -> Tensor:
        sequence = clip.transpose(1, 2)
        if isinstance(self.body, nn.MultiheadAttention):
            return self.body(sequence, sequence, sequence, need_weights=False)[0].transpose(1, 2)
        return self.body(sequence).transpose(1, 2)


def in_pytorch(network: nn.Module) -> nn.Module:
    """What a user of PyTorch alone would run for a network of the library, with its weights.

    Attention of one output has none like it: PyTorch computes that of all places.
    """
    if isinstance(network, nn.MultiheadAttention):
        plain: nn.Module = nn.MultiheadAttention(network.embed_dim, network.num_heads, batch_first=True)
        plain.load_state_dict(network.state_dict())
        return Transposed(plain.eval())
    if isinstance(network, co.Sequential) and any("self_attn" in name for name in network.state_dict()):
        return Transposed(encoder_in_pytorch(network))
    return network


def encoder_in_pytorch(network: nn.Module) -> nn.Module:
    weights = network.state_dict()
    layers = len([name for name in weights if name.endswith("in_proj_weight")])
    plain = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(512, 8, 2048, dropout=0.0, batch_first=True), layers, enable_nested_tensor=False
    )
    # Both name the parts of a layer alike, each within containers of its own.
    found: dict[str, Tensor] = {}
    seen: dict[str, int] = {}
    for name, weight in weights.items():
        part = name.replace(".fn.", ".").split(".")[-2:]
        short = ".".join(part if part[0] != "self_attn" else ["self_attn", part[1]])
        short = f"self_attn.{short}" if part[0] == "out_proj" else short
        layer = seen[short] = seen.get(short, -1) + 1
        found[f"layers.{layer}.{short}"] = weight
    plain.load_state_dict(found)
    return plain.eval()


def attention(kind: type[nn.Module]) -> nn.Module:
    options = {"sequence_len": 64, "embed_dim_second": True, "forward_returns_attn_mask": False}
    return kind(512, 8, dropout=0.0, batch_first=True, **options)


def encoder(layers: int) -> nn.Module:
    layer = co.TransformerEncoderLayerFactory(512, 8, 2048, 0.0, sequence_len=64)
    return co.TransformerEncoder(layer, num_layers=layers)


def attention_products(width: int, length: int, outputs: int, changed: int) -> int:
    """Of a step: queries, keys and values of the frames that are new, and outputs of those that change."""
    projections = (min(outputs, changed) + 2 * changed + outputs) * width * width
    return projections + 2 * outputs * width * length


def encoder_operations(layers: int, width: int = 512, inner: int = 2048, length: int = 64) -> int:
    """Of a step: all layers but the last make all of their outputs anew."""
    products, changed = 0, 1
    for layer in range(layers):
        outputs = 1 if layer == layers - 1 else length
        products += attention_products(width, length, outputs, changed) + 2 * outputs * width * inner
        changed = length
    return 2 * products


def dilated_tcn() -> nn.Module:
    layers: list[nn.Module] = []
    for index in range(12):
        layers += [nn.Conv1d(64, 64, 3, dilation=(1, 2, 4, 8)[index % 4]), nn.ReLU()]
    return nn.Sequential(*layers)


def residual_block(inputs: int, outputs: int, stride: int) -> nn.Module:
    body = nn.Sequential(
        nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm3d(outputs), nn.ReLU(),
        nn.Conv3d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm3d(outputs),
    )  # fmt: skip
    if stride == 1:
        return nn.Sequential(Joined(body), nn.ReLU())
    short = nn.Sequential(nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs))
    return nn.Sequential(Joined(body, short), nn.ReLU())


def r3d() -> nn.Module:
    """R3D-18 without the pool over the whole clip and the classifier."""
    layers: list[nn.Module] = [
        nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False), nn.BatchNorm3d(64), nn.ReLU()
    ]  # fmt: skip
    before = 64
    for channels in (64, 128, 256, 512):
        layers += [residual_block(before, channels, 1 if before == channels else 2)]
        layers += [residual_block(channels, channels, 1)]
        before = channels
    return nn.Sequential(*layers)


def convolution(inputs: int, outputs: int, kernel: int, **options: int) -> Callable[[], nn.Module]:
    return partial(nn.Conv3d, inputs, outputs, kernel, **options)



pointwise = partial(PeerCase, shape=FRAMES, is_pointwise=True, has_products=False)

LIST = [
    PeerCase("Conv3d 64-64 k3", convolution(64, 64, 3, padding=1), FRAMES),
    PeerCase("Conv3d 24-54 k1", convolution(24, 54, 1), (1, 24, 16, 56, 56)),
    PeerCase("Conv3d depthwise 54 k3, 56x56", convolution(54, 54, 3, padding=1, groups=54), (1, 54, 16, 56, 56)),
    PeerCase("Conv3d depthwise 216 k3, 14x14", convolution(216, 216, 3, padding=1, groups=216), (1, 216, 16, 14, 14)),
    PeerCase(
        "Conv3d 3-64 k(3,7,7) s(1,2,2)",
        lambda: nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3)), (1, 3, 16, 112, 112),
    ),
    PeerCase("Conv2d 64-64 k(9,1), 25 joints", lambda: nn.Conv2d(64, 64, (9, 1), padding=(4, 0)), (1, 64, 300, 25)),
    PeerCase("Conv1d 256-256 k9", lambda: nn.Conv1d(256, 256, 9), (1, 256, 300)),
    PeerCase("MaxPool3d k3 p1", lambda: nn.MaxPool3d(3, 1, 1), FRAMES, has_products=False, foreign_steps=1),
    PeerCase("AvgPool3d k3 p1", lambda: nn.AvgPool3d(3, 1, 1), FRAMES, has_products=False),
    PeerCase("AvgPool3d k3", lambda: nn.AvgPool3d(3, 1), FRAMES, has_products=False),
    PeerCase("MBConv 32-64-32, 28x28", mb_conv, (1, 32, 16, 28, 28)),
    pointwise("BatchNorm3d, ReLU6", lambda: nn.Sequential(nn.BatchNorm3d(64), nn.ReLU6())),
    pointwise("Softmax(1)", lambda: nn.Softmax(1)),
    pointwise("Softmax(-1)", lambda: nn.Softmax(-1)),
    pointwise("GELU", nn.GELU),
    pointwise("GELU tanh", lambda: nn.GELU("tanh")),
    pointwise("SiLU", nn.SiLU),
    pointwise("Sigmoid", nn.Sigmoid),
    pointwise("Tanh", nn.Tanh),
    pointwise("ReLU", nn.ReLU),
    pointwise("Softplus", nn.Softplus),
    pointwise("LayerNorm (56,56)", lambda: nn.LayerNorm((56, 56))),
    pointwise("LayerNorm (56)", lambda: nn.LayerNorm(56)),
    pointwise("GroupNorm 8", lambda: nn.GroupNorm(8, 64)),
    PeerCase("Linear 512-512", lambda: co.Linear(512, 512, channel_dim=1), (1, 512, 64)),
    PeerCase("LSTM 2x256", lambda: co.LSTM(256, 256, num_layers=2), (1, 256, 300)),
    PeerCase("GRU 2x256", lambda: co.GRU(256, 256, num_layers=2), (1, 256, 300)),
    PeerCase(
        "Retroactive attention 512",
        lambda: attention(co.RetroactiveMultiheadAttention), (1, 512, 64), takes_any_length=False,
        step_operations=2 * attention_products(512, 64, 64, 1),
    ),
    PeerCase(
        "Single-output attention 512",
        lambda: attention(co.SingleOutputMultiheadAttention), (1, 512, 64), takes_any_length=False,
        step_operations=2 * attention_products(512, 64, 1, 1),
    ),
    PeerCase(
        "Encoder x1 512-2048", lambda: encoder(1), (1, 512, 64), takes_any_length=False,
        step_operations=encoder_operations(1),
    ),
    PeerCase(
        "Encoder x2 512-2048", lambda: encoder(2), (1, 512, 64), takes_any_length=False,
        step_operations=encoder_operations(2),
    ),
    PeerCase("TCN 12x64", tcn, (1, 64, 300)),
    PeerCase("TCN 12x64, dilated", dilated_tcn, (1, 64, 300), has_library_steps=False),
    PeerCase("X3D-S 160x160", x3d_small, (1, 3, 13, 160, 160)),
    PeerCase("R3D-18 112x112", r3d, (1, 3, 16, 112, 112), has_library_steps=False),
]  # fmt: skip

CASES = {case.name: case for case in LIST}
