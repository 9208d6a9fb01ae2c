"""Read the photos that a foreign model is examined on: labelled ones, and the user's own with labels or without."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from unseen.config import DoctorConfig
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import Source, group_photos, named_photos, read_photos, with_stated_groups
from unseen.diagnosing.class_match import by_name, folders_meant
from unseen.diagnosing.search import stratified
from unseen.diagnosing.trial import outputs_of
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.foreign.network import ForeignNetwork
from unseen.inference.model import Model
from unseen.photos.any_photo import open_any
from unseen.photos.class_names import select_classes
from unseen.pipelines.stages.listed_photos import listed_photos
from unseen.progress import Progress
from unseen.records import PhotoSet, Rejected, Uint8Array, left_out_sentence
from unseen.seeds import generator

# Photos that are read: enough to find a preprocessing by. Larger ones are reduced to this short side first.
MOST_PHOTOS = 400
READ_PX = 640
MOST_UNLABELLED = 200


def labelled_photos(
    photos: str, config: DoctorConfig, progress: Progress, asked: ForeignNetwork | Model | None = None
) -> Dataset:
    """Read at most `MOST_PHOTOS` photos, of every class as many, and group them.

    asked: who will be asked about them; folders of classes that it cannot know are left out.
    """
    source = Source(photos, config.layout, labels_from=config.labels_from)
    named = with_stated_groups(named_photos(source), config.groups)
    if asked is not None:
        outputs = outputs_of(asked) if isinstance(asked, ForeignNetwork) else len(asked.classes)
        meant = folders_meant(named.classes, asked.classes, outputs)
        named = named if len(meant) == len(named.classes) else select_classes(named, meant)
    return _drawn(named, config.seed, progress)


def _drawn(named: PhotoSet, seed: int, progress: Progress) -> Dataset:
    chosen = stratified(named.labels, generator(seed, "doctor", "photos"))[:MOST_PHOTOS]
    note = (f"{len(chosen)} of {len(named.photos)} photos were drawn",) if len(chosen) < len(named.photos) else ()
    few = replace(named.select(np.sort(chosen)), notes=(*named.notes, *note))
    return group_photos(read_photos(few, READ_PX, progress), progress)


def own_photos(config: DoctorConfig, classes: Sequence[str], progress: Progress) -> Dataset | tuple[Uint8Array, ...]:
    """Read the photos of `--against`: those in folders named like `classes`, else all there are, without labels.

    Of labelled ones, those of a class that the others lack are left out.
    """
    try:
        named = named_photos(Source(str(config.against)), 1)
    except UnseenError:
        return _unlabelled(config, progress)
    known = dict(zip(named.classes, by_name(named.classes, classes), strict=True))
    chosen = [i for i, photo in enumerate(named.photos) if known[photo.label] >= 0]
    if not chosen:
        return _unlabelled(config, progress)
    lost = tuple(
        Rejected(photo.path, f"class {photo.label!r} is not among the others", photo.label)
        for photo in named.photos
        if known[photo.label] < 0
    )
    called = tuple(replace(photo, label=classes[known[photo.label]]) for photo in named.select(chosen).photos)
    rejected = (*named.rejected, *lost)
    return _drawn(replace(named, photos=called, classes=tuple(classes), rejected=rejected), config.seed, progress)


def _unlabelled(config: DoctorConfig, progress: Progress) -> tuple[Uint8Array, ...]:
    called, rejected = listed_photos([Path(str(config.against))])
    paths = list(called)
    few = generator(config.seed, "doctor", "unlabelled").permutation(len(paths))[:MOST_UNLABELLED]
    images = []
    with progress.task("read photos without labels", len(few), "photos") as task:
        for i in np.sort(few).tolist():
            task.advance(1)
            try:
                images.append(open_any(paths[i], READ_PX))
            except UnreadablePhoto as error:
                rejected.append(Rejected(str(paths[i]), str(error)))
    if not images:
        raise UnseenError(f"none of the {len(paths)} files in {config.against} is a usable photo: name photos")
    if said := left_out_sentence(rejected):
        progress.say(said)
    return tuple(images)
