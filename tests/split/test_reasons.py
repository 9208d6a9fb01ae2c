from unseen.split.reasons import clock_reasons, equal_reasons, linked_reasons, round_reasons, single_reasons


def test_links_are_counted_as_groups() -> None:
    reason = linked_reasons("burst", [(1, 2), (2, 3), (8, 9), (3, 1)], "frames")[0]
    assert (reason.photos, reason.groups, reason.text) == (5, 2, "5 photos in 2 groups of frames")


def test_equal_files_are_counted() -> None:
    reason = equal_reasons(["a", "b", "a", "c", "c", "c"])[0]
    assert (reason.photos, reason.groups) == (5, 2)
    assert equal_reasons(["a", "b"]) == []


def test_rounds_are_counted_and_say_what_they_are_taken_for() -> None:
    reason = round_reasons(["IMG_1 to IMG_3"] * 3 + [None] + ["IMG_4 to IMG_5"] * 2)[0]
    assert (reason.kind, reason.photos, reason.groups) == ("name", 5, 2)
    assert reason.text == (
        "5 photos in 2 rounds of the camera's counter through the classes (such as IMG_1 to IMG_3):"
        " taken for one person each"
    )


def test_bursts_by_the_clock_come_before_clocks_that_were_not_used() -> None:
    used, doubt = clock_reasons(["a", "a", None, "b", "b", "b"], ["no clock"], 20.0)
    assert (used.kind, used.photos, used.groups) == ("burst", 5, 2)
    assert used.text == "5 photos in 2 bursts by the camera's clock (at most 20 s apart)"
    assert (doubt.photos, doubt.groups, doubt.text) == (0, 0, "no clock")


def test_nothing_to_say() -> None:
    assert clock_reasons([None, None], [], 20.0) == []
    assert round_reasons([None, None]) == []
    assert linked_reasons("burst", [], "frames") == []
    assert single_reasons(0) == []
    assert single_reasons(1)[0].text.startswith("1 photo stands alone")
