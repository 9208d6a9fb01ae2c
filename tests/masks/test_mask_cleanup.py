import numpy as np

from tests.masks.planted import SKIN
from unseen.masks.backdrop import to_lab
from unseen.masks.mask_cleanup import (
    drop_specks,
    drop_threads,
    fill_holes,
    free_square,
    largest_region,
    main_region,
    skin_like,
)


def test_a_cable_is_dropped_and_a_finger_stays() -> None:
    mask = np.zeros((192, 192), np.bool_)
    mask[60:, 60:130] = True
    mask[20:60, 80:92] = True  # a finger of 12 px, with its tip
    mask[100:103, :60] = True  # a cable of 3 px
    kept = drop_threads(mask)
    assert kept[22:60, 84:88].all()
    assert not kept[100:103, :55].any()
    assert (kept ^ mask)[60:, 60:130].sum() < 20


def test_a_hole_stays_where_the_backdrop_shows_and_closes_where_it_does_not() -> None:
    mask = np.zeros((100, 100), np.bool_)
    mask[20:80, 20:80] = True
    mask[30:40, 30:40] = mask[60:70, 60:70] = False
    away = np.full((100, 100), 5.0, np.float32)
    away[30:40, 30:40] = 1
    filled = fill_holes(mask, away, 3.0)
    assert not filled[30:40, 30:40].any()
    assert filled[60:70, 60:70].all()


def test_specks_go_and_the_largest_region_stays() -> None:
    mask = np.zeros((200, 200), np.bool_)
    mask[3:6, 3:6] = mask[50:90, 50:90] = mask[150:190, 100:190] = True
    assert not drop_specks(mask)[:10].any()
    assert drop_specks(mask)[60, 60]
    assert largest_region(mask)[170, 150]
    assert not largest_region(mask)[60, 60]


def test_the_subject_is_the_skin_like_region_of_two() -> None:
    mask = np.zeros((100, 200), np.bool_)
    mask[20:80, 20:90] = mask[20:80, 110:180] = True
    rgb = np.full((100, 200, 3), (40, 60, 200), np.uint8)
    rgb[:, 100:] = SKIN
    lab = to_lab(rgb)
    assert skin_like(lab)[50, 150]
    assert not skin_like(lab)[50, 50]
    subject = main_region(mask, lab)
    assert subject[50, 150]
    assert not subject[50, 50]


def test_the_largest_free_square_touches_nothing_taken() -> None:
    taken = np.zeros((90, 140), np.bool_)
    taken[:, 60:70] = taken[40:50, :60] = True
    rows, columns = free_square(taken)
    assert not taken[rows, columns].any()
    assert columns.start >= 70
    assert 67 <= rows.stop - rows.start == columns.stop - columns.start <= 70


def test_where_all_is_taken_no_square_is_free() -> None:
    taken = np.ones((20, 30), np.bool_)
    assert taken[free_square(taken)].size == 0
