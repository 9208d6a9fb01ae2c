"""Measure how many photos/s another library augments by the operations of `bench.augment`; print JSON.

Run by `bench.augment` in an interpreter of its own that has the libraries; imports nothing of unseen. Each gets the
photos in the form it likes best and augments each photo independently; each ends with a float batch (32, 3, 160, 160).
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH, HEIGHT, WIDTH, SIDE_PX = 32, 192, 256, 160


def sample_photos() -> Any:
    """Smooth pictures with some detail, (32, 192, 256, 3) uint8."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (BATCH, HEIGHT // 16, WIDTH // 16, 3))
    fine = rng.integers(0, 55, (BATCH, HEIGHT, WIDTH, 3))
    return (coarse.repeat(16, axis=1).repeat(16, axis=2) + fine).astype(np.uint8)


def albumentations(threads: int) -> Callable[[], object]:
    """OpenCV on each photo."""
    import albumentations as A  # type: ignore[import-not-found]  # noqa: N812
    import cv2  # type: ignore[import-not-found,unused-ignore]
    import torch

    cv2.setNumThreads(threads)
    chain = A.Compose([
        A.Resize(SIDE_PX, SIDE_PX),
        A.Affine(scale=(1 / 1.4, 1.4), translate_percent=(-0.15, 0.15), rotate=(-25, 25), shear=(-10, 10),
                 border_mode=cv2.BORDER_REPLICATE, p=1),
        A.Perspective(scale=(0.02, 0.1), border_mode=cv2.BORDER_REPLICATE, p=1),
        A.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.05, p=1),
        A.GaussianBlur(sigma_limit=(0.1, 2.0), blur_limit=0, p=0.25),
        A.GaussNoise(std_range=(0.0, 0.05), p=0.3),
    ])  # fmt: skip
    photos = sample_photos()

    def job() -> object:
        stacked = np.stack([chain(image=photo)["image"] for photo in photos])
        return torch.from_numpy(stacked).permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)

    torch.set_num_threads(threads)
    return job


def kornia(threads: int) -> Callable[[], object]:
    """Batched torch."""
    import kornia.augmentation as K  # type: ignore[import-not-found]  # noqa: N812
    import torch

    torch.set_num_threads(threads)
    chain = K.AugmentationSequential(
        K.Resize((SIDE_PX, SIDE_PX)),
        K.RandomAffine(25, (0.15, 0.15), (1 / 1.4, 1.4), (-10, 10), padding_mode="border", p=1.0),
        K.RandomPerspective(0.2, p=1.0),
        K.ColorJiggle(0.4, 0.4, 0.4, 0.05, p=1.0),
        K.RandomGaussianBlur((13, 13), (0.1, 2.0), p=0.25),
        K.RandomGaussianNoise(std=0.03, p=0.3),
        data_keys=["input"],
    )
    photos = torch.from_numpy(sample_photos()).permute(0, 3, 1, 2).contiguous()
    return lambda: chain(photos.float().div_(255))


def torchvision(threads: int) -> Callable[[], object]:
    """Tensors photo by photo: its transforms vary a whole batch alike."""
    import torch

    # torchvision's wheel is built against CUDA; a CPU build of torch lacks the operators that its import looks for
    stub = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        stub.define(f"{name}(Tensor boxes, Tensor scores, float threshold) -> Tensor")  # type: ignore[no-untyped-call]
    from torchvision.transforms import v2  # type: ignore[import-not-found]

    torch.set_num_threads(threads)
    chain = v2.Compose([
        v2.Resize((SIDE_PX, SIDE_PX), antialias=True),
        v2.RandomAffine(25, (0.15, 0.15), (1 / 1.4, 1.4), 10, interpolation=v2.InterpolationMode.BILINEAR),
        v2.RandomPerspective(0.2, p=1.0),
        v2.ColorJitter(0.4, 0.4, 0.4, 0.05),
        v2.RandomApply([v2.GaussianBlur(13, (0.1, 2.0))], p=0.25),
        v2.ToDtype(torch.float32, scale=True),
        v2.RandomApply([v2.GaussianNoise(sigma=0.03)], p=0.3),
    ])  # fmt: skip
    photos = torch.from_numpy(sample_photos()).permute(0, 3, 1, 2).contiguous()
    return lambda: torch.stack([chain(photo) for photo in photos])


def measure(job: Callable[[], object], seconds: float) -> float:
    """Photos/s of the median batch, over at least `seconds`."""
    job()
    spent: list[float] = []
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        before = time.perf_counter()
        job()
        spent.append(time.perf_counter() - before)
    return BATCH / float(np.median(spent))


def main() -> None:
    """Measure the library named on the command line."""
    library, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    job = {"albumentations": albumentations, "kornia": kornia, "torchvision": torchvision}[library](threads)
    print(json.dumps({"photos_per_second": measure(job, seconds)}))


if __name__ == "__main__":
    main()
