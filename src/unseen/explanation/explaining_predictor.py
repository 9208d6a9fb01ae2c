"""Load a bundle that also says why: `Predictor` with `explain`."""

import csv
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unseen.errors import BadBundle
from unseen.explanation.activation_map import HeadLayers, Looked, looked_at, read_head
from unseen.explanation.coverage import Coverage, find_coverage
from unseen.explanation.explain_photo import Answered, explain_answers
from unseen.explanation.explained import Channel, Explanation, Input, Pose
from unseen.explanation.hand_difference import in_palm
from unseen.explanation.joint_replay import replay_joints
from unseen.explanation.known_training import Known, see
from unseen.explanation.places import Box, moved_box
from unseen.explanation.refusal import with_refusal
from unseen.explanation.try_replays import Changed
from unseen.export.bundle import ACTIVATIONS, GRAPH, INPUT, OUTPUTS, REGIONS, find_bundle
from unseen.inference.asked_hand import JOINTS, AskedHandSession, asked_session
from unseen.inference.behind_locator import BehindLocator, behind_locator
from unseen.inference.model import can_be_extended
from unseen.inference.predictor import Predictor
from unseen.inference.unknown import Unknown
from unseen.paths import READY
from unseen.photos.any_photo import open_any
from unseen.photos.decode import decode_with_header
from unseen.photos.header import Header
from unseen.photos.working_size import reduce_photo
from unseen.records import AskedHand, Float32Array, Uint8Array

if TYPE_CHECKING:
    from unseen.inference.predictor import Photo

# Turns of EXIF, undone: counter-clockwise quarter turns, then mirrored.
_AS_STORED = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (1, False), 7: (3, True), 8: (3, False)}


class ExplainingPredictor(Predictor):
    """A loaded bundle. Everything of it works as in `Predictor`."""

    def __init__(
        self, path: str | Path, threads: int = 0, unknown: Unknown = "auto", hand: AskedHand | None = None
    ) -> None:
        """Load a bundle, or a ready model, as `Predictor` does."""
        super().__init__(path, threads, unknown, hand)
        self._path, self._threads = Path(path), threads

    @property
    def finds_hands(self) -> bool:
        """Say whether it can be asked for one of two hands."""
        return self._region_shapes.get(REGIONS[1]) == (JOINTS, 2)

    def asking(self, hand: AskedHand) -> "ExplainingPredictor":
        """Return the same model as it answers for one of two hands; both share the session."""
        other = copy(self)
        plain = self._session.plain if isinstance(self._session, AskedHandSession) else self._session
        other._session = asked_session(plain, hand)
        return other

    @cached_property
    def _coverage(self) -> Coverage | None:
        return find_coverage(self._path)

    @cached_property
    def _paths(self) -> dict[int, str]:
        return _paths_of(find_bundle(self._path).parent / "split.csv") if self._coverage else {}

    def explain(self, photo: "Photo", label: str | None = None, thorough: bool = False) -> Explanation:
        """Explain the answer for one photo in any form; label: the right answer, where it is known.

        thorough: replay every change, not only those that the photo makes likely.
        """
        pixels, header = self._open_with_header(photo)
        if isinstance(self._session, AskedHandSession):  # once, before it is mirrored and turned
            pixels = self._session.shown(np.ascontiguousarray(pixels[None, ..., :3]))[0]
        coverage = self._coverage
        known = coverage.known if coverage else Known()
        first = self._outputs(pixels)
        logits, features = first[OUTPUTS[1]][0], first[OUTPUTS[2]][0]
        box, joints = _region(first)
        stored = as_stored(pixels, header.orientation) if header else None
        seen = see(pixels, known, box, stored, header.jpeg_quality if header else None)
        covered = coverage.covered(features, self.classes, self._paths) if coverage else None
        doubts = self.unknown(first[OUTPUTS[1]], first[OUTPUTS[2]], first.get(REGIONS[2]))
        doubt = None if doubts is None else float(doubts[0])
        refused = doubts is not None and float(doubts[0]) > self.unknown_at

        def ask(changed: Sequence[Changed]) -> Float32Array:
            return self._refusing(changed) if refused else self._logits_after(changed, seen.photo, box, joints)

        answer = with_refusal(logits[None], doubts, self.unknown_at)[0] if doubts is not None and refused else logits
        answered = Answered(self.classes, answer, ask, covered, can_be_extended(self), refused)
        found = explain_answers(answered, seen, label, known, thorough)
        looked = self._looked(features, first.get(ACTIVATIONS), int(logits.argmax()))
        lacks = {"how near training comes to the photo": coverage, "where it looked": looked}
        return replace(
            found,
            path=str(photo) if isinstance(photo, str | Path) else "",
            joints=joints,
            given=self._given(first[OUTPUTS[3]][0]),
            looked=looked.at if looked else None,
            pose=self._pose(looked, joints, features, pixels, found),
            missing=tuple(name for name, value in lacks.items() if value is None),
            unknown=doubt,
            nameless=refused,
        )

    def _outputs(self, pixels: Uint8Array) -> dict[str, Any]:
        """Return every output of the graph for one photo."""
        photo = reduce_photo(np.ascontiguousarray(pixels[..., :3]), self.facts.decode_side_px)
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, {INPUT: photo[None]}), strict=True))

    @cached_property
    def _behind_locator(self) -> BehindLocator | None:
        if str(self._path).startswith(READY):
            from unseen.inference.ready import ready_model  # which reads weights

            graph = ready_model(str(self._path))[1]
        else:
            graph = (find_bundle(self._path) / GRAPH).read_bytes()
        cut = behind_locator(graph)
        return BehindLocator(*cut, self.facts.decode_side_px, self._threads) if cut else None

    def _logits_after(
        self, changed: Sequence[Changed], photo: Uint8Array, box: Box | None, joints: Float32Array | None
    ) -> Float32Array:
        """Return logits (N, C) of a photo after replays.

        Where the subject was found for sure it is not looked for again after a change that leaves it in sight. In a
        photo whose parts are looked at one by one that takes up to ten times as long.
        """
        looked_for, placed, boxes = list(range(len(changed))), list[int](), list[Box]()
        if box is not None and joints is not None and self._behind_locator is not None:
            places = [replay.places for replay, _ in changed]
            looked_for = [i for i, moved in enumerate(places) if moved is None]
            for i, moved in enumerate(places):
                if moved is not None:
                    placed.append(i)
                    boxes.append(moved_box(box, joints, moved, photo.shape, changed[i][1].shape))
        rows = np.empty((len(changed), len(self.classes)), np.float32)
        if looked_for:
            rows[looked_for] = self.logits([changed[i][1] for i in looked_for])
        if placed and self._behind_locator is not None:
            rows[placed] = self._behind_locator.logits([changed[i][1] for i in placed], boxes)
        return rows

    def _refusing(self, changed: Sequence[Changed]) -> Float32Array:
        """Return logits (N, C + 1) of a photo after replays, see `with_refusal`; a hand that is not found counts."""
        outputs = self.run([pixels for _, pixels in changed])
        doubts = self.unknown(outputs.logits, outputs.features, outputs.regions.scores if outputs.regions else None)
        assert doubts is not None
        return with_refusal(outputs.logits, doubts, self.unknown_at)

    @cached_property
    def _head(self) -> HeadLayers | None:
        with suppress(BadBundle):
            return read_head(find_bundle(self._path))
        return None

    def _looked(self, features: Float32Array, activations: Float32Array | None, answer: int) -> Looked | None:
        if activations is None or self._head is None:
            return None
        return looked_at(self._head, features, activations[0], answer)

    def _pose(
        self,
        looked: Looked | None,
        joints: Float32Array | None,
        features: Float32Array,
        pixels: Uint8Array,
        found: Explanation,
    ) -> Pose | None:
        if joints is None:
            return None
        pose = Pose(looked.pose_share if looked else None, looked.fingers if looked else {})
        if self._coverage is None or found.target in (None, found.label):
            return pose
        target = self.classes.index(str(found.target))
        chosen = self._coverage.of_class(target, self._head.logits if self._head else None)
        if not len(chosen):
            return pose
        hand = in_palm(joints, pixels.shape[1] / pixels.shape[0])
        differs = None if hand is None else self._coverage.difference(hand, chosen)
        like = differs.near if differs else int(chosen[self._coverage.apart(features[None])[0, chosen].argmin()])
        replayed = None
        if self._head is not None and looked is not None:
            others = self._coverage.network_features(np.array([like]))[0]
            replayed = replay_joints(self._head, features, others, target, looked.pixels)
        near = self._paths.get(int(self._coverage.rows[like]), "")
        return replace(pose, difference=differs, replayed=replayed, near=near)

    def _open_with_header(self, photo: object) -> tuple[Uint8Array, Header | None]:
        side_px = self.facts.decode_side_px
        if isinstance(photo, str | Path):
            return decode_with_header(Path(photo), side_px)
        if isinstance(photo, bytes):
            return decode_with_header(photo, side_px)
        return open_any(photo, side_px), None

    def _given(self, pixels: Uint8Array) -> Input:
        values = pixels.reshape(-1, 3).astype(np.float32)
        mean, std = (np.array(numbers, np.float32) for numbers in (self.facts.mean, self.facts.std))
        after: Float32Array = (values - mean) / std
        return Input(pixels, _channels(values), _channels(after))


def _region(found: Mapping[str, Any]) -> tuple[Box | None, Float32Array | None]:
    """Return box and keypoints of one photo; `None` where nothing was found, or the bundle does not say."""
    boxes, keypoints = (found.get(name) for name in REGIONS[:2])
    if boxes is None or not np.isfinite(boxes[0]).all():
        return None, None
    left, top, right, bottom = map(float, boxes[0])
    if keypoints is None or not np.isfinite(keypoints[0]).all():  # of what is only suspected joints are not told
        return (left, top, right, bottom), None
    return (left, top, right, bottom), keypoints[0]


def _paths_of(table: Path) -> dict[int, str]:
    """Return the photos of a run by their row in split.csv; empty where the bundle came without it."""
    if not table.is_file():
        return {}
    with table.open(newline="", encoding="utf-8") as stream:
        return {row: line["path"] for row, line in enumerate(csv.DictReader(stream))}


def as_stored(photo: Uint8Array, orientation: int | None) -> Uint8Array | None:
    """Return an upright photo as its file stores it; `None` where EXIF does not turn it."""
    if orientation not in _AS_STORED:
        return None
    turns, mirrored = _AS_STORED[orientation]
    turned = np.rot90(photo[..., :3], turns)
    return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)


def _channels(values: Float32Array) -> tuple[Channel, ...]:
    return tuple(Channel(float(one.min()), float(one.max()), float(one.mean()), float(one.std())) for one in values.T)
