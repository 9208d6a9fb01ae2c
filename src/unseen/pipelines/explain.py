"""Explain answers: `unseen explain RUN PHOTOS...`; no torch."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from unseen.errors import UnreadablePhoto, UnseenError
from unseen.explanation.explained import Explained, Explanation
from unseen.explanation.explaining_predictor import ExplainingPredictor
from unseen.pipelines.stages.listed_photos import listed_photos
from unseen.records import AskedHand, Rejected
from unseen.runs import write_text


def explain(
    run: Path,
    photos: Sequence[Path],
    label: str | None = None,
    thorough: bool = False,
    page: Path | None = None,
    hand: AskedHand | None = None,
) -> Explained:
    """Explain the answer of `run` for each of `photos`, files or folders; write `page`, an HTML file, where named.

    label: the right answer for all of them; without it, a folder that is named like a class states its photos'.
    thorough: try every change. hand: of two hands in a photo, the one that is meant.
    """
    predictor = ExplainingPredictor(run, hand=hand)
    called, rejected = listed_photos(photos)
    found: list[Explanation] = []
    for path, name in called.items():
        stated = label if label is not None else _folder_label(path, photos, predictor.classes)
        try:
            found.append(replace(predictor.explain(path, stated, thorough), path=name))
        except UnreadablePhoto as error:
            rejected.append(Rejected(name, str(error)))
    if not found:
        raise UnseenError(
            f"none of the {len(called) + len(rejected)} files can be used: name photos, or a folder of them"
        )
    explained = Explained(tuple(found), tuple(rejected))
    if page is not None:
        from unseen.report.explain_page import explain_page
        from unseen.report.page import render

        write_text(page, render(explain_page(run.resolve().name, explained)))
    return explained


def _folder_label(path: Path, photos: Sequence[Path], classes: tuple[str, ...]) -> str | None:
    """Return the class that the photo's folder is named after, of a photo in a folder that was named."""
    return None if path in photos or path.parent.name not in classes else path.parent.name
