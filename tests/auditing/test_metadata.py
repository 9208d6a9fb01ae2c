import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.auditing.planted_facts import facts, photo_set, sharp
from unseen.auditing.findings import Finding
from unseen.auditing.metadata import metadata_findings
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.photos.decode import decode_with_header
from unseen.photos.header import header_columns
from unseen.probes.held_out import one_hot
from unseen.probes.permute import BlockShuffle
from unseen.records import Int64Array, Photo, PhotoSet


def varied(n: int, seed: int = 0) -> Facts:
    """Facts that differ from photo to photo and know nothing of labels."""
    rng = np.random.default_rng(seed)
    return facts(
        n,
        brightness=rng.uniform(80, 160, n).astype(np.float32),
        colours=rng.dirichlet(np.ones(8), (n, 3)).reshape(n, 24).astype(np.float32),
        width=rng.integers(300, 400, n).astype(np.int32),
        height=rng.integers(300, 400, n).astype(np.int32),
        jpeg_quality=rng.integers(70, 96, n).astype(np.float32),
    )


def told(labels: Int64Array, found: Facts, groups: list[str], names: list[str] | None = None) -> dict[str, Finding]:
    photos = photo_set([f"c{label}" for label in labels], names)
    return {finding.kind: finding for finding in metadata_findings(photos, found, groups, 0)}


def single(n: int) -> list[str]:
    return [f"g{i}" for i in range(n)]


@pytest.mark.parametrize("seed", range(6))
def test_facts_that_know_nothing_are_silent(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 2 + seed, 300)
    names = [f"{i:04d}.jpg" for i in np.random.default_rng(seed).permutation(300)]
    assert told(labels, varied(300, seed), single(300), names) == {}
    assert told(labels, varied(300, seed), [f"s{i // 30}" for i in range(300)], names) == {}


def test_jpeg_quality_of_real_files_gives_the_class_away(tmp_path: Path) -> None:
    pixels = [sharp(i, 80, 80) for i in range(80)]
    for shuffled in (False, True):
        photos = []
        for i, photo in enumerate(pixels):
            of_a = i % 2 == 0
            low = bool(np.random.default_rng(i).integers(0, 2)) if shuffled else of_a
            stream = io.BytesIO()
            Image.fromarray(photo[..., :3]).save(stream, "JPEG", quality=30 if low else 95)
            file = tmp_path / f"{shuffled}{i}.jpg"
            file.write_bytes(stream.getvalue())
            photos.append(Photo(file.name, file, "A" if of_a else "B"))
        planted = PhotoSet(tuple(photos), (), ("A", "B"))
        headers = header_columns([decode_with_header(photo.file, 80)[1] for photo in photos])
        facts = measure_facts(planted, pixels, headers=headers)
        found: dict[str, Finding] = {f.kind: f for f in metadata_findings(planted, facts, single(80), 0)}
        if shuffled:
            assert found == {}
        else:
            assert set(found) == {"shortcut-compression"}
            assert found["shortcut-compression"].value == 1
            assert found["shortcut-compression"].severity == 0.9
            assert found["shortcut-compression"].details["chance_level"] == pytest.approx(0.5, abs=0.02)


def test_sizes_that_differ_by_class_are_found_and_shuffled_ones_are_not() -> None:
    labels = np.arange(240) % 3
    width = np.array([300, 420, 360], np.int32)[labels]  # not in the order of the classes
    planted = told(labels, replace(varied(240), width=width, height=width), single(240))
    assert set(planted) == {"shortcut-size"}
    assert planted["shortcut-size"].value == 1
    mixed = np.random.default_rng(0).permutation(width)
    assert told(labels, replace(varied(240), width=mixed, height=mixed), single(240)) == {}


@pytest.mark.parametrize("kind", ["brightness", "colour", "aspect"])
def test_each_family_is_named(kind: str) -> None:
    labels = np.arange(200) % 2
    plain = varied(200)
    if kind == "brightness":
        changed = replace(plain, brightness=(plain.brightness + 100 * labels).astype(np.float32))
    elif kind == "colour":
        colours = plain.colours.copy()
        colours[labels == 1, 9] += 0.5
        changed = replace(plain, colours=colours)
    else:
        changed = replace(plain, height=(plain.width * np.where(labels == 1, 2, 1)).astype(np.int32))
    found = told(labels, changed, single(200))
    assert f"shortcut-{kind}" in found
    assert set(found) <= {f"shortcut-{kind}", "shortcut-size"}
    assert found[f"shortcut-{kind}"].details["held_out"] == "groups"


def test_classes_photographed_one_after_the_other_are_told_by_their_names() -> None:
    labels = np.repeat([1, 0, 2], 80)
    names = [f"IMG_{1000 + i}.jpg" for i in range(240)]
    assert set(told(labels, facts(240), single(240), names)) == {"shortcut-name"}
    found = told(labels, replace(facts(240), taken=1.7e9 + 60 * np.arange(240, dtype=np.float64)), single(240))
    assert "shortcut-name" in found


def test_light_that_changes_with_the_session_alone_is_no_proof() -> None:
    rng = np.random.default_rng(1)
    session = np.repeat(np.arange(12), 25)
    labels = session % 2  # one class a session
    light = rng.uniform(60, 180, 12)[session] + rng.normal(0, 2, 300)
    found = replace(facts(300), brightness=light.astype(np.float32))
    assert told(labels, found, [f"s{s}" for s in session]) == {}
    assert "shortcut-brightness" in told(labels, found, single(300))  # as it would look with photos held out


def test_with_too_few_groups_photos_are_held_out_and_it_says_so() -> None:
    labels = np.arange(100) % 2
    found = replace(facts(100), jpeg_quality=np.where(labels == 1, 30, 95).astype(np.float32))
    said = told(labels, found, [f"class{label}" for label in labels])["shortcut-compression"]
    assert said.details["held_out"] == "photos"
    assert "too few groups" in said.headline
    assert "groups held out" in told(labels, found, single(100))["shortcut-compression"].headline


def test_few_photos_one_class_or_none_are_silent() -> None:
    assert told(np.arange(10) % 2, varied(10), single(10)) == {}
    assert told(np.zeros(100, np.int64), varied(100), single(100)) == {}
    assert told(np.zeros(0, np.int64), varied(0), []) == {}


def test_three_thousand_photos_take_seconds_and_the_same_seed_says_the_same() -> None:
    labels = np.arange(3000) % 20
    plain = varied(3000)
    colours = plain.colours.copy()
    colours[np.arange(3000), labels] += 0.3  # planted, so that the permutations are run
    planted = replace(plain, colours=colours)
    start = time.process_time()
    first = told(labels, planted, single(3000))
    assert time.process_time() - start < 6
    assert set(first) == {"shortcut-colour"}
    assert first == told(labels, planted, single(3000))


def test_a_large_set_is_sampled_and_still_told() -> None:
    labels = np.arange(20_000) % 2
    found = replace(facts(20_000), jpeg_quality=np.where(labels == 1, 30, 95).astype(np.float32))
    said = told(labels, found, [f"s{i // 10}" for i in range(20_000)])["shortcut-compression"]
    assert said.value == 1
    assert 4000 <= said.details["asked"] <= 4020


def test_one_hot_bins_hold_equal_numbers_and_keep_the_unknown_apart() -> None:
    column = np.r_[np.arange(800.0), np.full(100, np.nan)]
    bins = one_hot(np.stack([column, np.ones(900)], axis=1))  # a constant column says nothing
    assert bins.shape == (900, 9)
    assert bins.sum(axis=0).tolist() == [100] * 9
    assert (bins.sum(axis=1) == 1).all()


def test_blocks_stay_whole_when_labels_are_shuffled() -> None:
    labels = np.repeat(np.arange(12) % 3, 5)
    groups = [f"s{i // 5}" for i in range(60)]  # pure groups of five
    shuffle = BlockShuffle(labels, groups)
    assert shuffle.by_block
    drawn = [shuffle.draw(np.random.default_rng(seed)) for seed in range(20)]
    assert all((d.reshape(12, 5) == d.reshape(12, 5)[:, :1]).all() for d in drawn)
    assert all((np.bincount(d) == np.bincount(labels)).all() for d in drawn)
    assert any((d != labels).any() for d in drawn)
    mixed = BlockShuffle(np.tile(np.arange(6).repeat(2), 8), [f"s{i // 12}" for i in range(96)])
    inside = mixed.draw(np.random.default_rng(0)).reshape(8, 12)
    assert all(sorted(row) == sorted(np.arange(6).repeat(2)) for row in inside.tolist())


def test_photos_are_shuffled_where_blocks_leave_too_few_labellings() -> None:
    labels = np.repeat([0, 1], 50)
    shuffle = BlockShuffle(labels, ["a"] * 50 + ["b"] * 50)
    assert not shuffle.by_block
    assert 10 < shuffle.draw(np.random.default_rng(0))[:50].sum() < 40
