"""What `handnet` reads and what is true in, one loss and its parts out."""

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.batches import HandBatch
from unseen.locate.hand_pose import describe_pose
from unseen.locate.handnet import HandReading

# Chosen so that after the first hundred steps the parts are of one size; then that of the joints was doubled and that
# of what is described of them trebled, for poses are what heads tell signs by.
WEIGHTS = {
    "joints": 12.0, "palm": 1.5, "places": 5.0, "describe": 1.5, "present": 0.4, "left": 0.2, "mask": 0.5,
    "alike": 0.25,
}  # fmt: skip
# How near two poses must be to count as alike, in palms, and how sharply embeddings are compared.
POSE_SCALE, TEMPERATURE = 0.15, 0.1
# A hand of this share of the view's side weighs as much as it did before others weighed by their size.
NEAR_ENOUGH = 0.5


def hand_losses(read: HandReading, true: HandBatch) -> dict[str, Tensor]:
    """Return each part of the loss, a scalar of order 1, unweighted."""
    read_off = _shares(true.score * true.clear)
    # a small hand must be found as exactly as a large one, in its own size
    found = _shares(true.score * (NEAR_ENOUGH / _extent(true.places)).clamp(0.5, 2.5))
    joints = F.smooth_l1_loss(read.joints, true.joints, beta=0.05, reduction="none").mean(dim=(1, 2))
    palm = F.smooth_l1_loss(read.palm, true.palm, beta=0.1, reduction="none").mean(dim=1)
    places = F.smooth_l1_loss(read.places, true.places, beta=0.05, reduction="none").mean(dim=(1, 2))
    described = describe_pose(read.joints, read.palm) - describe_pose(true.joints, true.palm)
    described = F.smooth_l1_loss(described, torch.zeros_like(described), beta=0.1, reduction="none").mean(dim=1)
    sure = (true.present >= 0).float()
    present = F.binary_cross_entropy_with_logits(read.present, true.present.clamp(min=0), reduction="none")
    left = F.binary_cross_entropy_with_logits(read.left, true.left, reduction="none")
    mask = F.binary_cross_entropy_with_logits(read.mask, true.mask, reduction="none").mean(dim=(1, 2))
    with_mask = true.mask_known.float()
    return {
        "joints": (joints * read_off).sum(),
        "palm": (palm * read_off).sum(),
        "places": (places * found).sum(),
        "describe": (described * read_off).sum(),
        "present": (present * sure).sum() / sure.sum().clamp(min=1),
        "left": (left * read_off).sum(),
        "mask": (mask * with_mask).sum() / with_mask.sum().clamp(min=1),
        "alike": alike_loss(read.embedding, true),
    }


def _shares(weights: Tensor) -> Tensor:
    return weights / weights.sum().clamp(min=1e-6)


def _extent(places: Tensor) -> Tensor:
    """Joints (N, 21, 2) in the view to the longer side of their box, in view sides, (N,)."""
    return (places.amax(dim=1) - places.amin(dim=1)).amax(dim=1).clamp(min=1e-3) / 2


def alike_loss(embedding: Tensor, true: HandBatch) -> Tensor:
    """Cross-entropy between which views have alike poses and which embeddings are alike, over all pairs of a batch.

    Views of one photo, before two backgrounds, are each other's first choice (Chen et al., 2020, arXiv:2002.05709,
    NT-Xent); another photo counts by how near its pose is, where a plain contrast would push two fists apart.
    """
    chosen = (true.score > 0.5) & (true.clear > 0.5)
    z = F.normalize(embedding[chosen], dim=1)
    pose = torch.cat([true.joints[chosen].flatten(1), 3 * true.palm[chosen]], dim=1)
    apart = torch.cdist(pose, pose).square() / (2 * pose.shape[1] * POSE_SCALE**2)
    own = torch.eye(len(z), dtype=torch.bool, device=z.device)
    target = torch.softmax((-apart).masked_fill(own, -torch.inf), dim=1)
    predicted = torch.log_softmax((z @ z.T / TEMPERATURE).masked_fill(own, -1e4), dim=1)
    entropy = -(target * target.clamp(min=1e-9).log()).sum(dim=1)
    return (-(target * predicted).sum(dim=1) - entropy).mean()


def total(parts: dict[str, Tensor]) -> Tensor:
    """Return the weighted sum."""
    return torch.stack([WEIGHTS.get(name, 1.0) * value for name, value in parts.items()]).sum()
