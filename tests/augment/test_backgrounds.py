import pytest
import torch

from tests.augment.planted import CPU
from unseen.augment import backgrounds
from unseen.augment.backgrounds import NO_CLASS, Backgrounds, Bank, enough_pictures, procedural_bank
from unseen.augment.batch_rng import BatchRng
from unseen.augment.procedural import ROUND
from unseen.errors import UnseenError

SIDE_PX = 16


def told_apart(classes: list[int], side_px: int = SIDE_PX, weight: float = 1.0, first: int = 0) -> Bank:
    """Pictures whose grey level is their number, so that a view tells which it was."""
    levels = torch.arange(first, first + len(classes), dtype=torch.uint8)[:, None, None, None]
    return Bank(levels.repeat(1, 3, side_px, side_px), torch.tensor(classes), weight)


def numbers(source: Backgrounds, labels: torch.Tensor | None, photos: int, seed: int = 0) -> torch.Tensor:
    views: torch.Tensor = source(photos, labels, BatchRng(seed, CPU))
    assert views.shape == (photos, 3, source.side_px, source.side_px)
    assert views.dtype == torch.float32
    assert torch.equal(views.amax(dim=(1, 2, 3)), views.amin(dim=(1, 2, 3)))
    return views[:, 0, 0, 0].long()


def test_no_photo_ever_gets_a_picture_of_its_own_class_and_all_others_are_used_alike() -> None:
    classes = [2, 0, 1, 1, NO_CLASS, 0, 2, 2, NO_CLASS, 1]
    source = Backgrounds(SIDE_PX, [told_apart(classes)])
    labels = torch.arange(4000) % 4  # class 3 has no pictures: it may get any
    got = numbers(source, labels, 4000)
    of = torch.tensor(classes)[got]
    assert not bool((of == labels).any())
    for label in range(4):
        counts = torch.bincount(got[labels == label], minlength=len(classes))
        allowed = torch.tensor(classes) != label
        assert bool((counts[~allowed] == 0).all())
        share = counts[allowed] / counts.sum() * allowed.sum()
        assert float(share.min()) > 0.7
        assert float(share.max()) < 1.3


def test_without_labels_only_pictures_of_no_class_are_taken() -> None:
    source = Backgrounds(SIDE_PX, [told_apart([1, NO_CLASS, 0, NO_CLASS])])
    assert set(numbers(source, None, 200).tolist()) == {1, 3}


def test_a_photo_that_no_picture_is_left_for_gets_grey() -> None:
    source = Backgrounds(SIDE_PX, [told_apart([0, 0])])
    assert numbers(source, torch.tensor([0, 0]), 2).tolist() == [128, 128]


def test_another_bank_takes_over_where_one_has_nothing() -> None:
    source = Backgrounds(SIDE_PX, [told_apart([0, 0]), told_apart([NO_CLASS], first=9)])
    assert set(numbers(source, torch.zeros(100, dtype=torch.int64), 100).tolist()) == {9}


def test_banks_are_taken_by_their_weights() -> None:
    banks = [told_apart([NO_CLASS], weight=3.0), told_apart([NO_CLASS], weight=1.0, first=7)]
    got = numbers(Backgrounds(SIDE_PX, banks), None, 4000)
    assert float((got == 0).float().mean()) == pytest.approx(0.75, abs=0.03)


def test_each_use_shows_another_part_another_way_round() -> None:
    rows, columns = torch.meshgrid(torch.arange(20), torch.arange(20), indexing="ij")
    picture = torch.stack([rows * 10, columns * 10, rows * 0]).to(torch.uint8)[None]
    source = Backgrounds(SIDE_PX, [Bank(picture, torch.tensor([NO_CLASS]))])
    views = source(300, None, BatchRng(1, CPU))
    corners = {tuple(view[:2, 0, 0].tolist()) for view in views}
    assert len(corners) > 40
    for view in views[:50]:  # each is a whole square of neighbouring pixels of the picture
        assert float(view[:2].amax(dim=(1, 2)).sub(view[:2].amin(dim=(1, 2))).sub(150).abs().max()) == 0


def test_defocus_blurs_its_share() -> None:
    picture = torch.randint(0, 256, (1, 3, SIDE_PX, SIDE_PX), generator=torch.Generator().manual_seed(0))
    source = Backgrounds(SIDE_PX, [Bank(picture.to(torch.uint8), torch.tensor([NO_CLASS]))])
    deviations = source(400, None, BatchRng(1, CPU), defocus=0.3).std(dim=(1, 2, 3))
    assert float((deviations < 0.8 * picture.float().std()).float().mean()) == pytest.approx(0.3, abs=0.07)


def test_one_seed_is_one_batch_and_the_banks_are_no_state() -> None:
    source = Backgrounds(SIDE_PX, [procedural_bank(3, SIDE_PX, pictures=32)])
    first = source(8, None, BatchRng(5, CPU))
    assert torch.equal(first, source(8, None, BatchRng(5, CPU)))
    assert not torch.equal(first, source(8, None, BatchRng(6, CPU)))
    assert not source.state_dict()


@pytest.mark.parametrize("shape", [(0, 3, 20, 20), (2, 3, 10, 20)])
def test_an_empty_bank_or_small_pictures_are_refused(shape: tuple[int, ...]) -> None:
    bank = Bank(torch.zeros(shape, dtype=torch.uint8), torch.full(shape[:1], NO_CLASS))
    with pytest.raises(UnseenError, match="give at least one, of 16 px or more"):
        Backgrounds(SIDE_PX, [bank])


def test_a_bank_that_grew_is_the_one_that_was_drawn_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backgrounds, "POOL_PICTURES", 3 * ROUND)
    assert [enough_pictures(photos) for photos in (1, 2 * ROUND, 10**6)] == [ROUND, 2 * ROUND, 3 * ROUND]
    more = told_apart([0, 1])
    grown = Backgrounds(SIDE_PX, [procedural_bank(3, SIDE_PX, pictures=ROUND), more])
    whole = Backgrounds(SIDE_PX, [procedural_bank(3, SIDE_PX, pictures=3 * ROUND), more])
    for _ in range(2):  # a second time there is nothing left to draw
        grown.grow(3)
        labels = torch.arange(40) % 2
        assert torch.equal(grown(40, labels, BatchRng(5, CPU)), whole(40, labels, BatchRng(5, CPU)))
