import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from unseen.masks import mask_store as module
from unseen.masks.mask import Mask
from unseen.masks.mask_store import MatteStore


def _matte(value: int, sure: float = 1.0) -> Mask:
    return Mask(np.full((30, 40), value, np.uint8), sure, "border")


def _keep(folder: Path, key: str, matte: Mask) -> None:
    with closing(MatteStore(folder)) as store:
        store.add(key, matte)


def test_what_was_added_is_known_to_the_next_process(tmp_path: Path) -> None:
    with closing(MatteStore(tmp_path)) as store:
        added = [store.add("a", _matte(7)), store.add("b", _matte(9)), store.add("c", _matte(1, sure=0.2))]
    with closing(MatteStore(tmp_path)) as store:
        known = store.known(["a", "b", "c", "d"])
    assert list(known.values()) == added
    assert (tmp_path / str(known["b"].pack)).read_bytes()[known["b"].at :] == bytes([9]) * 1200
    assert known["c"].pack is None  # an unusable alpha takes no room


def test_what_was_not_committed_is_not_known(tmp_path: Path) -> None:
    store = MatteStore(tmp_path)
    store.add("a", _matte(7))
    with closing(MatteStore(tmp_path)) as other:
        assert other.known(["a"]) == {}
    store.close()


def test_packs_longest_unused_go_beyond_the_limit_but_not_those_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("old", "used", "new"):
        _keep(tmp_path, key, _matte(5))
    monkeypatch.setattr(module, "LIMIT_BYTES", 2500)
    with closing(MatteStore(tmp_path)) as store:
        assert "old" in store.known(["old"])  # in use now, so the next in age went
    with closing(MatteStore(tmp_path)) as store:
        assert set(store.known(["old", "used", "new"])) == {"old", "new"}
    assert len(list(tmp_path.glob("*.pack"))) == 2


def test_packs_are_private_to_the_user(tmp_path: Path) -> None:
    _keep(tmp_path, "a", _matte(5))
    if os.name == "posix":
        assert next(tmp_path.glob("*.pack")).stat().st_mode & 0o077 == 0
