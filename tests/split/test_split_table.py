from dataclasses import replace
from pathlib import Path

import pytest

from unseen.errors import UnseenError
from unseen.records import Part, Rejected, Split
from unseen.split.split_table import apply_table, read_table, state_groups, state_groups_by_pattern, write_split

from .scenes import photos

PATHS = ["A/anna_1.jpg", "A/anna, two.jpg", "B/ben_1.jpg", "B/ben_2.jpg"]
PHOTOS = photos(PATHS)


def rows(**changes: str) -> list[dict[str, str]]:
    made = [{"path": path, "label": path[0], "group": f"g{i}", "part": "train"} for i, path in enumerate(PATHS)]
    made[1] |= changes
    return made


def test_a_written_split_comes_back(tmp_path: Path) -> None:
    parts: tuple[Part, ...] = ("train", "test", "validation", "train")
    split = Split(parts, ("g,0", "g1", "é", "g3"))
    write_split(tmp_path / "split.csv", PHOTOS, split)
    assert (tmp_path / "split.csv").read_text(encoding="utf-8").splitlines()[:2] == [
        "path,label,group,part",
        'A/anna_1.jpg,A,"g,0",train',
    ]
    assert apply_table(PHOTOS, read_table(tmp_path / "split.csv", ("path", "part"))) == split


def test_rows_may_come_in_any_order_without_labels_and_groups() -> None:
    table = [
        {"path": path, "part": part}
        for path, part in zip(PATHS[::-1], ["test", "Train ", "train", "train"], strict=True)
    ]
    split = apply_table(PHOTOS, table)
    assert split.parts == ("train", "train", "train", "test")
    assert split.groups == tuple(PATHS)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (rows(path="A/gone.jpg"), r"^row 3 of the split: 'A/gone.jpg' is no photo of this set"),
        (rows(path="A/anna_1.jpg"), r"^row 3 of the split: 'A/anna_1.jpg' has a row already"),
        (rows(part="dev"), r"^row 3 of the split: 'dev' is not a part: use train, validation, test$"),
        (rows(label="B"), r"^row 3 of the split labels 'A/anna, two.jpg' 'B', the photos say 'A'"),
        (rows()[1:], r"^1 photo without a row in the split \(such as A/anna_1.jpg\)"),
    ],
)
def test_a_broken_table_is_one_line(table: list[dict[str, str]], message: str) -> None:
    with pytest.raises(UnseenError, match=message) as caught:
        apply_table(PHOTOS, table)
    assert "\n" not in str(caught.value)


def test_a_row_of_a_photo_rejected_since_is_passed_over() -> None:
    photo_set = replace(PHOTOS, rejected=(Rejected("A/broken.jpg", "truncated"),))
    table = [*rows(), {"path": "A/broken.jpg", "part": "train"}]
    assert apply_table(photo_set, table).parts == ("train",) * 4


def test_a_table_from_a_spreadsheet_is_read(tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_text("path;group\r\nA/anna_1.jpg;anna\r\n", encoding="utf-8-sig")
    assert read_table(file, ("path", "group")) == [{"path": "A/anna_1.jpg", "group": "anna"}]


@pytest.mark.parametrize(
    ("text", "message"), [("path,person\na,b\n", "no column 'group'"), ("path,group\n", "no rows")]
)
def test_a_table_without_what_is_needed_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(UnseenError, match=message):
        read_table(tmp_path / "g.csv", ("path", "group"))


def test_groups_are_stated_by_path_and_by_pattern() -> None:
    stated = state_groups(PHOTOS, [{"path": "A/anna*", "group": "anna"}, {"path": "B/ben_2.jpg", "group": "ben"}])
    assert [photo.group for photo in stated.photos] == ["anna", "anna", None, "ben"]
    later = state_groups(stated, [{"path": "*", "group": "all"}, {"path": "B/ben_1.jpg", "group": "one"}])
    assert [photo.group for photo in later.photos] == ["all", "all", "one", "all"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"path": "C/x.jpg", "group": "g"}, r"row 2 of the groups: no photo is named 'C/x.jpg'"),
        ({"path": "C/*", "group": "g"}, r"no photo is named 'C/\*'"),
        ({"path": "A/anna_1.jpg", "group": " "}, r"'A/anna_1.jpg' has no group"),
    ],
)
def test_groups_for_nothing_are_refused(row: dict[str, str], message: str) -> None:
    with pytest.raises(UnseenError, match=message):
        state_groups(PHOTOS, [row])


def test_groups_by_regular_expression() -> None:
    assert [p.group for p in state_groups_by_pattern(PHOTOS, r"/(\w+?)[_,]").photos] == ["anna", "anna", "ben", "ben"]
    assert [p.group for p in state_groups_by_pattern(PHOTOS, r"ben").photos] == [None, None, "ben", "ben"]
    with pytest.raises(UnseenError, match="no regular expression"):
        state_groups_by_pattern(PHOTOS, "(")
    with pytest.raises(UnseenError, match="matches no path"):
        state_groups_by_pattern(PHOTOS, "zoe")
