"""Recipes of torchvision and pytorchvideo."""

from typing import Any

from torch import nn

from recipes.recipe import Recipe


def torchvision(name: str, frames: int, size: int) -> Recipe:
    def build() -> nn.Module:
        from torchvision.models import video

        return getattr(video, name)()

    said = f"clips of {frames} frames of {size} x {size}, and the strides and paddings of its class"
    return Recipe(name, "torchvision", build, (1, 3, frames, size, size), said)


def hub(name: str, frames: int, size: int, **options: Any) -> Recipe:
    def build() -> nn.Module:
        from pytorchvideo.models import hub

        return getattr(hub, name)(pretrained=False)

    said = f"clips of {frames} frames of {size} x {size}, and the head that pools them"
    return Recipe(name, "pytorchvideo", build, (1, 3, frames, size, size), said, **options)


def x3d_values(frames: int, pixels: int) -> dict[str, Any]:
    """What the sizes of X3D differ in."""
    pool = -(-pixels // 32)
    return {"frames": frames, "size": pixels, "pool": [frames, pool, pool]}


def x3d(size: str, frames: int, pixels: int) -> Recipe:
    # It cannot be saved whole: its blocks hold a function without a name.
    return hub(
        *(f"x3d_{size}", frames, pixels),
        values=x3d_values(frames, pixels),
        text="x3d",
        wholes=(),
    )


RECIPES = [
    torchvision("r3d_18", 16, 112),
    torchvision("mc3_18", 16, 112),
    torchvision("r2plus1d_18", 16, 112),
    torchvision("s3d", 32, 224),
    x3d("xs", 4, 160),
    x3d("s", 13, 160),
    x3d("m", 16, 224),
    hub("slow_r50", 8, 224),
    hub("i3d_r50", 8, 224),
    hub("c2d_r50", 8, 224),
    hub("csn_r101", 32, 224),
    hub("r2plus1d_r50", 16, 224),
]
