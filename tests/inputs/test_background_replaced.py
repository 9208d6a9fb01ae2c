"""Another background must tell no label: each class gets an equal share, by stand-ins where mattes are scarce."""

import numpy as np

from unseen.inputs.background_replaced import LEAST_MATTED, Replaced, find_stand_ins


def test_an_equal_share_of_each_class_is_shown_by_photos_of_its_class_and_part_that_have_a_matte() -> None:
    """Planted: 90% of class 0 have a matte, 20% of class 1; photos from 200 on are no training photos."""
    labels = np.arange(300) % 2
    matted = np.where(labels == 0, np.arange(300) % 20 < 18, np.arange(300) % 20 < 4)
    train = np.arange(200)
    stand_ins = find_stand_ins(matted, labels, train, 0)
    assert stand_ins is not None
    replaced, shown = (np.array(side) for side in zip(*stand_ins.items(), strict=True))
    assert max(*replaced, *shown) < 200
    assert matted[shown].all()
    assert np.array_equal(labels[shown], labels[replaced])
    # twice the share of the scarcer class, whose 20 photos each come about twice
    assert np.bincount(labels[replaced]).tolist() == [40, 40]
    assert np.array_equal(shown[labels[shown] == 0], replaced[labels[replaced] == 0])
    assert set(np.flatnonzero(matted[train] & (labels[train] == 1)).tolist()) <= set(replaced.tolist())
    assert find_stand_ins(matted, labels, train, 0) == stand_ins


def test_a_class_with_too_few_mattes_keeps_all_backgrounds() -> None:
    labels = np.arange(100) % 2
    for known, enough in ((LEAST_MATTED - 1, False), (LEAST_MATTED, True)):
        matted = (labels == 0) | (np.arange(100) < 2 * known)
        assert (find_stand_ins(matted, labels, np.arange(100), 0) is not None) is enough
    assert find_stand_ins(labels == 0, labels, np.arange(100), 0, least=1) is None


def test_few_photos_get_other_backgrounds_where_half_of_each_class_has_a_matte() -> None:
    """Seven photos a class, as of ten that are split."""
    labels = np.arange(14) % 2
    for known, enough in ((3, False), (4, True), (7, True)):
        stand_ins = find_stand_ins(np.arange(14) < 2 * known, labels, np.arange(14), 0)
        assert (stand_ins is not None) is enough
        assert stand_ins is None or sorted(stand_ins) == list(range(14))


def test_stand_ins_come_with_their_matte_and_the_others_as_they_are() -> None:
    plain = [np.full((2, 2, 4), i, np.uint8) for i in range(3)]
    matted = [np.full((2, 2, 4), 100 + i, np.uint8) for i in range(3)]
    photos = Replaced(plain, matted, {1: 1, 2: 1})
    assert [int(photos[i][0, 0, 0]) for i in range(len(photos))] == [0, 101, 101]
