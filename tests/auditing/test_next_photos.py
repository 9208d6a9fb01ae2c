from dataclasses import replace
from typing import Any

import numpy as np

from tests.auditing.planted_facts import photo_set
from unseen.auditing.class_balance import balance_findings
from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.auditing.next_photos import CONDITIONS, SENTENCES, next_photos
from unseen.auditing.set_comparison import compare_facts, comparison_findings
from unseen.auditing.set_shifts import FACTS, SetFacts
from unseen.records import Grouping


def finding(kind: str, severity: float = 0.5, value: float | None = None, **details: Any) -> Finding:
    return Finding(kind, severity, "", "", value, Unit.NONE, 3, 10, ("a/1.jpg", "a/2.jpg", "a/3.jpg"), details=details)


def test_nothing_is_wished_for_where_nothing_is_missing() -> None:
    assert next_photos([]) == ()
    assert (
        next_photos(
            [
                finding(FindingKind.EXACT_DUPLICATES),
                finding(FindingKind.LABEL_CONFLICT),
                finding(FindingKind.LEAK_GROUP),
            ]
        )
        == ()
    )


def test_the_class_with_one_person_is_wished_for_by_name() -> None:
    labels = ["fist"] * 24 + ["palm"] * 24
    people = ["ann"] * 24 + [f"person{i % 6}" for i in range(24)]
    photos = photo_set(labels, groups=people)
    sentences = [wish.sentence for wish in next_photos(balance_findings(photos, Grouping(tuple(people), ())))]
    assert (
        "Photograph 'fist' with another person or in another room, because all its photos come from one group ('ann')."
    ) in sentences
    assert not any("'palm'" in sentence for sentence in sentences)


def test_few_photos_and_uneven_classes_are_wished_for_in_numbers() -> None:
    labels = ["fist"] * 8 + ["palm"] * 60
    photos = photo_set(labels)
    grouping = Grouping(tuple(f"person{i % 8}" for i in range(68)), ())
    sentences = {wish.sentence for wish in next_photos(balance_findings(photos, grouping))}
    assert any(text.startswith("Take 12 more photos of 'fist' at least") for text in sentences)
    assert any(text.startswith("Take about 52 more photos of 'fist'") for text in sentences)


def test_people_are_wished_for_until_there_are_five() -> None:
    labels = ["fist", "palm"] * 40
    grouping = Grouping(tuple("ann" if i < 40 else "bob" for i in range(80)), ())
    (wish,) = [
        w for w in next_photos(balance_findings(photo_set(labels), grouping)) if w.kind == FindingKind.FEW_GROUPS
    ]
    assert wish.sentence.startswith("Photograph every class with 3 more people")
    assert "2 groups" in wish.sentence


def test_the_light_of_the_other_set_is_wished_for() -> None:
    groups = tuple(f"g{i // 4}" for i in range(80))
    light = np.random.default_rng(0).normal(140, 10, 80).astype(np.float32)
    ours = SetFacts("the training photos", tuple(f"a/{i}" for i in range(80)), groups, {"brightness": light})
    dark = SetFacts("your photos", tuple(f"b/{i}" for i in range(80)), groups, {"brightness": light - 80})
    (wish,) = next_photos(comparison_findings(compare_facts(ours, dark, 0)))
    assert wish.sentence.startswith(
        "Take training photos in weaker light, because the photos to be recognised are darker"
    )
    assert "instead of 14" in wish.sentence


def test_the_worst_comes_first_and_one_wish_is_told_once() -> None:
    told = next_photos(
        [
            finding(FindingKind.ONE_BACKGROUND, 0.3),
            finding(FindingKind.SHORTCUT_BRIGHTNESS, 0.4),
            finding(FindingKind.SHORTCUT_COLOUR, 0.6),
            finding(FindingKind.BACKGROUND_SHORTCUT, 0.9, value=0.98),
        ]
    )
    assert [(wish.kind, wish.weight) for wish in told] == [
        (FindingKind.BACKGROUND_SHORTCUT, 0.9),
        (FindingKind.SHORTCUT_COLOUR, 0.6),
        (FindingKind.ONE_BACKGROUND, 0.3),
    ]
    assert "98% of the labels" in told[0].sentence


def test_uncovered_photos_are_named() -> None:
    (wish,) = next_photos([finding(FindingKind.OUTSIDE_COVERAGE)])
    assert "(such as a/1.jpg and a/2.jpg)" in wish.sentence
    assert "3 of 10" in wish.sentence


def test_every_wish_is_one_sentence_with_a_reason() -> None:
    details: dict[str, Any] = {"group": {"fist": "ann"}, "photos": {"fist": 3, "palm": 90}}
    for kind in SENTENCES:
        for wish in next_photos([finding(kind, value=2.0, **details)]):
            assert wish.sentence.endswith(".")
            assert ", because " in wish.sentence
    assert set(CONDITIONS) <= {fact.kind for fact in FACTS.values()}


def test_new_sessions_are_wished_for_where_sessions_are_known() -> None:
    told = replace(finding(FindingKind.BURSTS, value=3.0), unit=Unit.SESSIONS)
    assert "10 photos are only 3 sessions" in next_photos([told])[0].sentence
    assert next_photos([replace(told, unit=Unit.BURSTS)]) == ()
