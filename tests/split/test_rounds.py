from collections import Counter

import numpy as np
import pytest

from unseen.split.fingerprint import fingerprint
from unseen.split.rounds import look_together, name_rounds

from .scenes import hand_on_wall, photos

DIGITS = [str(i) for i in range(10)]


def camera(people: list[list[str]], first: int = 1118, prefix: str = "IMG_", lost: float = 0.0) -> list[str]:
    """Paths of photos taken person after person; a share `lost` was deleted, and the counter went on."""
    rng = np.random.default_rng(5)
    labels = [label for person in people for label in person]
    return [f"{label}/{prefix}{first + i:04d}.jpg" for i, label in enumerate(labels) if rng.random() >= lost]


def found(paths: list[str]) -> dict[str | None, str]:
    """The classes of each round in the order of the counter; the paths are given out of order."""
    mixed = [paths[i] for i in np.random.default_rng(1).permutation(len(paths))]
    rounds = dict(zip(mixed, name_rounds(photos(mixed).photos), strict=True))
    classes: dict[str | None, str] = {}
    for path in paths:
        classes[rounds[path]] = classes.get(rounds[path], "") + path[0]
    return classes


def test_each_person_is_a_round_named_by_its_first_and_last_photo() -> None:
    rounds = found(camera([DIGITS] * 20))
    assert len(rounds) == 20
    assert set(rounds.values()) == {"0123456789"}
    assert list(rounds)[:2] == ["IMG_1118 to IMG_1127", "IMG_1128 to IMG_1137"]


@pytest.mark.parametrize(
    "order", [["scissors", "rock", "paper"], list("QWERTYUIOPASDFGHJKLZXCVBNM"), [*DIGITS[1:], "0"]]
)
def test_any_order_of_any_number_of_classes_will_do(order: list[str]) -> None:
    rounds = found(camera([order] * 30))
    assert list(rounds.values()) == ["".join(label[0] for label in order)] * 30


def test_odd_people_do_not_shift_the_people_after_them() -> None:
    odd = ["01234567889", "0123456798", "5012346789", "012345678", "0123456389", "23456789", "00123456789"]
    people = [person for one in odd for person in (list(one), DIGITS, DIGITS)]
    assert list(found(camera(people)).values()) == ["".join(person) for person in people]


def test_who_began_again_is_one_person_and_who_stopped_is_not_the_one_before() -> None:
    people = [DIGITS, list("0123"), DIGITS, DIGITS]
    assert list(found(camera([*[DIGITS] * 10, *people])).values())[10:] == [
        "0123456789",
        "01230123456789",
        "0123456789",
    ]


def test_lost_photos_leave_the_rest_of_each_person_together() -> None:
    everyone = camera([DIGITS] * 40)
    person = {path: i // 10 for i, path in enumerate(everyone)}
    paths = camera([DIGITS] * 40, lost=0.1)
    assert 340 < len(paths) < 380
    rounds = name_rounds(photos(paths).photos)
    assert len(set(rounds)) == 40
    assert len({(name, person[path]) for name, path in zip(rounds, paths, strict=True)}) == 40


def test_a_pause_of_the_camera_ends_a_round() -> None:
    paths = camera([*[DIGITS] * 10, DIGITS[:4]]) + camera([DIGITS[4:], *[DIGITS] * 10], first=4000)
    rounds = found(paths)
    assert [rounds["IMG_1218 to IMG_1221"], rounds["IMG_4000 to IMG_4005"]] == ["0123", "456789"]
    assert len(rounds) == 22


def test_a_lost_first_photo_does_not_move_the_start() -> None:
    assert list(found(camera([DIGITS] * 12)[1:]).values()) == ["123456789", *["0123456789"] * 11]


def test_where_the_start_cannot_be_told_nothing_is_said() -> None:
    order = ["scissors", "rock", "paper"]
    assert set(found(camera([order] * 30)[1:])) == {None}


def test_a_lone_photo_has_no_round() -> None:
    rounds = found([*camera([DIGITS] * 10), "7/IMG_5000.jpg"])
    assert rounds.pop(None) == "7"
    assert len(rounds) == 10


def test_a_few_equal_counters_are_forgiven() -> None:
    rounds = found([*camera([DIGITS] * 20), "9/copy/9/IMG_1127.jpg"])
    assert Counter(rounds.values()) == {"0123456789": 19, "01234567899": 1}


def test_cameras_with_prefixes_of_their_own_have_rounds_of_their_own() -> None:
    paths = camera([DIGITS] * 10) + camera([DIGITS] * 10, first=1, prefix="DSC0")
    assert Counter(found(paths).values()) == {"0123456789": 20}


def shuffled(paths: list[str], seed: int) -> list[str]:
    names = [path.split("/")[1] for path in paths]
    order = np.random.default_rng(seed).permutation(len(paths))
    return [f"{paths[i].split('/')[0]}/{name}" for i, name in zip(order.tolist(), names, strict=True)]


def bursts(people: int, each: int) -> list[str]:
    return camera([[label for label in DIGITS for _ in range(each)]] * people)


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(camera([[label] * 200 for label in "ABC"], first=1), id="class after class"),
        pytest.param(camera([[c] * 20 for c in DIGITS * 6], first=1), id="long stretches of a class, six times over"),
        pytest.param(bursts(20, 3), id="three photos of each sign"),
        pytest.param(shuffled(camera([DIGITS] * 200), 0), id="shuffled upload"),
        pytest.param(shuffled(camera([list("ABC")] * 300), 1), id="shuffled upload of three classes"),
        pytest.param([f"{c}/{c}{i}.jpg" for c in "ABCDE" for i in range(60)], id="numbered by class, named by class"),
        pytest.param([f"{c}/{i}.jpg" for c in "ABCDE" for i in range(60)], id="numbered by class"),
        pytest.param(
            camera([DIGITS] * 20) + [p.replace(".jpg", ".png") for p in camera([DIGITS] * 20, first=1123)],
            id="two cameras, one prefix, counters that overlap",
        ),
        pytest.param(
            [f"{'ABCDE'[i % 5]}/{(i * 2654435761) % 2**32:08x}.jpg" for i in range(300)], id="random hexadecimal"
        ),
        pytest.param(
            [f"{'ABCDE'[i % 5]}/{n}.jpg" for i, n in enumerate(np.random.default_rng(4).permutation(99999)[:300])],
            id="random numbers",
        ),
        pytest.param([f"{'ABCDE'[i % 5]}/{4000 * i}.jpg" for i in range(300)], id="numbers too far apart"),
        pytest.param(camera([DIGITS] * 4), id="four people"),
        pytest.param(camera([list("ABC")] * 6), id="six people and three classes, which may be chance"),
        pytest.param(camera([DIGITS] * 35 + [DIGITS[:5]] * 30), id="many rounds cover half of the classes"),
        pytest.param(camera([["yes", "no"]] * 100), id="two classes"),
        pytest.param([f"A/IMG_{i}.jpg" for i in range(100)], id="one class"),
        pytest.param([f"{c}/IMG_{i}.jpg" for i, c in enumerate("ABCDE")], id="one photo a class"),
        pytest.param(camera([[*DIGITS, *DIGITS[::-1]]] * 20), id="there and back"),
        pytest.param([f"{'ABCDE'[i % 5]}/{1700000000000 + 900 * i}.jpg" for i in range(300)], id="milliseconds"),
    ],
)
def test_what_is_no_round_of_a_camera_is_left_alone(paths: list[str]) -> None:
    assert set(name_rounds(photos(paths).photos)) == {None}


def test_random_orders_of_each_person_are_not_followed() -> None:
    rng = np.random.default_rng(2)
    assert set(found(camera([rng.permutation(DIGITS).tolist() for _ in range(100)]))) == {None}


def test_shuffled_labels_never_make_rounds() -> None:
    for seed in range(40):
        paths = shuffled(camera([list("ABCD")] * 6), seed)
        assert set(name_rounds(photos(paths).photos)) == {None}


def test_photos_of_one_round_look_alike_and_those_of_a_program_do_not() -> None:
    rounds = [f"r{i // 4}" for i in range(48)]
    labels = ["ABCD"[i % 4] for i in range(48)]
    place = [(10 + 30 * (i % 4), 20) for i in range(48)]
    people = fingerprint([hand_on_wall(i // 4, place[i], size=60) for i in range(48)]).thumbs(slice(None))
    program = fingerprint([hand_on_wall(i, place[i], size=60) for i in range(48)]).thumbs(slice(None))
    assert look_together(rounds, labels, people)
    assert not look_together(rounds, labels, program)
    assert not look_together(rounds, labels, np.zeros_like(people))
    assert not look_together([None] * 48, labels, people)
