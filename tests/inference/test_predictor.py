"""One photo in any form gives one answer; what is no photo gives one line; torch is never loaded."""

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.conftest import TinyRun
from tests.photos.pictures import encoded
from tests.planted_photos import drawn
from unseen.errors import UnreadablePhoto, UnseenError
from unseen.inference.predictor import NO_ANSWER, Outputs, Predictor
from unseen.onnx_session import cpu_session
from unseen.records import Rejected, Uint8Array


@pytest.fixture(scope="module")
def predictor(tiny_run: TinyRun) -> Predictor:
    return Predictor(tiny_run.root, threads=1)


@pytest.fixture
def photo(tiny_run: TinyRun) -> Path:
    return tiny_run.photos / "green" / "s3_011.png"


def pixels_of(photo: Path) -> Uint8Array:
    return np.asarray(Image.open(photo).convert("RGB"))


def test_every_form_of_a_photo_gets_the_same_answer(predictor: Predictor, photo: Path) -> None:
    pixels = pixels_of(photo)
    expected = predictor.predict(photo)
    with_alpha = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    content = photo.read_bytes()
    forms: list[Any] = [
        str(photo),
        content,
        io.BytesIO(content),
        pixels,
        with_alpha,
        pixels[:, ::-1][:, ::-1],
        Image.open(photo),
    ]
    for form in [*forms, pixels / 255, pixels.astype(np.int64), pixels.astype(np.uint16) * 257]:
        assert predictor.predict(form) == expected
    files_read_once = [form for form in forms if not isinstance(form, io.BytesIO)]
    for batch in (files_read_once, np.stack([pixels, pixels])):
        said: Any = predictor.predict(batch)  # a batch differs from a single photo in the last bits
        assert np.allclose([one.probabilities for one in said], [expected.probabilities] * len(batch), atol=1e-5)
        assert [one.label for one in said] == [expected.label] * len(batch)
    assert np.array_equal(predictor.predict_proba(photo), np.array([expected.probabilities], np.float32))
    assert predictor.predict(pixels_of(photo.parents[1] / "red" / "s1_001.png")) != expected


def test_a_large_photo_has_one_answer_as_file_array_and_in_the_graph_alone(
    predictor: Predictor, tiny_run: TinyRun, photo: Path
) -> None:
    large = Image.open(photo).resize((900, 700), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 8
    content = encoded(large.transpose(Image.Transpose.ROTATE_270), "JPEG", exif=exif)
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    expected = predictor.predict(content)
    assert predictor.predict(pixels) == predictor.predict(Image.open(io.BytesIO(content))) == expected
    session = cpu_session(tiny_run.root / "model" / "model.onnx")
    alone = session.run(["probabilities"], {"photos": pixels[None]})[0][0]
    assert np.abs(alone - expected.probabilities).max() < 1e-6
    assert predictor.run([pixels]).probabilities[0].tolist() == list(expected.probabilities)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (3, 300), (1000, 10)])
def test_narrow_photos_get_an_answer(predictor: Predictor, shape: tuple[int, int]) -> None:
    assert np.isfinite(predictor.predict_proba(np.full((*shape, 3), 90, np.uint8))).all()


def test_an_answer_that_is_not_a_number_is_refused_by_name(
    predictor: Predictor, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.png"
    Image.new("RGB", (60, 60), (1, 2, 3)).save(other)

    def run(photos: list[Uint8Array]) -> Outputs:
        found = np.full((len(photos), 3), 1 / 3, np.float32)
        found[[tuple(one[0, 0, :3]) == (1, 2, 3) for one in photos]] = np.nan
        return Outputs(found, found, found)

    monkeypatch.setattr(predictor, "run", run)
    rows = list(predictor.predict_paths([photo, other, photo]))
    assert [isinstance(said, Rejected) for _, said in rows] == [False, True, False]
    assert rows[1][1] == Rejected(str(other), NO_ANSWER)
    with pytest.raises(UnseenError, match="photo 2 of 2: the model's answer is not a number"):
        predictor.predict([photo, other])


def test_a_prediction_adds_up(predictor: Predictor, photo: Path) -> None:
    said = predictor.predict(photo)
    assert said.classes == ("blue", "green", "red") == predictor.classes
    assert sum(said.probabilities) == pytest.approx(1, abs=1e-5)
    assert said.probability == max(said.probabilities)
    assert said.label == said.classes[said.probabilities.index(said.probability)]
    assert said.as_dict()["probabilities"] == dict(zip(said.classes, said.probabilities, strict=True))


def test_a_sideways_photo_is_turned_upright(predictor: Predictor, photo: Path) -> None:
    """EXIF orientation 6: the file holds the photo lying on its left side."""
    lying = Image.fromarray(np.ascontiguousarray(np.rot90(pixels_of(photo))))
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    lying.save(stream, "PNG", exif=exif)
    turned = predictor.predict(Image.open(io.BytesIO(stream.getvalue())))
    assert turned == predictor.predict(photo) == predictor.predict(stream.getvalue())
    assert turned != predictor.predict(lying)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_a_pillow_image_of_any_mode_is_taken(predictor: Predictor, photo: Path, mode: str) -> None:
    image = Image.open(photo).convert(mode)
    assert predictor.predict(image) == predictor.predict(np.asarray(image.convert("RGB")))


def test_order_is_kept_with_shapes_mixed(predictor: Predictor) -> None:
    rng = np.random.default_rng(1)
    photos = [drawn(rng, i % 3, *((60, 50), (50, 60), (48, 48), (61, 50))[i % 4]) for i in range(45)]
    whole = predictor.run(photos)
    alone = np.concatenate([predictor.run([photo]).logits for photo in photos])
    assert np.allclose(whole.logits, alone, atol=1e-4)
    assert len({tuple(np.round(row, 4)) for row in alone}) > 40
    assert (whole.logits.shape, whole.features.shape) == ((45, 3), (45, predictor.facts.features))
    assert predictor.run([]).logits.shape == (0, 3)


def test_files_that_cannot_be_used_are_rows_in_their_place(
    predictor: Predictor, tiny_run: TinyRun, photo: Path, tmp_path: Path
) -> None:
    empty, text, gone = tmp_path / "empty.jpg", tmp_path / "text.png", tmp_path / "gone.png"
    empty.write_bytes(b"")
    text.write_text("hello")
    cut = tmp_path / "cut.png"
    cut.write_bytes(photo.read_bytes()[:200])
    paths = [photo, empty, text, photo, gone, cut, tmp_path, photo]
    rows = list(predictor.predict_paths(paths))
    assert [path for path, _ in rows] == paths
    assert [isinstance(said, Rejected) for _, said in rows] == [False, True, True, False, True, True, True, False]
    assert rows[0][1] == rows[3][1] == rows[7][1] == predictor.predict(photo)
    for path, said in rows:
        if isinstance(said, Rejected):
            assert said.path == str(path)
            assert said.reason
            assert "\n" not in said.reason


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((1, 8, 8, 2), np.uint8),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros(8, np.uint8),
        np.full((8, 8, 3), -1.0, np.float32),
    ],
)
def test_arrays_that_are_no_photo_are_refused_in_one_line(predictor: Predictor, array: Uint8Array) -> None:
    with pytest.raises(UnseenError, match=r"give \(H, W, 3\) RGB") as refused:
        predictor.predict(array)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("photo", [b"", b"junk", Path("nowhere.jpg"), "nowhere.jpg"])
def test_what_cannot_be_opened_is_said_in_one_line(predictor: Predictor, photo: bytes | str | Path) -> None:
    with pytest.raises(UnreadablePhoto) as refused:
        predictor.predict(photo)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("thing", [None, 3, [object()], object()])
def test_other_things_are_refused_in_one_line(predictor: Predictor, thing: object) -> None:
    with pytest.raises(UnseenError, match="give a path, bytes, an open file, an array, a Pillow image"):
        predictor.predict(thing)  # type: ignore[call-overload]


def test_threads_get_the_answers_of_one(predictor: Predictor) -> None:
    rng = np.random.default_rng(2)
    photos = [drawn(rng, i % 3, 50 + i % 5, 60) for i in range(64)]
    alone = [predictor.predict(photo) for photo in photos]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(predictor.predict, photos))
    assert together == alone


def test_a_cold_prediction_loads_no_torch(tiny_run: TinyRun, photo: Path) -> None:
    code = (
        "import sys, unseen\n"
        f"print(unseen.load({str(tiny_run.root)!r}).predict({str(photo)!r}).label)\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'torch', 'onnx', 'jinja2', 'safetensors', 'timm'}))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0] in ("blue", "green", "red")
    assert done.stdout.splitlines()[1] == "[]"
