"""What two rooms keep of a bundle's photos lies in one file, and neither loses the other's."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.estimation.planted import reference
from unseen.errors import BadBundle, UnseenError
from unseen.inference.photo_index import FILE, read_section, write_section
from unseen.inference.reference import OLD_FILE, read_reference


def test_sections_lie_beside_each_other(tmp_path: Path) -> None:
    assert read_section(tmp_path, "one") is None
    write_section(tmp_path, "one", {"a": np.arange(3)}, "said")
    write_section(tmp_path, "two", {"a": np.ones((2, 2), np.float16)})
    write_section(tmp_path, "one", {"b": np.arange(4)}, "again")
    one, two = read_section(tmp_path, "one"), read_section(tmp_path, "two")
    assert one is not None
    assert two is not None
    assert (list(one[0]), one[1], one[0]["b"].tolist()) == (["b"], "again", [0, 1, 2, 3])
    assert two[0]["a"].dtype == np.float16
    assert two[1] == ""
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    sections = {"one": np.arange(3), "two": np.arange(5)}
    for folder, order in (("first", sections), ("second", reversed(sections))):
        for section in order:
            write_section(tmp_path / folder, section, {"a": sections[section]}, section)
    assert (tmp_path / "first" / FILE).read_bytes() == (tmp_path / "second" / FILE).read_bytes()


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"{" * 40)
    with pytest.raises(BadBundle, match="train again"):
        read_section(tmp_path, "one")


def test_a_reference_is_found_again_and_one_of_an_older_run_too(tmp_path: Path) -> None:
    known = reference()
    known.save(tmp_path)
    found = read_reference(tmp_path)
    assert found is not None
    assert found.whiten.dtype == np.float32
    np.testing.assert_allclose(found.whiten, known.whiten, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(found.logits, known.logits)
    older = tmp_path / "older"
    older.mkdir()
    assert read_reference(older) is None
    with (older / OLD_FILE).open("wb") as stream:
        np.savez(stream, allow_pickle=False, **{one.name: getattr(known, one.name) for one in fields(known)})
    found = read_reference(older)
    assert found is not None
    np.testing.assert_array_equal(found.whiten, known.whiten)
    (older / OLD_FILE).write_bytes(b"nothing")
    with pytest.raises(UnseenError, match=r"reference\.npz cannot be read"):
        read_reference(older)
