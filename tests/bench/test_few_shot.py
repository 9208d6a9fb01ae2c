from collections import Counter
from pathlib import Path

from PIL import Image

from bench.few_shot import draw
from bench.pairs import Pair
from unseen.runs import read_rows


def test_more_photos_hold_the_fewer_and_another_draw_holds_others(tmp_path: Path) -> None:
    for label in ("one", "two", "left out"):
        for i in range(12):
            photo = tmp_path / "data" / "here" / label / f"{i}.png"
            photo.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8)).save(photo)
    pair = Pair("here", "there", ("one", "two"))

    def drawn(photos: int, seed: int) -> list[dict[str, str]]:
        trial = draw(pair, tmp_path / "data", photos, seed, tmp_path / "out")
        assert trial.test == tmp_path / "data" / "there"
        return read_rows(trial.train)

    few, more = drawn(4, 0), drawn(8, 0)
    assert Counter(row["label"] for row in few) == {"one": 4, "two": 4}
    assert {row["path"] for row in few} < {row["path"] for row in more}
    assert {row["path"] for row in drawn(4, 1)} != {row["path"] for row in few}
