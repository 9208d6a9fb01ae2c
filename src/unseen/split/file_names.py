"""Find sessions by file names.

The rule knows no data set. A name is read as tokens; its tail counts photos (`pic00287_0`, `frame0012`)
and its prefix may say which session they come from (`2_`, `clipA_`). A prefix is believed only when it takes
several values, each value covers several photos, and it is not merely the class or the camera (`IMG_`).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from unseen.records import Photo

MIN_PHOTOS = 3  # a session of one or two photos is more likely a counter than a session
MIN_COVERED = 0.9  # share of photos whose prefix covers MIN_PHOTOS: 1.0 on rps_subhi, 0 on rps_freeman
MIN_MEAN = 4  # photos a prefix on average; below it the prefix counts photos rather than sessions
# Share of photos outside their class's main prefix: 0.69 on rps_subhi, 0.67 on fingers_subhi; 0.02 on asl_kept/train,
# whose prefixes are the class letters.
MIN_OUTSIDE = 0.1
COARSE_VALUES = 4  # a shorter prefix (person, not person_session) is taken only if it still takes so many values
SESSION_GAP_SECONDS = 120.0
NO_PREFIX = "(no prefix)"

# Words that cameras, phones and people put before a counter; they say nothing of the session.
# Left and right are here because one person shows both hands.
PLAIN_WORDS = frozenset(
    re.findall(
        r"\w+",
        "img image images dsc dscn dscf dcim pict pic picture photo photos pxl mvimg vid video frame frames cam"
        " camera webcam capture snapshot screenshot screen shot whatsapp gopr sam burst copy file sample hand"
        " left right at",
    )
)

_STAMP = (
    r"(?<!\d)((?:19|20)\d\d)[-_.:]?(0[1-9]|1[0-2])[-_.:]?(0[1-9]|[12]\d|3[01])"
    r"(?:[-_.T ]| at )?([01]\d|2[0-3])[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)(?:[.]?\d{3})?(?!\d)"
)
_TOKEN = re.compile(rf"(?P<stamp>{_STAMP})|(?P<word>(?:(?!{_STAMP})[^_\-\s])+)")
_EPOCH = re.compile(r"(1\d{9})(?:\.\d+|\d{3})?")  # seconds since 1970, 2001-2033; milliseconds may follow
_COUNTED = re.compile(r"(\D+)(\d+)")


@dataclass(frozen=True, slots=True)
class _Name:
    """One file name as tokens; `starts` says where in `stem` each begins; `shapes` have `#` for digits."""

    stem: str
    label: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    shapes: tuple[str, ...]
    seconds: float | None


def name_sessions(photos: Sequence[Photo]) -> tuple[str | None, ...]:
    """Return the session of each photo by its file name, aligned with `photos`; `None` where it says nothing.

    The same prefix is the same session in every class.
    """
    names = [_read(photo) for photo in photos]
    found: list[str | None] = [None] * len(names)
    for bucket in _by_shape(names, range(len(names)), 1).values():
        for position, session in _descend(names, bucket, 1).items():
            found[position] = session
    for position, session in _by_time(names, [i for i, s in enumerate(found) if s is None]).items():
        found[position] = session
    return tuple(found)


def _read(photo: Photo) -> _Name:
    stem = PurePosixPath(photo.path).stem
    tokens: list[tuple[int, str, str]] = []
    seconds = None
    for match in _TOKEN.finditer(stem):
        text = match.group()
        stamp = _seconds(match.groups()[1:7]) if match.group("stamp") else None
        seconds = stamp if stamp is not None else seconds
        tokens.append((match.start(), text, "time" if stamp is not None else re.sub(r"\d+", "#", text.lower())))
    if tokens:
        start, text, shape = tokens[-1]
        if shape != "time" and (epoch := _EPOCH.fullmatch(text)):
            seconds, tokens[-1] = float(epoch.group(1)), (start, text, "time")
        elif counted := _COUNTED.fullmatch(text):
            tokens[-1:] = [
                (start, counted.group(1), counted.group(1).lower()),
                (start + counted.start(2), counted.group(2), "#"),
            ]
    starts, texts, shapes = zip(*tokens, strict=True) if tokens else ((), (), ())
    return _Name(stem, photo.label, texts, starts, shapes, seconds)


def _seconds(fields: Sequence[str]) -> float | None:
    year, month, day, hour, minute, second = map(int, fields)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:  # 31 February: a number that only looks like a date
        return None


def _by_shape(names: Sequence[_Name], positions: Iterable[int], depth: int) -> dict[str, list[int]]:
    """Bucket the names by the shape of the `depth`-th token from the end; names without one go nowhere."""
    buckets: dict[str, list[int]] = defaultdict(list)
    for i in positions:
        if len(names[i].tokens) >= depth:
            buckets[names[i].shapes[-depth]].append(i)
    return buckets


def _descend(names: Sequence[_Name], positions: list[int], depth: int) -> dict[int, str]:
    """Return the sessions of names whose last `depth` tokens agree in shape; that tail grows where needed."""
    if len(positions) < 2 * MIN_PHOTOS:
        return {}
    counts_photos = any(shape == "time" or "#" in shape for shape in names[positions[0]].shapes[-depth:])
    here = _prefixes(names, positions, depth) if counts_photos else {}
    informative = _informative(names, here)
    buckets = _by_shape(names, positions, depth + 1)
    whole = len(buckets) == 1 and sum(map(len, buckets.values())) == len(positions)
    if informative and not whole:
        return here
    deeper: dict[int, str] = {}
    for bucket in buckets.values():
        deeper |= _descend(names, bucket, depth + 1)
    if informative and not (len(deeper) == len(here) and len(set(deeper.values())) >= COARSE_VALUES):
        return here
    return deeper


def _prefixes(names: Sequence[_Name], positions: Sequence[int], depth: int) -> dict[int, str]:
    """Return what stands before the last `depth` tokens (`2_`, `clipA_`), without class and camera words."""
    hits: Counter[int] = Counter()
    for i in positions:
        hits.update(k for k, token in enumerate(names[i].tokens) if token.casefold() == names[i].label.casefold())
    # By place and over the whole bucket: in a class called '2', the '2' of session 2 is not the class.
    class_places = {k for k, n in hits.items() if n >= 0.95 * len(positions)}
    result = {}
    for i in positions:
        head = names[i].tokens[: len(names[i].tokens) - depth]
        kept = [
            token
            for k, token in enumerate(head)
            if k not in class_places and token.casefold().strip("()") not in PLAIN_WORDS
        ]
        if kept == list(head) and kept:
            result[i] = names[i].stem[: names[i].starts[len(head)]]
        else:
            result[i] = "_".join(kept) + "_" if kept else NO_PREFIX
    return result


def _informative(names: Sequence[_Name], prefixes: dict[int, str]) -> bool:
    counts = Counter(prefixes.values())
    covered = sum(n for n in counts.values() if n >= MIN_PHOTOS)
    if len(counts) < 2 or covered < MIN_COVERED * len(prefixes) or len(prefixes) < MIN_MEAN * len(counts):
        return False
    # One prefix a class is the class by another name ('thumb' for thumbs_up): photos must leave the main one.
    by_class: dict[str, Counter[str]] = defaultdict(Counter)
    for i, prefix in prefixes.items():
        by_class[names[i].label][prefix] += 1
    outside = sum(sum(values.values()) - max(values.values()) for values in by_class.values())
    return outside >= MIN_OUTSIDE * len(prefixes)


def _by_time(names: Sequence[_Name], positions: Sequence[int]) -> dict[int, str]:
    """Join photos whose names give times less than `SESSION_GAP_SECONDS` apart, across classes."""
    timed = sorted((seconds, i) for i in positions if (seconds := names[i].seconds) is not None)
    sessions: list[list[tuple[float, int]]] = []
    for seconds, i in timed:
        if not sessions or seconds - sessions[-1][-1][0] > SESSION_GAP_SECONDS:
            sessions.append([])
        sessions[-1].append((seconds, i))
    result: dict[int, str] = {}
    for session in sessions:
        if len(session) > 1:
            name = f"{datetime.fromtimestamp(session[0][0], UTC):%Y-%m-%d %H:%M:%S}"
            result |= {i: name for _, i in session}
    return result
