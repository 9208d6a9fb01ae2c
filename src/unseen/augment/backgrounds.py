"""Take backgrounds for a batch of cut-outs from banks of pictures, never from photos of the same class."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from unseen.augment.batch_rng import BatchRng
from unseen.augment.procedural import ROUND, make_pool
from unseen.errors import UnseenError

NO_CLASS = -1
POOL_PICTURES = 1024
# The views of few photos need fewer, for each use shows another part, flipped or rotated: 90 photos of rps_freeman were
# learnt no worse with 128 or 64 pictures than with 1,024 (docs/log.md).
PICTURES_A_PHOTO = 1
# Larger ones are drawn at this side and enlarged: at 290 px (views of 224) 1,024 take 52 s, a tenth of a usual run.
MOST_DRAWN_PX = 208
# Pictures are kept a little larger than they are used, so that each use shows another part.
POOL_MARGIN = 1.3
ROTATED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Bank:
    """Pictures (B, 3, S', S') uint8, the class index that each must not be put behind (B,) int64, and how often
    they are taken compared with other banks. The class is `NO_CLASS` where a picture comes from no photo of any class.
    """

    pictures: Tensor
    classes: Tensor
    weight: float = 1.0


def procedural_bank(seed: int, side_px: int, pictures: int = POOL_PICTURES, weight: float = 1.0) -> Bank:
    """Draw a bank for views of `side_px`; about 8 s and 130 MB for 1,024 pictures at 160 px."""
    pool = _drawn(seed, round(side_px * POOL_MARGIN), pictures)
    return Bank(pool, torch.full((pictures,), NO_CLASS), weight)


def _drawn(seed: int, side_px: int, pictures: int, first_round: int = 0) -> Tensor:
    """Draw pictures of `side_px`, those above `MOST_DRAWN_PX` enlarged; see `make_pool`."""
    pool = make_pool(seed, min(side_px, MOST_DRAWN_PX), pictures, first_round=first_round)
    if side_px <= MOST_DRAWN_PX:
        return pool
    return torch.cat(
        [F.interpolate(some, side_px, mode="bilinear", align_corners=False) for some in torch.split(pool, ROUND)]
    )


def enough_pictures(photos: int) -> int:
    """Return how many pictures suffice for the views of so many photos, in whole rounds."""
    return min(POOL_PICTURES, -(-photos * PICTURES_A_PHOTO // ROUND) * ROUND)


class Backgrounds(nn.Module):
    """Takes backgrounds from banks. The banks move with the module, and are no part of its state."""

    def __init__(self, side_px: int, banks: Sequence[Bank]) -> None:
        """Raise `UnseenError` where a bank is empty, or its pictures are smaller than `side_px`."""
        super().__init__()
        self.side_px = side_px
        self.weights = [bank.weight for bank in banks]
        for number, bank in enumerate(banks):
            if len(bank.pictures) == 0 or min(bank.pictures.shape[2:]) < side_px:
                shape = tuple(bank.pictures.shape)
                raise UnseenError(f"backgrounds are {shape}: give at least one, of {side_px} px or more")
            order = torch.argsort(bank.classes, stable=True)
            self.register_buffer(f"pictures{number}", bank.pictures[order], persistent=False)
            self.register_buffer(f"classes{number}", bank.classes[order].contiguous(), persistent=False)

    def grow(self, seed: int) -> None:
        """Draw the rest of the first bank, which `procedural_bank` drew from `seed`, up to `POOL_PICTURES`."""
        there = self.get_buffer("pictures0")
        missing = POOL_PICTURES - len(there)
        if missing <= 0:
            return
        more = _drawn(seed, there.shape[-1], missing, first_round=len(there) // ROUND).to(there.device)
        self.pictures0 = torch.cat([there, more])
        self.classes0 = torch.full((POOL_PICTURES,), NO_CLASS, device=there.device)

    def forward(self, photos: int, labels: Tensor | None, rng: BatchRng, defocus: float = 0.0) -> Tensor:
        """Return `photos` backgrounds, (N, 3, side_px, side_px) float32 in 0..255.

        labels: (N,) class indices; no photo gets a picture of its own class. Without labels only pictures of no
        class are taken. A photo that no bank has a picture for gets plain grey. defocus: share that is blurred.
        """
        bank, picture = self._choose(photos, labels, rng)
        margins = rng.uniform(photos, 2)
        flips = rng.uniform(photos) < 0.5
        turns = torch.where(rng.uniform(photos) < ROTATED_SHARE, 1 + rng.below(photos, 3), 0)
        side_px, device = self.side_px, rng.device
        out = torch.full((photos, 3, side_px, side_px), 128, dtype=torch.uint8, device=device)
        numbers = torch.stack([bank, picture, flips.long(), turns], dim=1).tolist()
        for slot, (source, index, flip, turn), (down, across) in zip(out, numbers, margins.tolist(), strict=True):
            if source < 0:
                continue
            whole = self.get_buffer(f"pictures{source}")[index]
            top, left = (int(m * (n - side_px + 1)) for m, n in zip((down, across), whole.shape[1:], strict=True))
            view = whole[:, top : top + side_px, left : left + side_px]
            view = view.flip(2) if flip else view
            slot.copy_(view.rot90(turn, (1, 2)) if turn else view)
        return _defocus(out.float(), defocus, rng)

    def _choose(self, photos: int, labels: Tensor | None, rng: BatchRng) -> tuple[Tensor, Tensor]:
        """Draw a bank and a picture in it for each photo, (N,) int64 each; bank -1 where there is none to take."""
        scores, pictures = [], []
        for number, weight in enumerate(self.weights):
            classes = self.get_buffer(f"classes{number}")
            if labels is None:  # any class may be the photo's own
                start = (classes == NO_CLASS).sum().expand(photos)
                end = torch.full_like(start, len(classes))
            else:
                start, end = torch.searchsorted(classes, labels), torch.searchsorted(classes, labels, right=True)
            skipped = end - start
            allowed = len(classes) - skipped
            choice = (rng.uniform(photos) * allowed).long()
            # the bank is sorted by class: what comes after the photo's own class moves up by its length
            pictures.append(choice + torch.where(choice >= start, skipped, 0))
            # Efraimidis and Spirakis' key: the largest u**(1/w) is drawn with probability proportional to w
            key = rng.uniform(photos).clamp(min=1e-12).log() / max(weight, 1e-9)
            scores.append(torch.where(allowed > 0, key, -torch.inf))
        best, bank = torch.stack(scores).max(dim=0)
        return torch.where(torch.isinf(best), -1, bank), torch.stack(pictures).gather(0, bank[None])[0]


def _defocus(pictures: Tensor, share: float, rng: BatchRng) -> Tensor:
    """Put some pictures out of focus, by cells of 2 to 8 pixels that are spread smoothly again."""
    photos, side_px = len(pictures), pictures.shape[-1]
    chosen = rng.chosen(photos, share).bool()
    depth = rng.below(photos, 3)
    for which, cell_px in enumerate((2, 4, 8)):
        these = chosen & (depth == which)
        if share and bool(these.any()):
            small = F.avg_pool2d(pictures[these], cell_px, ceil_mode=True)
            pictures[these] = F.interpolate(small, size=(side_px, side_px), mode="bilinear", align_corners=False)
    return pictures
