"""Networks of packages with random weights: of each a name, a function that makes it, and a clip.

Sizes are small where the package lets them be, so that the whole table is made in minutes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Entry:
    """A row of the table."""

    name: str
    package: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]

    @property
    def file(self) -> str:
        """What its files are called, as in `pytorch-tcn-gated`."""
        words = "".join(c if c.isalnum() else " " for c in f"{self.package} {self.name}".lower())
        return "-".join(words.split())

    @property
    def is_kept(self) -> bool:
        """Whether it is checked in, so that each check of the repository verifies it."""
        return self.file in KEPT


KEPT = (
    "conformer-conformerconvmodule-causal",
    "denoiser-demucs-causal",
    "denoiser-demucs-not-causal",
    "encodec-decoder-causal",
    "encodec-encoder-causal",
    "encodec-encoder-padded-by-reflection",
    "pesto-pitch-resnet1d",
    "pytorch-tcn-tcn-gated",
    "pytorch-tcn-tcn-not-causal",
    "snac-decoder",
    "snac-encoder",
    "torchaudio-conformer",
    "torchaudio-melresnet",
    "torchaudio-spectrogram-centered",
    "torchaudio-wav2vec-2-0-features-layer-norm",
)


class First(nn.Module):
    """A network that gives more than one tensor, or takes a length beside the clip."""

    def __init__(self, network: nn.Module, takes_length: bool = False) -> None:
        super().__init__()
        self.network = network
        self.takes_length = takes_length

    def forward(self, clip: Tensor) -> Tensor:
        import torch

        if self.takes_length:
            output = self.network(clip, torch.tensor([clip.size(1)]).expand(clip.size(0)))
        else:
            output = self.network(clip)
        return output[0] if isinstance(output, (tuple, list)) else output


def torchvision() -> list[Entry]:
    from torchvision.models import video

    names = [("r3d_18", 16, 32), ("mc3_18", 8, 32), ("r2plus1d_18", 8, 32)]
    return [
        Entry(n, "torchvision", lambda n=n: getattr(video, n)(num_classes=10), (1, 3, t, s, s))
        for n, t, s in names
    ]


def pytorchvideo() -> list[Entry]:
    from pytorchvideo.models import csn, hub, r2plus1d, resnet, x3d

    def x3d_network(frames: int, size: int, depth: float = 2.2) -> nn.Module:
        return x3d.create_x3d(
            input_clip_length=frames, input_crop_size=size, model_num_class=10, depth_factor=depth
        )

    def of_hub(name: str, pool: tuple[int, int, int]) -> nn.Module:
        return getattr(hub, name)(pretrained=False, head_pool_kernel_size=pool, model_num_class=10)

    entries: list[tuple[str, Callable[[], nn.Module], tuple[int, ...]]] = [
        ("x3d_xs", lambda: x3d_network(4, 64), (1, 3, 4, 64, 64)),
        ("x3d_s", lambda: x3d_network(13, 64), (1, 3, 13, 64, 64)),
        ("x3d_m", lambda: x3d_network(16, 64), (1, 3, 16, 64, 64)),
        ("x3d, half as deep", lambda: x3d_network(8, 64, 1.1), (1, 3, 8, 64, 64)),
        (
            "slow_r50",
            lambda: resnet.create_resnet(model_num_class=10, head_pool_kernel_size=(8, 2, 2)),
            (1, 3, 8, 64, 64),
        ),
        ("i3d_r50", lambda: of_hub("i3d_r50", (4, 2, 2)), (1, 3, 8, 64, 64)),
        ("c2d_r50", lambda: of_hub("c2d_r50", (4, 2, 2)), (1, 3, 8, 64, 64)),
        (
            "resnet 50, narrow",
            lambda: resnet.create_resnet(
                model_num_class=5, stem_dim_out=16, head_pool_kernel_size=(4, 2, 2)
            ),
            (1, 3, 4, 64, 64),
        ),
        (
            "csn, narrow",
            lambda: csn.create_csn(
                model_depth=50, model_num_class=6, stem_dim_out=16, head_pool_kernel_size=(1, 2, 2)
            ),
            (1, 3, 8, 64, 64),
        ),
        (
            "r2plus1d, narrow",
            lambda: r2plus1d.create_r2plus1d(
                model_depth=50, model_num_class=6, stem_dim_out=8, head_pool_kernel_size=(2, 2, 2)
            ),
            (1, 3, 8, 64, 64),
        ),
    ]
    return [Entry(name, "pytorchvideo", build, shape) for name, build, shape in entries]


def tcns() -> list[Entry]:
    from pytorch_tcn import TCN

    options: list[tuple[str, dict[str, Any]]] = [
        ("causal", {"causal": True}),
        ("not causal", {"causal": False}),
        ("kernel 5", {"causal": True, "kernel_size": 5}),
        ("kernel 7", {"causal": False, "kernel_size": 7}),
        ("elu", {"causal": True, "activation": "elu"}),
        ("layer norm", {"causal": True, "use_norm": "layer_norm"}),
        ("batch norm", {"causal": True, "use_norm": "batch_norm"}),
        ("no norm", {"causal": True, "use_norm": None}),
        ("skip connections", {"causal": True, "use_skip_connections": True}),
        ("gated", {"causal": True, "use_gate": True}),
        ("leaky_relu", {"causal": True, "activation": "leaky_relu"}),
        ("tanh", {"causal": False, "activation": "tanh"}),
        ("projection", {"causal": True, "output_projection": 5}),
        ("(B, T, C)", {"causal": True, "input_shape": "NLC"}),
    ]
    entries = []
    for name, option in options:
        kinds = {"kernel_size": 3} | option
        shape = (1, 40, 16) if option.get("input_shape") == "NLC" else (1, 16, 40)
        entries.append(
            Entry(
                f"TCN, {name}",
                "pytorch-tcn",
                lambda kinds=kinds: TCN(16, [24, 24, 32], **kinds),  # type: ignore[misc]
                shape,
            )
        )
    return entries


def codecs() -> list[Entry]:
    from denoiser.demucs import Demucs
    from encodec.modules import SEANetDecoder, SEANetEncoder
    from snac import SNAC

    def snac() -> nn.Module:
        return SNAC(
            encoder_dim=8, encoder_rates=[2, 4], decoder_dim=32, decoder_rates=[4, 2],
            attn_window_size=None, codebook_size=32, vq_strides=[2, 1], noise=False,
        )  # fmt: skip

    small: dict[str, Any] = {"hidden": 8, "depth": 3, "resample": 1, "normalize": False}
    zeros: dict[str, Any] = {"dimension": 16, "n_filters": 4, "pad_mode": "constant"}
    entries: list[tuple[str, str, Callable[[], nn.Module], tuple[int, ...]]] = [
        ("encoder, causal", "encodec",
         lambda: SEANetEncoder(causal=True, ratios=[4, 2], **zeros), (1, 1, 320)),
        ("encoder, three rates", "encodec",
         lambda: SEANetEncoder(causal=True, ratios=[5, 4, 2], **zeros), (1, 1, 320)),
        ("encoder, without LSTM", "encodec",
         lambda: SEANetEncoder(causal=True, ratios=[4, 2], lstm=0, **zeros), (1, 1, 320)),
        ("encoder, two residual layers", "encodec",
         lambda: SEANetEncoder(causal=True, ratios=[4], n_residual_layers=2, **zeros), (1, 1, 320)),
        ("encoder, not causal", "encodec",
         lambda: SEANetEncoder(causal=False, ratios=[4, 2], **zeros), (1, 1, 320)),
        ("encoder, padded by reflection", "encodec",
         lambda: SEANetEncoder(dimension=16, n_filters=4, causal=True, ratios=[4, 2]), (1, 1, 320)),
        ("decoder, causal", "encodec",
         lambda: SEANetDecoder(causal=True, ratios=[4, 2], **zeros), (1, 16, 40)),
        ("decoder, without LSTM", "encodec",
         lambda: SEANetDecoder(causal=True, ratios=[3, 2], lstm=0, **zeros), (1, 16, 40)),
        ("Demucs, causal", "denoiser",
         lambda: Demucs(kernel_size=4, stride=2, causal=True, **small), (1, 1, 1022)),
        ("Demucs, normalized", "denoiser",
         lambda: Demucs(hidden=8, depth=3, resample=1, causal=True), (1, 1, 660)),
        ("Demucs, not causal", "denoiser",
         lambda: Demucs(hidden=6, depth=2, resample=1, causal=False), (1, 1, 500)),
        ("encoder", "snac", lambda: snac().encoder, (1, 1, 512)),
        ("decoder", "snac", lambda: snac().decoder, (1, 32, 18)),
    ]  # fmt: skip
    return [Entry(*entry) for entry in entries]


def torchaudio() -> list[Entry]:
    from torchaudio import models, transforms
    from torchaudio.models.tacotron2 import _Encoder, _Postnet
    from torchaudio.models.wav2vec2.components import _get_feature_extractor
    from torchaudio.models.wavernn import MelResNet, UpsampleNetwork

    layers = [(16, 10, 5), (16, 3, 2), (16, 2, 2)]

    def extractor(norm: str) -> nn.Module:
        return Extractor(_get_feature_extractor(norm, layers, norm == "layer_norm"))

    class Extractor(nn.Module):
        def __init__(self, network: nn.Module) -> None:
            super().__init__()
            self.network = network

        def forward(self, clip: Tensor) -> Tensor:
            return self.network(clip, None)[0]

    def tasnet(layers: int) -> nn.Module:
        return models.ConvTasNet(
            num_sources=2, enc_kernel_size=16, enc_num_feats=32, msk_kernel_size=3,
            msk_num_feats=16, msk_num_hidden_feats=32, msk_num_layers=layers, msk_num_stacks=2,
        )  # fmt: skip

    def spectrum(**options: Any) -> nn.Module:
        return transforms.Spectrogram(n_fft=64, hop_length=32, **options)

    entries: list[tuple[str, Callable[[], nn.Module], tuple[int, ...]]] = [
        ("Wav2Letter, mfcc",
         lambda: models.Wav2Letter(num_classes=10, input_type="mfcc", num_features=13),
         (1, 13, 64)),
        ("Wav2Letter, power spectrum",
         lambda: models.Wav2Letter(10, input_type="power_spectrum", num_features=40),
         (1, 40, 64)),
        ("Wav2Letter, waveform", lambda: models.Wav2Letter(num_classes=10), (1, 1, 4800)),
        ("DeepSpeech",
         lambda: First(models.DeepSpeech(13, n_hidden=24, n_class=10)), (1, 1, 20, 13)),
        ("ConvTasNet", lambda: tasnet(3), (1, 1, 512)),
        ("ConvTasNet, deeper", lambda: tasnet(5), (1, 1, 512)),
        ("Conformer",
         lambda: First(models.Conformer(16, 4, 32, 2, 7), takes_length=True), (1, 20, 16)),
        ("MelResNet",
         lambda: MelResNet(n_res_block=2, n_freq=16, n_hidden=12, n_output=10, kernel_size=5),
         (1, 16, 24)),
        ("UpsampleNetwork",
         lambda: First(UpsampleNetwork([2, 3], n_res_block=2, n_freq=16, n_hidden=12, n_output=10)),
         (1, 16, 24)),
        ("Tacotron2 post-net", lambda: _Postnet(16, 12, 5, 3), (1, 16, 24)),
        ("wav2vec 2.0 features, layer norm", lambda: extractor("layer_norm"), (1, 640)),
        ("wav2vec 2.0 features, group norm", lambda: extractor("group_norm"), (1, 640)),
        ("Tacotron2 encoder, its convolutions",
         lambda: _Encoder(16, 2, 5).convolutions[0], (1, 16, 24)),
        ("Spectrogram", lambda: spectrum(center=False, power=2.0), (1, 1, 640)),
        ("Spectrogram, centered", lambda: spectrum(), (1, 1, 640)),
    ]  # fmt: skip
    return [Entry(name, "torchaudio", build, shape) for name, build, shape in entries]


def others() -> list[Entry]:
    from conformer import ConformerBlock, ConformerConvModule
    from resemblyzer import VoiceEncoder

    def crepe(size: str) -> nn.Module:
        import torchcrepe

        return torchcrepe.model.Crepe(size)

    def pesto(size: int) -> nn.Module:
        from pesto.model import Resnet1d

        return Resnet1d(n_chan_layers=[20, 10, 10, 3, 1], prefilt_kernel_size=size)

    entries: list[tuple[str, str, Callable[[], nn.Module], tuple[int, ...]]] = [
        ("ConformerBlock", "conformer",
         lambda: ConformerBlock(dim=32, dim_head=8, heads=4, conv_kernel_size=15), (1, 24, 32)),
        ("ConformerConvModule", "conformer",
         lambda: ConformerConvModule(dim=32, kernel_size=15), (1, 24, 32)),
        ("ConformerConvModule, causal", "conformer",
         lambda: ConformerConvModule(dim=32, kernel_size=15, causal=True), (1, 24, 32)),
        ("ConformerConvModule, kernel 31", "conformer",
         lambda: ConformerConvModule(dim=16, kernel_size=31, causal=True), (1, 40, 16)),
        ("VoiceEncoder", "Resemblyzer", lambda: VoiceEncoder("cpu", verbose=False), (1, 32, 40)),
        ("CREPE, tiny", "torchcrepe", lambda: crepe("tiny"), (1, 1024)),
        ("Resnet1d", "pesto-pitch", lambda: pesto(15), (2, 1, 216)),
        ("Resnet1d, kernel 39", "pesto-pitch", lambda: pesto(39), (2, 1, 216)),
    ]  # fmt: skip
    return [Entry(*entry) for entry in entries]


def entries() -> list[Entry]:
    """All rows, package by package."""
    lists = (torchvision, pytorchvideo, tcns, codecs, torchaudio, others)
    return [entry for entries in lists for entry in entries()]
