"""Choose among the splits that a data set names, and read them as parts."""

from collections.abc import Iterable

from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.photos.part_names import divides, part_named
from unseen.records import PARTS, Part
from unseen.text import listed


def choose_splits(source: str, splits: Iterable[str], asked: str | None) -> tuple[dict[str, Part | None], list[str]]:
    """Return the splits to read, each with its part, and sentences on what was left out.

    One split that was asked for, or that is the only one, states no part. Of several those that are named like parts
    are read, or all where none is. Raises `UnseenError` where `asked` is not there.
    """
    names = sorted(splits, key=natural_key)
    if asked is not None:
        if asked not in names:
            raise UnseenError(f"{source} has no split {asked!r}: use one of {listed(names)}")
        return {asked: None}, [f"split {asked!r} of {listed(names)}"]
    parts = {name: part for name in names if (part := part_named(name))}
    parts = dict(sorted(parts.items(), key=lambda item: PARTS.index(item[1])))
    if not divides(parts.values()):
        if len(parts) == 1 < len(names):  # train beside unsupervised: labels are in the one that is a part
            (only,) = parts
            return {only: None}, [_left_out(source, [name for name in names if name != only])]
        return dict.fromkeys(names), []
    others = [name for name in names if name not in parts]
    notes = [f"parts taken from the splits {listed(list(parts))}"]
    return {**parts}, [*notes, _left_out(source, others)] if others else notes


def _left_out(source: str, names: list[str]) -> str:
    can_name = source.startswith(("tfds:", "hf:"))
    how = f"read one with {source}:{names[0]}" if can_name else "name its own file or folder to read one"
    return f"splits left out: {listed(names)}; {how}"
