"""Read classes, groups and parts from the folders that photos lie in."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from unseen.photos.class_names import tidy
from unseen.photos.part_names import part_named, split_part
from unseen.photos.scan import Found
from unseen.records import Part, Photo, Rejected
from unseen.sources.folder_order import Order, folder_order, is_group_name
from unseen.sources.part_folders import divided_anew, find_part_folders, part_level
from unseen.sources.repeated_folders import copied_names, repeated_folders
from unseen.text import count, listed

# What folders of the same photos are called after some program went over them: no people, no sessions, no classes.
_VERSION = re.compile(
    r"(?:(?:original|raw|augmented|augmentation|aug|processed|preprocessed|resized|cropped|clean|gr[ae]y(?:scale)?|rgb|bw"
    r"|colou?r|binary|depth|edges?|masks?|masked|segmented|images?|photos?|pictures?|labels?|annotations?)s?"
    r"(?:[ _-]?(?:images|photos|data))?|[0-9]{2,4} ?[x×] ?[0-9]{2,4}(?:px)?|(?:fold|part)[ _-]?[0-9]+)",
    re.IGNORECASE,
)
# What a download is cut into: HAM_images_part_1, images_002.
_SHARE = re.compile(r"(?:.*[ _-])?(?:images?|imgs?|photos?|pics?|part|chunk|shard|batch|data|folder)[ _-]*[0-9]+", re.I)
_DATA = re.compile(r"(?:data ?set|data|images?|photos?|pictures?|labell?ed)s?(?:[ _-]?(?:data|images|photos))?", re.I)
Item = tuple[Found, tuple[str, ...]]  # a file, and the names of the folders that are still to be read


@dataclass(slots=True)
class Labelled:
    """Photos with what their folders say of them, the ones no folder labels, and sentences for the screen.

    doubt: the question to ask where the folders could be read in two ways; nothing is labelled then.
    """

    photos: list[Photo] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    doubt: str | None = None


def label_by_folder(found: Sequence[Found], layout: str, known: Collection[str] = ()) -> Labelled:
    """Read labels, groups and parts off the folder names.

    found: files that are photos, and those that would be if they could be used: they say where classes are.
    layout: auto, class/group or group/class. known: names that are surely classes.
    """
    result = Labelled()
    items: list[Item] = []
    for item in found:
        if item.parts:
            items.append((item, item.parts))
        else:
            result.rejected.append(Rejected(item.path, item.reason or "not in a class folder"))
    items = _below_wrappers(_beside_the_data(_without_repeats(items, result), result), result.notes)
    by_part = _by_part(items, result, known)
    if result.doubt:
        return result
    if set(by_part) != {None}:
        by_part = {part: _without_repeats(inside, result) for part, inside in by_part.items()}
    by_part = _without_middle(by_part, result.notes)
    order, result.doubt = folder_order([names for inside in by_part.values() for _, names in inside], layout,
                                       result.notes, known)  # fmt: skip
    if result.doubt:
        return result
    for part, inside in by_part.items():
        for item, names in inside:
            _label(item, names, part, order, result)
    result.photos = _without_idle_groups(result.photos, order, result.notes)
    labels = sorted({photo.label for photo in result.photos})
    is_of_photos = all(map(_VERSION.fullmatch, labels)) or all(map(_SHARE.fullmatch, labels))
    if len(labels) > 1 and is_of_photos and not set(labels) <= set(known):
        result.doubt, result.photos = f"{listed(labels, 5)} are words for photos, not for classes", []
    return result


def _beside_the_data(items: list[Item], result: Labelled) -> list[Item]:
    """Set aside what lies beside the one folder that is called data or labelled and holds class folders: docs/1.png."""
    inner: dict[str, set[str]] = defaultdict(set)
    for _, names in items:
        inner[names[0]].update(names[1:2])
    several = [name for name, below in inner.items() if len(below) > 1]
    if len(inner) < 2 or len(several) != 1 or not _DATA.fullmatch(several[0]):
        return items
    for name in sorted(set(inner) - {several[0]}):
        own = [item for item, names in items if names[0] == name]
        result.notes.append(f"{name}: {count(len(own), 'photo')} not used: beside the folder {several[0]!r}")
        result.rejected += [Rejected(item.path, item.reason or "beside the folder of the classes") for item in own]
    return [(item, names) for item, names in items if names[0] == several[0]]


def _below_wrappers(items: list[Item], notes: list[str]) -> list[Item]:
    """Leave out the outer folders that hold everything (dataset/images/CLASS/...), and so are no classes."""
    depth = 0
    while items and all(len(names) > depth + 1 for _, names in items):
        inner = {names[depth + 1] for _, names in items}
        if len({names[depth] for _, names in items}) > 1 or all(map(is_group_name, inner)):
            break
        depth += 1
    if depth:
        outer = "/".join(items[0][1][:depth])
        notes.append(f"classes read below the folder {outer!r}, which holds every photo")
    return [(item, names[depth:]) for item, names in items]


def _without_middle(by_part: dict[Part | None, list[Item]], notes: list[str]) -> dict[Part | None, list[Item]]:
    """Leave out a folder that stands in each outer folder around all it holds: anna/phone/rock, ben/phone/rock."""
    every = [names for inside in by_part.values() for _, names in inside]
    middle = {names[1] for names in every if len(names) > 2}
    if len(middle) != 1 or any(len(names) < 3 for names in every):
        return by_part
    notes.append(f"the folder {middle.pop()!r}, which each outer folder has around its photos, is left out")
    return {part: [(item, (names[0], *names[2:])) for item, names in inside] for part, inside in by_part.items()}


def _by_part(items: list[Item], result: Labelled, known: Collection[str]) -> dict[Part | None, list[Item]]:
    """Return the files of each part, below the part's folder and its wrappers."""
    paths = [names for _, names in items]
    result.doubt = divided_anew(paths)
    by_part: dict[Part | None, list[Item]] = defaultdict(list)
    if result.doubt:
        return by_part
    if part_level(paths, known):
        result.notes.append("parts taken from the folders inside the class folders")
        for item, names in items:
            by_part[part_named(names[1])].append((item, (names[0], *names[2:])))
        return by_part
    folders = find_part_folders(paths, result.notes, known)
    result.doubt = folders.doubt
    for item, names in items:
        if reason := folders.aside.get(names[0]):
            result.rejected.append(Rejected(item.path, item.reason or reason))
        elif folders.parts and names[0] in folders.parts:
            by_part[folders.parts[names[0]]].append((item, names[1:]))
        else:
            by_part[None].append((item, names))
    if folders.parts:
        classes = {names[0] for inside in by_part.values() for _, names in inside if len(names) == 1}
        return {part: _below_own_wrapper(inside, classes, result) for part, inside in by_part.items()}
    return by_part


def _below_own_wrapper(items: list[Item], classes: Collection[str], result: Labelled) -> list[Item]:
    """Leave out a folder that holds all of one part: asl_train/asl_train/A. classes: folders that photos lie in."""
    inside = []
    for item, names in items:
        if names:
            inside.append((item, names))
        else:
            result.rejected.append(Rejected(item.path, item.reason or "not in a class folder"))
    while (
        inside
        and len({names[0] for _, names in inside}) == 1
        and all(len(names) > 1 for _, names in inside)
        and inside[0][1][0] not in classes
        and not all(is_group_name(names[1]) for _, names in inside)
    ):
        inside = [(item, names[1:]) for item, names in inside]
    return inside


def _without_repeats(items: list[Item], result: Labelled) -> list[Item]:
    repeats = repeated_folders(items)
    for name, why in sorted(repeats.items()):
        result.notes.append(f"the folder {name!r} is left out: {why}")
    classes = {names[0] for _, names in items} - set(repeats)
    for name, original in copied_names({name for name in classes if split_part(name)[0] is None}).items():
        result.notes.append(f"{name!r} is a class of its own beside {original!r}: move its photos if it is the same")
    kept = []
    for item, names in items:
        if names[0] in repeats:
            result.rejected.append(Rejected(item.path, "in a folder that repeats those beside it"))
        else:
            kept.append((item, names))
    return kept


def _label(item: Found, names: tuple[str, ...], part: Part | None, order: Order, result: Labelled) -> None:
    tidied = [tidy(name) for name in names[:2]]
    if order == "class/group":
        label, group = tidied[0], tidied[1] if len(tidied) > 1 else None
    elif len(tidied) > 1:
        group, label = tidied
    else:
        result.rejected.append(Rejected(item.path, item.reason or "not in a class folder"))
        return
    if item.reason:
        result.rejected.append(Rejected(item.path, item.reason, label))
    else:
        result.photos.append(Photo(item.path, item.file, label, group, part))


def _without_idle_groups(photos: list[Photo], order: Order, notes: list[str]) -> list[Photo]:
    """Drop a group that all photos share (CLASS/images/x.jpg), versions of the same photos, and kinds of classes."""
    groups = {photo.group for photo in photos if photo.group is not None}
    inside: dict[str, set[str | None]] = defaultdict(set)
    for photo in photos:
        inside[photo.label].add(photo.group)
    if len(groups) == 1 and all(photo.group for photo in photos):
        notes.append(f"the folder {groups.pop()!r} holds every photo and is not taken for a group")
    elif groups and all(map(_VERSION.fullmatch, groups)):
        names = listed(sorted(groups), 5)
        notes.append(f"the folders {names} name versions of photos or folds, and are not taken for groups")
    elif (
        order == "group/class"
        and len(groups) < len(inside)
        and max(map(len, inside.values())) == 1
        and not all(map(is_group_name, filter(None, groups)))
    ):
        notes.append(f"the folders {listed(sorted(groups), 5)} hold other classes each, and are not taken for groups")
    else:
        return photos
    return [Photo(photo.path, photo.file, photo.label, None, photo.part) for photo in photos]
