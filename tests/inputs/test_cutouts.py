"""Another background must reveal no label: each class gets an equal share, some shown more often if masks are few."""

import numpy as np

from unseen.inputs.cutouts import MIN_MASKED, choose_cutouts


def test_an_equal_share_of_each_class_is_shown_by_photos_of_its_class_and_part_that_have_a_mask() -> None:
    """Planted: 90% of class 0 have a mask, 20% of class 1; photos from 200 on are no training photos."""
    labels = np.arange(300) % 2
    masked = np.where(labels == 0, np.arange(300) % 20 < 18, np.arange(300) % 20 < 4)
    train = np.arange(200)
    cutout_for = choose_cutouts(masked, labels, train, 0)
    assert cutout_for is not None
    replaced, shown = (np.array(side) for side in zip(*cutout_for.items(), strict=True))
    assert max(*replaced, *shown) < 200
    assert masked[shown].all()
    assert np.array_equal(labels[shown], labels[replaced])
    # twice the share of the scarcer class, whose 20 photos each come about twice
    assert np.bincount(labels[replaced]).tolist() == [40, 40]
    assert np.array_equal(shown[labels[shown] == 0], replaced[labels[replaced] == 0])
    assert set(np.flatnonzero(masked[train] & (labels[train] == 1)).tolist()) <= set(replaced.tolist())
    assert choose_cutouts(masked, labels, train, 0) == cutout_for


def test_a_class_with_too_few_masks_keeps_all_backgrounds() -> None:
    labels = np.arange(100) % 2
    for known, enough in ((MIN_MASKED - 1, False), (MIN_MASKED, True)):
        masked = (labels == 0) | (np.arange(100) < 2 * known)
        assert (choose_cutouts(masked, labels, np.arange(100), 0) is not None) is enough
    assert choose_cutouts(labels == 0, labels, np.arange(100), 0, least=1) is None


def test_few_photos_get_other_backgrounds_where_half_of_each_class_has_a_mask() -> None:
    """Seven photos a class, as of ten that are split."""
    labels = np.arange(14) % 2
    for known, enough in ((3, False), (4, True), (7, True)):
        cutout_for = choose_cutouts(np.arange(14) < 2 * known, labels, np.arange(14), 0)
        assert (cutout_for is not None) is enough
        assert cutout_for is None or sorted(cutout_for) == list(range(14))
