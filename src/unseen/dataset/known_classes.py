"""Keep the photos of classes that a model knows; the rest become rejected rows."""

from dataclasses import replace

from unseen.errors import UnseenError
from unseen.photos.class_names import place_of_class
from unseen.records import PhotoSet, Rejected
from unseen.text import listed


def known_only(photos: PhotoSet, classes: tuple[str, ...], whose: str = "the model's") -> PhotoSet:
    """Return the photos of `classes`, in their order; raise `UnseenError` where there are none.

    A name in another case, or a number as a word instead of a figure, is the same class (see `place_of_class`).
    """
    places = {name: place_of_class(name, classes) for name in photos.classes}
    means = {name: classes[place] for name, place in places.items() if place is not None}
    kept = tuple(replace(photo, label=means[photo.label]) for photo in photos.photos if photo.label in means)
    if not kept:
        raise UnseenError(
            f"no folder is named like one of {whose} classes: known are {', '.join(classes)}, "
            f"found {listed(photos.classes)}: rename the folders"
        )
    unknown = tuple(
        Rejected(photo.path, f"class {photo.label!r} is not one of {whose}", photo.label)
        for photo in photos.photos
        if photo.label not in means
    )
    others = [f"{name} is {whose} {own}" for name, own in means.items() if name != own]
    notes = (*photos.notes, *([f"classes by other names: {', '.join(others)}"] if others else []))
    return PhotoSet(kept, (*photos.rejected, *unknown), classes, notes)
