"""Say in a few plain sentences what was found, and write the answer that a person can paste under their question."""

from collections.abc import Sequence
from pathlib import Path

from unseen.diagnosing.diagnosis import BELOW, Diagnosis, Fixed
from unseen.diagnosing.differences import Difference
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.snippets import EXACT, TITLES, snippets
from unseen.evaluation.tested_on import over
from unseen.records import Interval
from unseen.text import count, listed, percent, points, span

_SCALES = {
    "raw": "0 to 255, as the file has them", "1/255": "divided by 255 (0 to 1)",
    "1/255/255": "divided by 255 twice", "1/127.5-1": "divided by 127.5, minus 1 (-1 to 1)",
    "1/127-1": "divided by 127, minus 1", "1/255-0.5": "divided by 255, minus 0.5",
    "imagenet": "divided by 255, then minus ImageNet's mean and divided by its deviation",
    "caffe": "minus the mean of each channel (the way of Caffe and VGG)",
    "standardise": "minus the photo's own mean, divided by its own deviation",
}  # fmt: skip
_ORDERS = {"rgb": "red, green, blue", "bgr": "blue, green, red (as OpenCV reads them)", "grey": "grey"}
_FITS = {
    "squash": "squashed to the square", "crop": "the middle square, cut out",
    "crop-256": "resized to 256 for 224, then the middle cut out", "letterbox": "letterboxed with black bars",
    "letterbox-grey": "letterboxed with grey bars", "letterbox-white": "letterboxed with white bars",
}  # fmt: skip
_INTERPOLATIONS = {
    "bilinear-antialias": "bilinear with antialias (Pillow's)",
    "bilinear": "bilinear without antialias (OpenCV's, tf.image's)",
    "nearest": "nearest pixel", "nearest-corner": "nearest pixel, counted from the corner (OpenCV's INTER_NEAREST)",
    "bicubic-antialias": "bicubic with antialias (Pillow's)", "bicubic": "bicubic without antialias (OpenCV's)",
    "area": "area (OpenCV's INTER_AREA)", "lanczos": "Lanczos (Pillow's)",
}  # fmt: skip
_WORDS = {"scale": _SCALES, "order": _ORDERS, "fit": _FITS, "interpolation": _INTERPOLATIONS}
_LANGUAGE = {"browser": "js"}


def part_words(part: str, value: str) -> str:
    """Return what a value of a part means: `scale`, `1/255` is 'divided by 255 (0 to 1)'."""
    return _WORDS.get(part, {}).get(value, f"{part} {value}")


def number(value: Interval) -> str:
    """Return an accuracy with its interval: '93.1% (88 to 97)'."""
    return percent(value.value) + (f" ({bounds})" if (bounds := span(value.low, value.high)) else "")


def reading_lines(reading: Reading, found: Diagnosis) -> list[tuple[str, str, str]]:
    """Return (part, its words, what does as well) for each part of the reading."""
    size, sides = f"{reading.height_px} x {reading.width_px} px", listed(found.equal.get("size", ()), 4)
    lines = [("size", size, f"as good here: {sides}" if sides else "")]
    for part in ("scale", "order", "fit", "interpolation"):
        value = getattr(reading, part)
        same = [part_words(part, other) for other in found.equal.get(part, ())]
        lines.append((part, part_words(part, value), f"as good here: {listed(same, 4)}" if same else ""))
    layout = "channels first (N, C, H, W)" if reading.layout == "nchw" else "channels last (N, H, W, C)"
    layout = {3: "grey pictures without a channel (N, H, W)", 2: "all numbers in a row (N, H * W)"}.get(
        found.rank, layout
    )
    lines.append(("layout", layout, ""))
    if found.stored:
        how = "the grey levels themselves" if reading.scale == "raw" else f"each number / {found.stored.scale:.6g}"
        moved = found.stored.least if reading.scale == "raw" else found.stored.zero
        lines.append(("stored as", f"{found.stored.dtype}: {how}{f' {moved:+d}' if moved else ''}", ""))
    return lines


def difference_words(one: Difference) -> str:
    """Return what a difference does: 'blue, green, red: 40.1%, 52 points lost'."""
    named = " and ".join(part_words(part, value) for part, value in one.parts.items())
    lost = one.points.value or 0.0
    if one.equivalent or abs(lost) < 0.005:
        return f"{named}: no difference here ({percent(one.accuracy.value)})"
    bounds = f" ({span(one.points.low, one.points.high)})" if one.points.low is not None else ""
    return f"{named}: {percent(one.accuracy.value)}, {points(lost)} {'lost' if lost > 0 else 'won'}{bounds}"


def fixed_lines(fixed: Fixed) -> list[str]:
    """Return what training ours on the same photos reaches, a sentence for each set of photos."""
    places = (
        ("of the same set that ours was not trained on (theirs may have been)", fixed.held_out),
        ("of your own, on which neither was trained", fixed.own),
    )
    lines = []
    for where, both in places:
        if both is None:
            continue
        gain = both.difference.value or 0.0
        which = (
            f"{points(abs(gain))} {'better' if gain > 0 else 'worse'}" if both.sure else "which cannot be told apart"
        )
        bounds = "" if both.difference.low is None or both.difference.high is None else (
            f", 95% interval {both.difference.low * 100:+.0f} to {both.difference.high * 100:+.0f} points "
            f"{over(both.over)}"
        )  # fmt: skip
        lines.append(
            f"Trained anew by unseen train, on {count(both.before.n, 'photo')} {where}: {number(both.after)} "
            f"right, the model as it is {number(both.before)}: {which}{bounds}."
        )
    if not lines and fixed.accuracy is not None:
        lines.append(f"Trained anew with unseen train: {number(fixed.accuracy)} of the photos held out right.")
    return lines


def headline(found: Diagnosis) -> str:
    """Return the verdict in a sentence or two."""
    measured = f"{number(found.accuracy)} of {count(found.accuracy.n, 'photo')}"
    if found.claim == "nothing":
        return (
            "No way of preparing photos makes this model clearly better than guessing "
            f"({percent(found.evidence.chance)}): the best reaches {measured}. Are these photos of its classes, are "
            "the labels right, and was the file saved after training, not before?"
        )
    weak = _weak_words(found)
    if found.reading is None:
        return f"The model prepares photos itself and answers {measured} right.{weak}"
    first = f"Prepared rightly, the model answers {measured} right.{weak}"
    first += _order_words(found)
    if found.suspect == "classes":
        return first
    if found.suspect == "preprocessing":
        first = f"{first} The way you prepare photos costs {points(found.lost)}."
    if found.worse_elsewhere and found.unlabelled:
        return f"{first} {found.unlabelled.sentence()}"
    if found.worse_elsewhere and found.own:
        return (
            f"{first} On your own photos it answers {number(found.own.accuracy)} right, prepared as rightly: the rest "
            "of the loss is the model's, not the preprocessing's."
        )
    if found.suspect == "preprocessing":
        return first
    if found.theirs is not None:
        return f"{first} The way you prepare photos is as good."
    worst = max(found.usual, key=lambda one: one.points.value or 0.0, default=None)
    if worst is not None and (worst.points.value or 0.0) > BELOW:
        return f"{first} The mistake to look for: {difference_words(worst)}."
    return first


def _weak_words(found: Diagnosis) -> str:
    """Return a warning where little is known."""
    if found.claim == "found":
        return ""
    why = "That is little"
    if found.evidence.few:
        why = f"They are {count(found.accuracy.groups, 'group')} of photos alike, such as bursts"
    return f" {why}: take what follows as a hint."


def _order_words(found: Diagnosis) -> str:
    """Return a sentence on the order of the classes where the answers alone tell it."""
    if found.how != "answers":
        return ""
    pairs = listed([f"{a} is output {b}" for a, b in zip(found.folders, found.outputs, strict=True)], 6)
    order = "are in another order than was stated" if found.order_wrong else "have no names; by its answers"
    return f" Its classes {order}: {pairs}."


def screen_lines(found: Diagnosis) -> list[str]:
    """Return what is said on the screen after the verdict."""
    lines = []
    if found.reading:
        lines += ["how it wants photos:"]
        lines += [
            f"  {part}: {words}{f' ({same})' if same else ''}"
            for part, words, same in reading_lines(found.reading, found)
        ]
    costs = found.stated or found.usual
    lines += [f"what {'your way costs' if found.stated else 'the usual mistakes cost'}:"] if costs else []
    lines += [f"  {difference_words(one)}" for one in costs]
    if found.unlabelled and found.unlabelled.sentence() not in headline(found):
        lines.append(found.unlabelled.sentence())
    if found.own:
        lines.append(f"on your own photos: {number(found.own.accuracy)}")
        lines += [f"  {difference_words(one)}" for one in found.own.differences]
    lines += found.withstands.lines() if found.withstands else []
    return lines + (fixed_lines(found.fixed) if found.fixed else [])


def answer(found: Diagnosis) -> str:
    """Return `answer.md`."""
    lines = [f"# {Path(found.model).name}: {answer_title(found)}", "", headline(found), ""]
    if found.reading is not None:
        lines += ["The model wants photos like this:", ""]
        lines += [
            f"- {part}: {words}{f' ({same})' if same else ''}"
            for part, words, same in reading_lines(found.reading, found)
        ]
        lines += [f"- inside the model already, so do not do it again: {listed(found.inside)}"] * bool(found.inside)
        lines += [
            "",
            *_table("What your way costs", found.stated),
            *_table("What the usual mistakes cost", found.usual),
        ]
        if found.own:
            lines += [f"On your own photos ({count(found.own.accuracy.n, 'photo')}): {number(found.own.accuracy)}.", ""]
            lines += _table("What they cost on your own photos", found.own.differences)
        lines += _before_and_after(found)
        lines += ["Correct lines:", ""]
        written = snippets(found.reading, found.channels, found.stored, found.rank, imports=True)
        for name, code in written.items():
            near = "" if found.reading.interpolation in EXACT[name] else " (the nearest interpolation that it has)"
            lines += [f"{TITLES[name]}{near}:", "", f"```{_LANGUAGE.get(name, 'python')}", code, "```", ""]
    lines += [found.unlabelled.sentence(), ""] if found.unlabelled else []
    if found.withstands and (tried := found.withstands.lines()):
        lines += ["What it is weak at:", "", *(f"- {line}" for line in tried), ""]
    if found.fixed and (trained := fixed_lines(found.fixed)):
        lines += ["Trained anew on the same photos:", "", *(f"- {line}" for line in trained), ""]
    apart = (
        "photos that were not used to find this"
        if found.apart
        else "the same photos, as there were too few to hold some back"
    )
    lines += [
        f"Measured with `unseen doctor`: every usual scale, channel order, fit and interpolation was tried on "
        f"{count(found.searched, 'photo')}; the numbers are of {count(found.judged, 'photo')}, {apart}. In "
        f"brackets: 95% intervals {over(None)}. If the model was trained on these photos, it will do worse on new "
        "ones.",
        "",
    ]
    return "\n".join(lines)


def _before_and_after(found: Diagnosis) -> list[str]:
    """Return the accuracy in the user's own way and in the right one, a line for each set of photos."""
    places = [("these photos", found.stated, found.accuracy)]
    places += [("your own photos", found.own.differences, found.own.accuracy)] if found.own and found.theirs else []
    rows = [
        f"- on {where}: before {number(costs[-1].accuracy)}, after {number(right)}"
        for where, costs, right in places
        if costs
    ]
    return ["Before (prepared your way) and after (prepared like this):", "", *rows, ""] if rows else []


def answer_title(found: Diagnosis) -> str:
    """Return what is wrong, in a few words."""
    return {
        "preprocessing": "the preprocessing was wrong", "classes": "the order of the classes was wrong",
        "photos": "the preprocessing is right, the photos are new to it", "nothing": "how to prepare photos for it",
        "model": "how well it can do",
    }[found.suspect]  # fmt: skip


def _table(title: str, rows: Sequence[Difference]) -> list[str]:
    if not rows:
        return []
    return [f"{title}:", "", *(f"- {difference_words(one)}" for one in rows), ""]
