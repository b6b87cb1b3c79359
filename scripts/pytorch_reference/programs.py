"""Networks as `torch.export.save` writes them, and what PyTorch computes with them in float64.

Clips and outputs are in the order of axes that the network has, which need not be (B, C, T, …).
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from describe_model import extra_files, program_outputs

from .numbers import clip, fill_in, seed_of
from .saving import save_tensors


@dataclass(frozen=True)
class Program:
    """A network, an example, and what `coverify verify` has to say of it."""

    name: str
    what: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    exit: int = 0
    words: tuple[str, ...] = ()
    """What the screens have to say, besides."""

    flat: bool = False
    """Whether it is saved as torch did before 2.8."""

    dynamic: int | None = None
    """An axis of the input whose length is left open."""

    layout: str | None = None
    """What the axes are, for a program with the notes of `describe_model.py`; None without notes."""


class UNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = nn.Conv1d(2, 6, 4, 2, 1)
        self.norm = nn.BatchNorm1d(6)
        self.down2 = nn.Conv1d(6, 8, 4, 2, 1)
        self.up2 = nn.ConvTranspose1d(8, 6, 4, 2, 1)
        self.up1 = nn.ConvTranspose1d(12, 2, 4, 2, 1)
        self.register_buffer("gain", torch.linspace(0.5, 1.5, 6).view(1, 6, 1), persistent=False)
        self.level = torch.tensor(0.75)

    def forward(self, x: Tensor) -> Tensor:
        first = F.leaky_relu(self.norm(self.down1(x)), 0.1) * self.gain
        second = F.elu(self.down2(first)) * self.level
        return self.up1(torch.cat([F.relu(self.up2(second)), first], 1))


class Excite(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool3d((None, 1, 1))
        self.fc1 = nn.Conv3d(channels, 4, 1)
        self.fc2 = nn.Conv3d(4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(self.pool(x)))))


class Video(nn.Module):
    """Residual blocks with a gate, as networks for videos have them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(3, 8, (3, 3, 3), (1, 2, 2), 1, bias=False)
        self.norm1 = nn.BatchNorm3d(8)
        self.depthwise = nn.Conv3d(8, 8, 3, padding=1, groups=8, bias=False)
        self.norm2 = nn.BatchNorm3d(8)
        self.excite = Excite(8)
        self.project = nn.Conv3d(8, 8, 1)
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm1(self.stem(x)), inplace=True)
        inner = self.excite(self.norm2(self.depthwise(x)))
        return self.pool(F.relu(x + self.project(F.silu(inner))))


class Classifier(nn.Module):
    """A head of whole clips."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(2, 4, 3, padding=1)
        self.fc = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.adaptive_avg_pool3d(F.gelu(self.conv(x)), 1).flatten(1))


class Causal(nn.Module):
    """Padded in front, cut behind, or both; weights in parts."""

    def __init__(self) -> None:
        super().__init__()
        self.first = parametrizations.weight_norm(nn.Conv1d(3, 6, 3, dilation=2))
        self.second = nn.Conv1d(6, 6, 3, padding=2)
        self.gate = nn.Conv1d(6, 12, 1)
        self.slope = nn.PReLU(6)
        self.drop = nn.Dropout(0.3)

    def forward(self, x: Tensor) -> Tensor:
        y = self.drop(self.slope(self.first(F.pad(x, (4, 0)))))
        z = self.second(y)[:, :, :-2]
        return F.glu(self.gate(y + z), 1)


class Recurrent(nn.Module):
    """(B, T, C) from end to end."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(5, 8)
        self.norm = nn.LayerNorm(8)
        self.lstm = nn.LSTM(8, 6, num_layers=2, batch_first=True)
        self.gru = nn.GRU(6, 7, batch_first=True)
        self.head = nn.Linear(7, 3)

    def forward(self, x: Tensor) -> Tensor:
        y, _ = self.lstm(torch.tanh(self.norm(self.embed(x))))
        z, _ = self.gru(y)
        return self.head(z)


class Frames(nn.Module):
    """Pictures one by one, then their features in time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, 2, 1)
        self.norm = nn.BatchNorm2d(4)
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c, h, w = x.shape
        features = F.relu(self.norm(self.conv(x.reshape(b * t, c, h, w))))
        features = features.mean(dim=(2, 3)).view(b, t, -1)
        return self.head(self.lstm(features)[0])


class Spectrogram(nn.Module):
    """(B, 1, T, F), and features of channels and frequencies together."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, (3, 4), (1, 2), (1, 0))
        self.gru = nn.GRU(4 * 7, 6, batch_first=True)
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(x)).permute(0, 2, 1, 3).flatten(2)
        return self.head(self.gru(y)[0])


class Snake(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x + (self.alpha + 1e-9).reciprocal() * torch.sin(self.alpha * x).pow(2)


class Decoder(nn.Module):
    """The end of a codec: what it calculates of its weights is calculated when it is read."""

    def __init__(self) -> None:
        super().__init__()
        norm = parametrizations.weight_norm
        self.body = nn.Sequential(
            norm(nn.Conv1d(4, 8, 7, padding=3)),
            Snake(8),
            norm(nn.ConvTranspose1d(8, 4, 4, 2, 1)),
            Snake(4),
            norm(nn.Conv1d(4, 1, 7, padding=3)),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


class Rows(nn.Module):
    """A network for pictures, of which either side could be time."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, (3, 5), padding=(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        return F.softplus(self.conv(x))


class Joints(nn.Module):
    """The joints of a body are channels for one norm, and places for the convolution behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3 * 5)
        self.conv = nn.Conv2d(3, 4, (3, 1), padding=(1, 0))

    def forward(self, x: Tensor) -> Tensor:
        n, c, t, v = x.size()
        y = self.norm(x.permute(0, 3, 1, 2).reshape(n, v * c, t))
        y = y.view(n, v, c, t).permute(0, 2, 3, 1)
        return F.relu(self.conv(y))


class Attention(nn.Module):
    """Every frame looks at all others, which no stream can."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(self.query(x), x, x)


class Bidirectional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 3, bidirectional=True, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x)[0]


class Gated(nn.Module):
    """Halves of channels and some of them, and a clip that is cut at both ends."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 8, 3, dilation=2)
        self.mix = nn.Conv1d(4, 3, 1)
        self.parts = nn.Conv1d(3, 7, 1)

    def forward(self, x: Tensor) -> Tensor:
        content, gate = self.conv(x).chunk(2, 1)
        y = self.mix(torch.tanh(content) * torch.sigmoid(gate)) + x[..., 2:-2]
        a, b, c = self.parts(y).split([2, 2, 3], 1)
        return torch.cat([a * b, c[:, 1:], y.unbind(1)[2].unsqueeze(1)], 1)


class Keyword(nn.Module):
    """What the last frame is, of the states after it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, (3, 4), (2, 2), (1, 0))
        self.gru = nn.GRU(3 * 7, 6, 2, batch_first=True)
        self.gain = nn.Parameter(torch.ones(6))
        self.head = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv(x)).permute(0, 2, 1, 3).flatten(2)
        return self.head(self.gru(y)[0][:, -1] * self.gain).log_softmax(-1)


class Speaker(nn.Module):
    """An embedding of length one, of the hidden state of the last of two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(5, 8, 2, batch_first=True)
        self.head = nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(x)
        y = self.head(hidden[-1])
        return y / torch.norm(y, dim=1, keepdim=True)


class GraphBlock(nn.Module):
    """A graph convolution over the joints, then one over time, as in ST-GCN."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.gcn = nn.Conv2d(inputs, outputs * 2, 1)
        self.tcn = nn.Conv2d(outputs, outputs, (3, 1), (stride, 1), (1, 0))
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        x = self.gcn(x)
        n, kc, t, v = x.size()
        x = torch.einsum("nkctv,kvw->nctw", x.view(n, 2, kc // 2, t, v), adjacency).contiguous()
        return F.relu(self.norm(self.tcn(x)))


class Persons(nn.Module):
    """Bodies of five joints: (N, C, T, V, M), with the persons moved into the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("adjacency", torch.rand(2, 5, 5))
        self.norm = nn.BatchNorm1d(3 * 5)
        self.blocks = nn.ModuleList([GraphBlock(3, 4, 1), GraphBlock(4, 6, 2)])
        self.edges = nn.ParameterList([nn.Parameter(torch.ones(2, 5, 5)) for _ in range(2)])
        self.head = nn.Conv2d(6, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        n, c, t, v, m = x.size()
        x = x.permute(0, 4, 3, 1, 2).contiguous().view(n * m, v * c, t)
        x = self.norm(x).view(n, m, v, c, t).permute(0, 1, 3, 4, 2).reshape(n * m, c, t, v)
        for block, edges in zip(self.blocks, self.edges):
            x = block(x, self.adjacency * edges)
        x = F.avg_pool2d(x, x.size()[2:]).view(n, m, -1, 1, 1).mean(dim=1)
        return self.head(x).view(n, -1)


class Separator(nn.Module):
    """Two masks over one mixture, each for all frames, and an embedding of each that is (B, T, C)."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Conv1d(1, 6, 4, 2)
        self.mask = nn.Conv1d(6, 12, 3, padding=1)
        self.decoder = nn.Conv1d(6, 3, 1)
        self.scale = nn.Parameter(torch.ones(3))
        self.mixing = nn.Parameter(torch.eye(3))

    def forward(self, x: Tensor) -> Tensor:
        features = F.relu(self.encoder(x))
        b, c, t = features.shape
        masked = torch.sigmoid(self.mask(features)).view(b, 2, c, t) * features.unsqueeze(1)
        y = self.decoder(masked.mean(1)).transpose(1, 2)
        y = y / (y.var(-1, keepdim=True, unbiased=False) + 1e-2).sqrt() * self.scale
        y = torch.matmul(y - y.mean(-1, keepdim=True), self.mixing)
        return y * torch.sigmoid(y.sum(-1, keepdim=True))


class Mirrored(nn.Module):
    """Padded by reflection, which needs frames that a stream does not have yet."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(2, 4, 3)
        self.second = nn.Conv1d(4, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.elu(self.first(F.pad(x, (2, 0), mode="reflect"))))


class Pitch(nn.Module):
    """Looks at a window of samples as a whole: the frames are what its user puts into the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, (6, 1), (2, 1))
        self.head = nn.Linear(4 * 8, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = F.pad(x[:, None, :, None], (0, 0, 2, 2))
        y = F.max_pool2d(F.relu(self.conv(y)), (2, 1), (1, 1))
        return torch.sigmoid(self.head(y.permute(0, 2, 1, 3).flatten(1)))


class Encoder(nn.Module):
    """A transformer whose frames attend to those before them, by a mask that is its buffer."""

    def __init__(self, layers: int, frames: int, causal: bool) -> None:
        super().__init__()
        self.embed = nn.Linear(5, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, norm_first=causal)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        mask = nn.Transformer.generate_square_subsequent_mask(frames) if causal else None
        self.register_buffer("mask", mask, persistent=False)
        self.causal = causal
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x), self.mask, is_causal=self.causal))


class Windowed(nn.Module):
    """Attention by hand, to the last four frames; one head of two sizes, and two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.Linear(6, 3 + 3 + 5)
        self.query = nn.Linear(5, 8, bias=False)
        self.both = nn.Linear(5, 16)
        seen = torch.ones(11, 11).tril() - torch.ones(11, 11).tril(-4)
        mask = torch.zeros(11, 11).masked_fill(seen == 0, -torch.inf)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = self.parts(x).split([3, 3, 5], -1)
        scores = query @ key.transpose(-1, -2) / 3**0.5 + self.mask
        x = scores.softmax(-1) @ value
        b, t, _ = x.shape
        query = self.query(x).view(b, t, 2, 4).transpose(1, 2)
        key, value = (y.view(b, t, 2, 4).transpose(1, 2) for y in self.both(x).chunk(2, -1))
        scores = torch.einsum("bhid,bhjd->bhij", query, key) * 0.4 + self.mask
        found = torch.einsum("bhij,bhjd->bhid", scores.softmax(-1), value)
        return found.transpose(1, 2).reshape(b, t, 8)


class Assorted(nn.Module):
    """A bit of everything: what is stacked, repeated, enlarged, taken of weights, and compared."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(4, 6, 3, padding=1)
        self.second = nn.Conv1d(4, 6, 5, padding=2)
        self.weights = nn.Parameter(torch.ones(3, 6))
        self.norm = nn.RMSNorm(6)
        self.gru = nn.GRU(6, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x), self.second(x)
        y = torch.stack([a, b]).mean(0) + torch.maximum(a, x.new_zeros(1)) - torch.minimum(a, b)
        y = F.interpolate(y.repeat_interleave(2, -1), scale_factor=2, mode="linear")
        y = self.norm(y.transpose(1, 2)) * self.weights[1] + self.weights[2:]
        z, _ = self.gru(y, y.new_zeros(1, y.shape[0], 5))
        return self.head(z) * torch.sigmoid(z[..., 1:2])


class Loudest(nn.Module):
    """The largest of all frames."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 5, 3)
        self.head = nn.Linear(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.conv(x).max(dim=-1)[0])


class Shifted(nn.Module):
    """A temporal shift: zeros, into which parts of the clip are copied."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c, h, w = x.shape
        out = torch.zeros_like(x)
        out[:, :-1, :2] = x[:, 1:, :2]
        out[:, 1:, 2:3] = x[:, :-1, 2:3]
        out[:, :, 3:5] = x[:, :, 3:5]
        y = out.clone()
        y[:, 0, 5] = 0
        y[:, 1:, 5] = x[:, :-1, 0]
        return self.conv(y.reshape(b * t, c, h, w)).view(b, t, 4, h, w)


class Positions(nn.Module):
    """Learned positions, then rotary ones, under a causal mask."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(16, 6)
        self.qkv = nn.Linear(6, 24)
        self.head = nn.Linear(8, 3)
        self.register_buffer("rates", 10 ** -torch.arange(0, 1, 0.5))

    def forward(self, x: Tensor) -> Tensor:
        b, t, _ = x.shape
        x = x + self.table(torch.arange(t))
        angles = torch.outer(torch.arange(t).float(), self.rates)
        angles = torch.cat([angles, angles], -1)

        def rotated(y: Tensor) -> Tensor:
            half = torch.cat([-y[..., 2:], y[..., :2]], -1)
            return y * angles.cos() + half * angles.sin()

        q, k, v = (part.view(b, t, 2, 4).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(rotated(q), rotated(k), v, is_causal=True)
        return self.head(y.transpose(1, 2).flatten(2))


class Stacked(nn.Module):
    """Four frames in one, as encoders for speech have them, and frames of the parts of frames."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(12, 8, batch_first=True)
        self.up = nn.Conv1d(8, 6, 1)
        self.down = nn.Conv1d(6, 4, 1)
        self.out = nn.Conv1d(2, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.shape
        y = self.gru(x.reshape(b, t // 4, 4 * c))[0].transpose(1, 2)
        y = self.up(y).view(b, 3, 2, t // 4).permute(0, 1, 3, 2).reshape(b, 3, t // 2)
        y = y.view(b, 3, t // 4, 2).transpose(2, 3).reshape(b, 6, t // 4)
        y = self.down(y).unflatten(1, (2, 2)).transpose(2, 3).flatten(2)
        return self.out(F.pad(y, (2, 0)))


class Lengths(nn.Module):
    """Sizes that are calculated of the length of the clip."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        b, t, c = x.shape
        y = F.relu(self.conv(F.pad(x.transpose(1, 2), (2, 0)))).transpose(1, 2)
        return self.head(y.reshape(b * t, 4)).view(b, t, 2)[:, 2 : t - 1]


class Loudness(nn.Module):
    """What separators do first: each clip is divided by its deviation."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 3, 4, 2)
        self.back = nn.ConvTranspose1d(3, 1, 4, 2)

    def forward(self, mix: Tensor) -> Tensor:
        std = mix.mean(dim=1, keepdim=True).std(dim=-1, keepdim=True)
        return std * self.back(F.relu(self.conv(mix / (1e-3 + std))))


class Gate(nn.Module):
    """A module whose last call is not its first, and whose output is changed in place behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, (3, 1), padding=(1, 0))
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.norm(self.conv(x)))


class Noted(nn.Module):
    """A picture of frames, of which nothing but a note says which axis is time."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.gate = Gate()
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Conv2d(4, 3, (1, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.act(self.gate(self.stem(x))))


class Codebook(nn.Module):
    """The nearest vectors of two codebooks, one of what the other leaves over."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Conv1d(3, 5, 3, padding=1)
        self.first = nn.Embedding(7, 5)
        self.second = nn.Embedding(6, 5)
        self.decode = nn.Conv1d(5, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        z = self.encode(x).transpose(1, 2)
        b, t, c = z.shape
        flat = z.reshape(b * t, c)
        # Each vector is there twice, of which the first is taken.
        table = torch.cat([self.first.weight, self.first.weight])
        distance = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ table.t() + table.pow(2).sum(1)
        near = F.embedding(distance.argmin(1).view(b, t), table)
        rest = z - near
        codes = F.normalize(self.second.weight)
        similar = F.normalize(rest.reshape(b * t, c)) @ codes.t()
        near = near + F.embedding(similar.max(1)[1].view(b, t), self.second.weight)
        return self.decode((z + (near - z).detach()).transpose(1, 2))


class Spectrum(nn.Module):
    """Magnitudes of windows, and their parts."""

    def __init__(self, center: bool) -> None:
        super().__init__()
        self.center = center
        self.register_buffer("window", torch.hann_window(6))
        self.conv = nn.Conv1d(5, 3, 3, padding=1)
        self.mix = nn.Linear(10, 3)

    def forward(self, x: Tensor) -> Tensor:
        bins = torch.stft(
            x, 8, 4, 6, self.window, center=self.center, normalized=True, return_complex=True
        )
        parts = torch.view_as_real(bins).permute(0, 2, 1, 3).flatten(2)
        loud = (bins.abs() + 0.1) ** 0.3 + (bins.real**2 + bins.imag**2 + 1e-3).log()
        return self.conv(loud) + self.mix(parts).transpose(1, 2)


class Relative(nn.Module):
    """Distances of frames in the scores: slopes, a table, and a window of frames."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(6, 18)
        self.table = nn.Embedding(5, 2)

    def forward(self, x: Tensor) -> Tensor:
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, 2, 3).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        place = torch.arange(t)
        distance = place[:, None] - place[None]
        later = torch.triu(torch.ones(t, t, dtype=torch.bool), 1)
        slopes = torch.tensor([-0.5, -0.125])[:, None, None]
        scores = q @ k.transpose(-2, -1) * 0.5
        scores = scores + (distance * slopes).masked_fill(later, -torch.inf)
        x = x + (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
        seen = (distance >= 0) & (distance < 4)
        x = x + F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).flatten(2)
        bias = self.table(distance.clamp(0, 4)).permute(2, 0, 1)[None]
        scores = q @ k.transpose(-2, -1) + bias
        scores = scores.masked_fill(place[None] > place[:, None], -torch.inf)
        return x + (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, 6)


class Ahead(nn.Module):
    """Frames that see their whole block, and those before it."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x)[:, None].chunk(3, -1)
        block = torch.arange(x.shape[1]) // 3
        return F.scaled_dot_product_attention(q, k, v, attn_mask=block[:, None] >= block)[:, 0]


class Variables(nn.Module):
    """A line through each of a few variables over time (B, T, C), which looks like features of a few frames."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(24, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(x.permute(0, 2, 1)).permute(0, 2, 1)


class Heads(nn.Module):
    """Several outputs whose axes are in different orders, and what an LSTM remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(3, 6, 3, padding=1)
        self.lstm = nn.LSTM(6, 4, batch_first=True)
        self.classes = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        y = F.relu(self.conv(x))
        z, (state, _) = self.lstm(y.transpose(1, 2))
        return self.classes(z).softmax(-1), y.unflatten(1, (2, 3)), y.mean(1), state


class Voice(nn.Module):
    """Masks on the spectra of a clip, real ones and complex ones, and the clip that has these spectra."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(9, 9, batch_first=True)
        self.mix = nn.Conv1d(18, 18, 1)
        self.register_buffer("window", torch.hann_window(16))

    def forward(self, x: Tensor) -> Tensor:
        bins = torch.stft(
            x, 16, 4, window=self.window, pad_mode="constant", return_complex=True
        )
        gains = torch.sigmoid(self.lstm(bins.abs().transpose(1, 2))[0]).transpose(1, 2)
        parts = self.mix(torch.view_as_real(bins).permute(0, 3, 1, 2).flatten(1, 2))
        turns = torch.complex(parts[:, :9], parts[:, 9:])
        kept = torch.polar(bins.abs() * gains, bins.angle()) + bins * turns / 2 - bins.conj() * gains
        return torch.istft(kept, 16, 4, window=self.window, length=x.shape[1])


class Distances(nn.Module):
    """Queries that meet vectors of distances, brought into place as Transformer-XL and Shaw et al. do it."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(6, 18)
        self.place = nn.Linear(4, 6, bias=False)
        self.content = nn.Parameter(torch.zeros(2, 3))
        self.position = nn.Parameter(torch.zeros(2, 3))
        self.near = nn.Embedding(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, 2, 3).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        frames = torch.arange(t)
        distance = frames[:, None] - frames[None]
        unseen = (distance < 0) | (distance > 3)
        angles = torch.arange(t - 1, -t, -1)[:, None] * torch.tensor([1.0, 0.1])
        table = torch.cat([angles.sin(), angles.cos()], -1).to(x.dtype)
        rows = self.place(table).view(2 * t - 1, 2, 3).transpose(0, 1)
        shifted = (q + self.position[:, None]) @ rows.transpose(-2, -1)
        shifted = F.pad(shifted, (1, 0)).view(b, 2, 2 * t, t)[:, :, 1:]
        shifted = shifted.reshape(b, 2, t, 2 * t - 1)[..., :t]
        scores = ((q + self.content[:, None]) @ k.transpose(-2, -1) + shifted) / 3**0.5
        x = x + (scores.masked_fill(unseen, -1e9).softmax(-1) @ v).transpose(1, 2).flatten(2)
        vectors = self.near((-distance).clamp(-4, 4) + 4)
        scores = q @ k.transpose(-2, -1) + torch.einsum("bhtd,tsd->bhts", q, vectors)
        scores = (scores / 3**0.5).masked_fill(unseen, -torch.inf)
        return x + (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


class Paths(nn.Module):
    """Layers along the places of a frame in both directions, and along time at each place."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = nn.GRU(4, 2, batch_first=True, bidirectional=True)
        self.along = nn.GRU(4, 4, batch_first=True)
        self.norm = nn.LayerNorm((5, 4))

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        b, t, s, c = x.shape
        x = x + self.norm(self.inside(x.reshape(b * t, s, c))[0].reshape(b, t, s, c))
        y = self.along(x.permute(0, 2, 1, 3).reshape(b * s, t, c))[0]
        return (x + self.norm(y.reshape(b, s, t, c).permute(0, 2, 1, 3))).permute(0, 3, 1, 2)


class Cells(nn.Module):
    """Loops over frames: cells that keep their states, and convolutions that do."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.cell = nn.LSTMCell(4, 3)
        self.gate = nn.Linear(6, 3)
        self.start = nn.Parameter(torch.zeros(1, 3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        state = (x.new_zeros(1, 3), self.start)
        other = x.new_zeros(1, 3)
        made = []
        frames = x.unbind(1)
        for number in reversed(range(len(frames))) if self.kind == "backwards" else range(len(frames)):
            frame = frames[number] * 2 if self.kind == "uneven" and number == 3 else frames[number]
            state = self.cell(frame, state)
            other = torch.sigmoid(self.gate(torch.cat([state[0], other], 1))) * other + state[1]
            made.append(other)
        return torch.stack(made, 2), torch.stack(made, 2).mean(1)


class Sights(nn.Module):
    """A convolution over pictures that is given what it made of the one before; the last is what counts."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2 + 3, 6, 3, padding=1)
        self.head = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> Tensor:
        kept = x.new_zeros(1, 3, 4, 5)
        for frame in range(x.shape[1]):
            new, gate = self.conv(torch.cat([x[:, frame], kept], 1)).chunk(2, 1)
            kept = torch.sigmoid(gate) * kept + (1 - torch.sigmoid(gate)) * torch.tanh(new)
        return self.head(kept.mean((2, 3)))


class Weighed(nn.Module):
    """Attention that gives its weights as well, as `nn.MultiheadAttention` does where nobody says otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.mix = nn.Parameter(torch.zeros(6, 4))
        self.level = nn.Parameter(torch.zeros(4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        place = torch.arange(x.shape[1])
        distance = place[:, None] - place[None]
        unseen = (distance < 0) | (distance > 3)
        y, weights = self.attention(x, x, x, attn_mask=unseen)
        flat = torch.addmm(self.level, y.reshape(-1, 6), self.mix, beta=0.5, alpha=2)
        return flat.view(x.shape[0], -1, 4), weights


PROGRAMS = [
    Program("unet", "a U-Net with a buffer and a number", UNet, (1, 2, 40), words=("B, C, T",)),
    Program("unet-flat", "the same as torch 2.7 wrote it", UNet, (1, 2, 40), flat=True),
    Program("video", "residual blocks and a gate", Video, (1, 3, 6, 12, 10)),
    Program("classifier", "a head of whole clips", Classifier, (2, 2, 6, 5, 4)),
    Program("causal", "convolutions that see the past alone", Causal, (1, 3, 24)),
    Program("recurrent", "LSTM and GRU", Recurrent, (2, 12, 5), words=("B, T, C",)),
    Program("frames", "pictures, then an LSTM", Frames, (1, 7, 3, 9, 8), words=("B, T, C, H, W",)),
    Program("spectrogram", "frequencies become channels", Spectrogram, (1, 1, 14, 16)),
    Program("decoder", "the end of a codec", Decoder, (1, 4, 15)),
    Program("joints", "a body of five joints", Joints, (2, 3, 11, 5)),
    Program("gated", "halves of channels", Gated, (1, 3, 19), words=("B, C, T",)),
    Program("keyword", "the last frame", Keyword, (1, 1, 15, 16), words=("the last frame",)),
    Program("speaker", "the last state", Speaker, (2, 11, 5), words=("the last frame",)),
    Program("persons", "graphs of joints", Persons, (2, 3, 9, 5, 2)),
    Program("separator", "masks of a mixture", Separator, (1, 1, 30)),
    Program(
        "mirrored", "padding by reflection", Mirrored, (1, 2, 13), 1,
        ("CV206", "first", "pads a clip in time with reflect"),
    ),
    Program(
        "pitch", "a window as a whole", Pitch, (3, 18), 1,
        ("CV208", "head (Linear)", "--layout BW"),
    ),
    Program(
        "transformer", "frames see those before", lambda: Encoder(2, 9, True), (1, 9, 5),
        words=("remember the last 9",),
    ),
    Program("windowed", "frames see the last four", Windowed, (1, 11, 6)),
    Program(
        "whole", "frames see all of the clip", lambda: Encoder(2, 7, False), (1, 7, 5), 1,
        ("CV208", "encoder.layers.0.self_attn"),
    ),
    Program("assorted", "a bit of everything", Assorted, (1, 4, 7)),
    Program("loudest", "the largest of all frames", Loudest, (2, 3, 9), words=("9 frames",)),
    Program("rows", "a picture", Rows, (1, 2, 9, 8), 3, ("B, C, S, T", "as well")),
    Program(
        *("noted", "with notes of its example", Noted, (1, 2, 11, 5)),
        words=("is the example (1, 2, 11, 5)", "CV8  against PyTorch"), layout="BCTW",
    ),
    Program(
        *("noted-flat", "the same as torch 2.7 wrote it", Noted, (1, 2, 11, 5)),
        words=("is the example (1, 2, 11, 5)", "CV8  against PyTorch"), flat=True, layout="BCTW",
    ),
    Program(
        "attention", "every frame sees all", Attention, (1, 9, 4), 1,
        ("CV208", "attend"),
    ),
    Program(
        "bidirectional", "an LSTM of both directions", Bidirectional, (1, 9, 4), 1,
        ("CV208", "lstm (LSTM)", "backwards"),
    ),
    Program("shifted", "parts copied into zeros", Shifted, (1, 6, 6, 4, 5), words=("B, T, C, H",)),
    Program("positions", "numbers for each frame", Positions, (1, 9, 6), words=("from the first",)),
    Program("stacked", "frames in frames", Stacked, (1, 16, 3), words=("B, T, C",)),
    Program("lengths", "an open length", Lengths, (1, 14, 3), dynamic=1),
    Program(
        "loudness", "a deviation over time", Loudness, (1, 1, 22), 1,
        ("CV208", "std", "takes the mean and variance over time"),
    ),
    Program("codebook", "the nearest vectors", Codebook, (1, 3, 13), words=("B, C, T",)),
    Program("spectrum", "windows as spectra", lambda: Spectrum(False), (2, 44)),
    Program(
        "mirrored-spectrum", "spectra of a mirrored clip", lambda: Spectrum(True), (1, 36), 1,
        ("CV206", "pads a clip in time with reflect"),
    ),
    Program("relative", "distances of frames", Relative, (1, 10, 6), words=("B, T, C",)),
    Program(
        "ahead", "frames see their block", Ahead, (1, 9, 4), 1,
        ("CV208", "frames that come after them"),
    ),
    Program("variables", "a few variables over time", Variables, (1, 24, 3), 3, ("as B, T, C",)),
    Program(
        *("heads", "several outputs", Heads, (2, 3, 10)),
        words=("3 outputs are judged as one", "output 4 of 4 is what a recurrent layer remembers"),
    ),
    Program("voice", "spectra, and clips that have them", Voice, (2, 41)),
    Program("distances", "vectors of distances", Distances, (1, 11, 6), words=("B, T, C",)),
    Program("paths", "layers inside frames and along time", Paths, (1, 4, 7, 5)),
    Program(
        "cells", "cells in a loop", lambda: Cells("forwards"), (1, 6, 4),
        words=("remembers all frames", "2 outputs are judged as one"),
    ),
    Program(
        "cells-backwards", "cells in a loop from the end", lambda: Cells("backwards"), (1, 6, 4), 1,
        ("CV208",),
    ),
    Program(
        "cells-uneven", "a loop with another frame", lambda: Cells("uneven"), (1, 6, 4), 1,
        ("CV208",),
    ),
    Program(
        "weighed", "attention with its weights", Weighed, (1, 9, 6),
        words=("output 2 of 2 has a number for each pair of frames",),
    ),
    Program("sights", "pictures in a loop", Sights, (1, 5, 2, 4, 5), words=("the last frame",)),
]  # fmt: skip


def write_programs(folder: Path) -> list[dict[str, Any]]:
    """Writes all programs into a folder, and returns their entries of the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(program, folder) for program in PROGRAMS]


def _write(program: Program, folder: Path) -> dict[str, Any]:
    torch.manual_seed(seed_of(program.name))
    network = fill_in(program.build(), seed_of(program.name)).eval()
    sample = clip(program.shape, seed_of(program.name + ".input"))
    dims = None
    if program.dynamic is not None:
        dims = ({program.dynamic: torch.export.Dim("length", min=6, max=4096)},)
    exported = torch.export.export(network, (sample,), dynamic_shapes=dims)
    for node in exported.graph.nodes:
        if trace := node.meta.get("stack_trace"):
            node.meta["stack_trace"] = without_folders(trace)
    model = folder / (program.name + ".pt2")
    extra: dict[str, str] = {}
    if program.layout:
        outputs = program_outputs(network, (sample,), [], layers=True)
        extra = extra_files(outputs, [], layout=program.layout, shape=program.shape)
    model.write_bytes(_flat(exported, extra) if program.flat else _archive(exported, extra))
    with torch.no_grad():
        outputs = network.double()(sample.double())
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    # What has notes is verified against these.
    kind = ".output.safetensors" if program.layout else ".expect.safetensors"
    expect = folder / (program.name + kind)
    names = ["forward", *(f"forward_{number}" for number in range(1, len(outputs)))]
    save_tensors({"input": sample} | dict(zip(names, outputs, strict=True)), expect)
    return {
        "name": program.name,
        "what": program.what,
        "model": f"{folder.name}/{model.name}",
        "expect": f"{folder.name}/{expect.name}",
        "exit": program.exit,
        "words": list(program.words),
    }


def without_folders(trace: str) -> str:
    """A trace with the names of files alone, but for those of torch."""
    lines = trace.split("\n")
    for index, line in enumerate(lines):
        if line.lstrip().startswith('File "'):
            head, path, rest = line.split('"', 2)
            kept = "/torch/" if "/torch/" in path else ""
            lines[index] = f'{head}"{kept}{path.rsplit("/", 1)[-1]}"{rest}'
    return "\n".join(lines)


def _archive(exported: Any, extra: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    torch.export.save(exported, buffer, extra_files=extra)
    return buffer.getvalue()


def _flat(exported: Any, extra: dict[str, str]) -> bytes:
    """The archive that torch wrote before 2.8: records without a folder."""
    from torch._export.serde.serialize import serialize

    artifact = serialize(exported)
    records = {
        "version": b"8.8",
        "serialized_exported_program.json": artifact.exported_program,
        "serialized_state_dict.pt": artifact.state_dict,
        "serialized_constants.pt": artifact.constants,
        "serialized_example_inputs.pt": artifact.example_inputs,
    }
    records |= {f"extra_files/{name}": text.encode() for name, text in extra.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, contents in records.items():
            archive.writestr(zipfile.ZipInfo(name), contents)
    return buffer.getvalue()
