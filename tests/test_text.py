import pytest

from unseen.text import count, duration, listed, percent, plural, points, printable, span


@pytest.mark.parametrize(
    ("share", "text"),
    [(None, "unknown"), (0.5, "50.0%"), (1.0, "100.0%"), (0.9999, "99.9%"), (0.0001, "0.1%"), (0.0, "0.0%")],
)
def test_percent_never_rounds_to_certainty(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.741, 0.898, "74 to 90"),
        (0.29, 0.58, "29 to 58"),
        (0.9711, 0.9789, "97.1 to 97.9"),
        (None, None, ""),
    ],
)
def test_span_rounds_outwards(low: float | None, high: float | None, text: str) -> None:
    assert span(low, high) == text


def test_counts_and_durations() -> None:
    assert [count(1, "photo"), count(1200, "photo"), count(2, "class"), count(3, "match")] == [
        "1 photo",
        "1,200 photos",
        "2 classes",
        "3 matches",
    ]
    assert [duration(s) for s in (0.42, 9.97, 59.4, 59.6, 185, 7815)] == [
        "0.4 s",
        "10 s",
        "59 s",
        "1 min 0 s",
        "3 min 5 s",
        "2 h 10 min",
    ]


def test_verbs_agree_with_the_number() -> None:
    assert [plural(1, "has", "have"), plural(0, "has", "have"), count(1, "photo stands", "photos stand")] == [
        "has",
        "have",
        "1 photo stands",
    ]


def test_long_lists_end_in_how_many_are_left_out() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abcd", 2, quoted=True) == "'a', 'b' and 2 more"
    assert listed([]) == ""


@pytest.mark.parametrize(("difference", "text"), [(0.01, "1 point"), (-0.025, "2.5 points"), (0.1234, "12 points")])
def test_points_of_a_difference(difference: float, text: str) -> None:
    assert points(difference) == text


def test_what_would_steer_a_terminal_is_escaped_and_other_text_is_kept() -> None:
    kept = "\u043f\u0440\u0438\u0432\u0435\u0442 \U0001f44b\U0001f3fd\u200d\u2642 na\u00efve\u00a0\u202f.jpg"
    assert printable(kept) == kept
    assert printable("a\n\x1b[2J\r\u2028b\udce9\x85") == r"a\n\x1b[2J\r\u2028b\udce9\x85"
