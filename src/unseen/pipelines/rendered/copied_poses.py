"""Copy the signs that labelled photos show, as poses that can be rendered."""

from collections.abc import Sequence

import numpy as np

from unseen import seeds
from unseen.dataset.load import Source, load_dataset
from unseen.errors import UnseenError
from unseen.inference.predictor import Predictor
from unseen.locate.hand_pose import DESCRIPTORS, JOINTS, PALM
from unseen.locate.pose_conditioned import TOLD
from unseen.locate.sign_net import SIGN
from unseen.paths import READY
from unseen.progress import Progress
from unseen.records import Float32Array, Int64Array, Rejected
from unseen.synth.copied_pose import copy_pose
from unseen.synth.poses import Pose, Signs
from unseen.text import listed

# Poses of a class that are copied, and the fewest that say what a sign is.
POSES, LEAST_POSES = 10, 3
PRESENT_ENOUGH = 0.8  # how sure the landmark network must be of a hand
# Share of a class's photos that must show a hand plainly: of signs nearly all do, of a class "nothing", in which arms
# and hands come and go, a half.
MOSTLY_SHOWN = 0.6
MOST_LOOKED_AT = 3 * POSES  # photos of a class, of a folder of photos
READER = READY + "letters"  # any ready model: they read hands alike


def copy_signs(features: Float32Array, labels: Int64Array, classes: Sequence[str], seed: int) -> Signs:
    """Return up to `POSES` poses of each class that photos show clearly, by its name; those with too few are left out.

    features: (n, D) of photos, as of a `PoseConditioned`. labels: (n,).
    """
    clear = features[:, -TOLD] >= PRESENT_ENOUGH
    described = features[:, -SIGN - DESCRIPTORS :]
    joints, palm = described[:, : JOINTS * 3].reshape(-1, JOINTS, 3), described[:, JOINTS * 3 : JOINTS * 3 + PALM]
    found: dict[str, tuple[Pose, ...]] = {}
    for label, name in enumerate(classes):
        if clear[labels == label].sum() < MOSTLY_SHOWN * (labels == label).sum():
            continue
        some = seeds.generator(seed, "copied signs", label).permutation(np.flatnonzero(clear & (labels == label)))
        poses = [copy_pose(joints[i], palm[i]) for i in some[:POSES].tolist()]
        copied = tuple(pose for pose in poses if pose)
        if len(copied) >= LEAST_POSES:
            found[name] = copied
    return found


def signs_in(photos: Source, progress: Progress, seed: int = 0) -> tuple[Signs, tuple[Rejected, ...]]:
    """Return the signs that class folders of photos show, and the files that cannot be read.

    Raises `UnseenError` where they show no sign clearly.
    """
    reader = Predictor(READER)
    data = load_dataset(photos, reader.facts.side_px, progress, least_classes=1)
    rng = seeds.generator(seed, "photos to copy")
    each = [
        rng.permutation(np.flatnonzero(data.labels == label))[:MOST_LOOKED_AT] for label in range(len(data.classes))
    ]
    chosen = np.concatenate(each)
    features = []
    with progress.task("read hands", len(chosen), "photos") as bar:
        for position in chosen.tolist():
            features.append(reader.features([np.ascontiguousarray(data.images[position][..., :3])]))
            bar.advance(1)
    signs = copy_signs(np.concatenate(features), data.labels[chosen], data.classes, seed)
    unclear = [name for name in data.classes if name not in signs]
    if not signs:
        raise UnseenError(
            f"{photos.photos} shows no hand clearly in {LEAST_POSES} photos of any class: nothing to copy; render a "
            "set of signs with --signs"
        )
    if unclear:
        progress.say(f"left out, for fewer than {LEAST_POSES} photos show a hand clearly: {listed(unclear)}")
    return signs, data.rejected
