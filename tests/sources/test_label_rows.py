"""Tables that other tools write, read as what their rows say."""

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.photos.pictures import write_tree
from unseen.errors import UnseenError
from unseen.records import PhotoSet
from unseen.sources.open_photos import open_photos

PHOTOS = ("a0.png", "a1.png", "b0.png", "b1.png")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "cache"))


def labels(photos: PhotoSet) -> dict[str, str]:
    return {photo.file.name: photo.label for photo in photos.photos}


TRUTH = {"a0.png": "fist", "a1.png": "fist", "b0.png": "Open Hand", "b1.png": "Open Hand"}


def table(rows: Sequence[str], head: str) -> str:
    return "\n".join([head, *rows]) + "\n"


def by_row(form: str) -> list[str]:
    return [form.format(name=name, stem=name[:-4], label=label) for name, label in TRUTH.items()]


CSV = {
    "keras": table(by_row("{name},{label}"), "filename,class"),
    "hugging face": table(by_row("{name},{label}"), "file_name,label"),
    "one-hot": table(by_row("{name},{label}"), "filename,fist,Open Hand")
    .replace(",fist\n", ",1,0\n")
    .replace(",Open Hand\na", ",Open Hand\na")
    .replace("png,Open Hand", "png,0,1"),
    "kaggle": table(by_row("{stem},{label}"), "id,label"),
    "an index before": table(by_row("7,{name},{label}"), ",image,category"),
    "vertex": "".join(f"{row}\n" for row in by_row("TRAIN,gs://bucket/hands/{name},{label}")),
    "no header": "".join(f"{row}\n" for row in by_row("{name},{label}")),
    "label studio": table(by_row('7,"/data/upload/3/0f9e8d7c-{name}",{label},3'), "id,image,choice,annotator"),
    "windows": table(by_row('"C:\\Users\\x\\hands\\{name}";{label}'), "path;label"),
}
JSON = {
    "label studio": [
        {
            "data": {"image": f"/data/local-files/?d=images/{name}"},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": [label]}}]}],
        }
        for name, label in TRUTH.items()
    ],
    "label studio, short": [{"image": name, "choice": label, "id": 3} for name, label in TRUTH.items()],
    "fiftyone": {"classes": ["fist", "Open Hand"], "labels": {n[:-4]: int(n[0] == "b") for n in TRUTH}},
    "fiftyone, whole": {
        "name": "hands",
        "samples": [
            {
                "filepath": f"data/{name}",
                "tags": [],
                "metadata": {"_cls": "ImageMetadata", "width": 8},
                "ground_truth": {"_cls": "Classification", "label": label},
            }
            for name, label in TRUTH.items()
        ],
    },
}


@pytest.mark.parametrize("tool", CSV)
@pytest.mark.parametrize("place", ["beside", "images"])
def test_tables_of_other_tools(tmp_path: Path, tool: str, place: str) -> None:
    root = write_tree(tmp_path / "root", *(name if place == "beside" else f"images/{name}" for name in PHOTOS))
    (root / "labels.csv").write_text(CSV[tool], encoding="utf-8-sig")
    for source in (root / "labels.csv", root):
        assert labels(open_photos(source)) == TRUTH


@pytest.mark.parametrize("tool", JSON)
def test_json_of_other_tools(tmp_path: Path, tool: str) -> None:
    root = write_tree(tmp_path / "root", *(f"images/{name}" for name in PHOTOS))
    (root / "labels.json").write_text(json.dumps(JSON[tool]))
    for source in (root / "labels.json", root):
        assert labels(open_photos(source)) == TRUTH


def test_json_lines_with_parts(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    rows = [
        {
            "imageGcsUri": f"gs://bucket/{name}",
            "classificationAnnotation": {"displayName": label},
            "dataItemResourceLabels": {"aiplatform.googleapis.com/ml_use": "test" if "1" in name else "training"},
        }
        for name, label in TRUTH.items()
    ]
    (root / "import.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    photos = open_photos(root)
    assert labels(photos) == TRUTH
    assert {photo.file.name: photo.part for photo in photos.photos if photo.part == "test"} == {
        "a1.png": "test",
        "b1.png": "test",
    }


def test_a_table_in_each_part(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for part in ("train", "test"):
        write_tree(root / part, *PHOTOS)  # the same names in both
        (root / part / "metadata.csv").write_text(CSV["hugging face"])
    photos = open_photos(root)
    assert {(photo.path, photo.part) for photo in photos.photos} == {
        (f"{part}/{name}", part) for part in ("train", "test") for name in PHOTOS
    }


def test_paths_of_another_machine_without_the_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text('path,label\n"C:\\Users\\x\\1.jpg",A\n/home/x/2.jpg,B\n')
    with pytest.raises(UnseenError, match=r"paths of another machine, such as C:\\Users\\x\\1.jpg.*beside the photos"):
        open_photos(tmp_path / "labels.csv")
    (tmp_path / "labels.csv").write_text("path,label\n1.jpg,A\n2.jpg,B\n")
    with pytest.raises(UnseenError, match=r"names 2 photos, such as 1.jpg, and none is below"):
        open_photos(tmp_path / "labels.csv")


def test_a_name_that_two_files_have_is_not_guessed(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "x/1.png", "y/1.png", "y/2.png", "x/3.png")
    (root / "labels.csv").write_text("filename,class\n1.png,A\ny/1.png,A\n2.png,B\n3.png,B\n")
    photos = open_photos(root / "labels.csv")
    assert [(photo.path, photo.label) for photo in photos.photos] == [
        ("y/1.png", "A"),
        ("y/2.png", "B"),
        ("x/3.png", "B"),
    ]
    assert [row.reason for row in photos.rejected] == ["2 files are called 1.png: write more of the path"]


def test_rows_with_no_class_or_two_are_rejected(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    (root / "_classes.csv").write_text("filename, A, B\na0.png,1,0\na1.png,1,1\nb0.png,0,1\nb1.png,0,0\n")
    photos = open_photos(root)
    assert labels(photos) == {"a0.png": "A", "b0.png": "B"}
    assert [row.reason for row in photos.rejected[:2]] == [
        "2 classes are marked, one is needed",
        "0 classes are marked, one is needed",
    ]


@pytest.mark.parametrize("first", ["1,1", "0,0"])
def test_ones_and_zeros_are_told_by_all_rows(tmp_path: Path, first: str) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS, "c.png")
    (root / "_classes.csv").write_text(f"filename, A, B\nc.png,{first}\na0.png,1,0\na1.png,1,0\nb0.png,0,1\n")
    assert labels(open_photos(root)) == {"a0.png": "A", "a1.png": "A", "b0.png": "B"}


def test_the_only_other_column_holds_the_labels_if_its_values_repeat(tmp_path: Path) -> None:
    names = [f"{name}{i}.png" for name in "ab" for i in range(3)]
    root = write_tree(tmp_path / "root", *(f"train/{name}" for name in names), "test/c0.png")
    (root / "labels.csv").write_text("id,breed\n" + "".join(f"{name[:-4]},{name[0] * 2}\n" for name in names))
    photos = open_photos(root)
    assert labels(photos) == {name: name[0] * 2 for name in names}
    assert any("labels are its column 'breed'" in note for note in photos.notes)
    (root / "labels.csv").write_text(
        "id,shutter\n" + "".join(f"{name[:-4]},{i % 2 + 0.25}\n" for i, name in enumerate(names))
    )
    with pytest.raises(UnseenError, match=r"labels.csv beside the photos is no table"):
        open_photos(root)


def test_what_stands_beside_class_folders_is_no_table_of_labels_by_a_guess(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"{name}/{name}{i}.png" for name in "ab" for i in range(3)))
    cells = [f"{name}/{name}{i}.png,{'sun' if i else 'rain'}\n" for name in "ab" for i in range(3)]
    (root / "metadata.csv").write_text("file_name,weather\n" + "".join(cells))
    assert open_photos(root).classes == ("a", "b")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("classes.txt", "fist\nOpen Hand\n"),
        ("labels.txt", "0 fist\n1 Open Hand\n"),
        ("class_names.json", '["fist", "Open Hand"]'),
        ("label_map.json", '{"0": "fist", "1": "Open Hand"}'),
        ("label_map.json", '{"fist": 0, "Open Hand": 1}'),
    ],
)
def test_a_list_of_names_names_the_numbers_of_a_table(tmp_path: Path, name: str, content: str) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    (root / name).write_text(content)
    (root / "train.csv").write_text(
        table(by_row("{name},{label}"), "image,label").replace(",fist", ",0").replace(",Open Hand", ",1.0")
    )
    photos = open_photos(root)
    assert labels(photos) == TRUTH
    assert any(f"{name} names the classes" in note for note in photos.notes)


@pytest.mark.parametrize("content", ["fist\n", "fist\nfist\n", "images/a0.png 0\nimages/b0.png 1\n", "{", '{"a": {}}'])
def test_a_list_that_does_not_fit_names_nothing(tmp_path: Path, content: str) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    (root / "labels.txt").write_text(content)
    (root / "labels.json").write_text(content)
    (root / "train.csv").write_text("image,label\na0.png,0\na1.png,0.0\nb0.png,1.0\nb1.png,1\n")
    assert open_photos(root).classes == ("0", "1")


def test_names_count_more_than_numbers_and_spaces_do_not_matter(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    rows = [
        f"{i % 2},{name},{label},{'train' if '0' in name else 'test'}" for i, (name, label) in enumerate(TRUTH.items())
    ]
    (root / "hands.csv").write_text(table(rows, "class id,filepaths,Label Name,data set"))
    photos = open_photos(root)
    assert labels(photos) == TRUTH
    assert {photo.part for photo in photos.photos if "1" in photo.path} == {"test"}


def test_a_photo_with_several_labels_is_rejected_and_one_with_a_list_of_one_is_not(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    content = {"classes": ["fist", "palm"], "labels": {"a0": [0], "a1": [{"label": "fist"}], "b0": [1], "b1": [0, 1]}}
    (root / "labels.json").write_text(json.dumps(content))
    photos = open_photos(root)
    assert labels(photos) == {"a0.png": "fist", "a1.png": "fist", "b0.png": "palm"}
    assert any(row.reason == "2 classes are stated, one is needed" for row in photos.rejected)


def test_a_table_without_a_part_is_left_out_beside_those_of_train_and_test(tmp_path: Path) -> None:
    names = {part: [f"{part}/{label}{i}.png" for label in "ab" for i in range(2)] for part in ("Train", "Test")}
    root = write_tree(tmp_path / "root", *names["Train"], *names["Test"], "Meta/a.png", "Meta/b.png")
    for part, paths in {**names, "Meta": ["Meta/a.png", "Meta/b.png"]}.items():
        lines = [f"{path},{path.split('/')[1][0]}\n" for path in paths]
        (root / f"{part}.csv").write_text("Path,ClassId\n" + "".join(lines))
    photos = open_photos(root)
    assert len(photos.photos) == 8
    assert {photo.part for photo in photos.photos} == {"train", "test"}
    assert any("Meta.csv is not read" in note for note in photos.notes)


def test_class_folders_stay_what_counts_where_a_table_says_the_same(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"{name[0]}/{name}" for name in PHOTOS))
    (root / "labels.csv").write_text(table(by_row("{name},{label}"), "filename,class"))
    photos = open_photos(root)
    assert photos.classes == ("a", "b")
    assert any("labels.csv is not read" in note for note in photos.notes)


def test_a_table_that_contradicts_the_folders_is_asked_about(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"roll_00{name[1]}/{name}" for name in PHOTOS))
    (root / "labels.csv").write_text(table(by_row("{name},{label}"), "filename,class"))
    with pytest.raises(UnseenError, match=r"the folders say roll_000, roll_001, labels.csv says Open Hand, fist"):
        open_photos(root)
    assert labels(open_photos(root / "labels.csv")) == TRUTH


def test_folders_that_a_download_is_cut_into_are_no_classes(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *(f"HAM_images_part_{name[1]}/{name}" for name in PHOTOS))
    with pytest.raises(UnseenError, match=r"HAM_images_part_0, HAM_images_part_1 are words for photos"):
        open_photos(root)
    (root / "labels.csv").write_text(table(by_row("{name},{label}"), "filename,class"))
    assert labels(open_photos(root)) == TRUTH


@pytest.mark.parametrize("form", ["sep=;\nimage;label\n{};{}", "image|label\n{}|{}"])
def test_tables_as_excel_and_databases_write_them(tmp_path: Path, form: str) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    head, _, row = form.rpartition("\n")
    (root / "hands.csv").write_text("\n".join([head, *(row.format(*pair) for pair in TRUTH.items())]) + "\n")
    assert labels(open_photos(root)) == TRUTH


def test_plain_json_by_photo_or_by_label(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    by_label = {label: [name for name in PHOTOS if TRUTH[name] == label] for label in set(TRUTH.values())}
    for content in (TRUTH, by_label):
        (root / "labels.json").write_text(json.dumps(content))
        assert labels(open_photos(root)) == TRUTH


def test_made_up_labels_of_a_competition_are_not_used(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    (root / "train.csv").write_text(CSV["kaggle"])
    (root / "sample_submission.csv").write_text("id,label\na0,fist\na1,fist\n")
    assert labels(open_photos(root)) == TRUTH


def test_fiftyone_tags_state_the_part(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    rows = [
        {"filepath": f"/home/x/{name}", "tags": ["best", "validation" if "1" in name else "train"], "sign": stated}
        for name, label in TRUTH.items()
        for stated in [{"_cls": "Classification", "label": label}]
    ]
    (root / "samples.json").write_text(json.dumps({"samples": rows}))
    photos = open_photos(root)
    assert labels(photos) == TRUTH
    assert {photo.part for photo in photos.photos if "1" in photo.path} == {"validation"}


def test_names_in_another_case_or_with_accents_apart_are_found(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "A0.JPG", unicodedata.normalize("NFD", "Grüße.jpg"), "b.jpg", "B.jpg")
    written = ("a0.jpg", unicodedata.normalize("NFC", "Grüße.jpg"), "B.jpg")
    (root / "labels.csv").write_text("filename,class\n" + "".join(f"{name},{i}\n" for i, name in enumerate(written)))
    photos = open_photos(root / "labels.csv")
    assert [(photo.file.name, photo.label) for photo in photos.photos] == [
        ("A0.JPG", "0"),
        (unicodedata.normalize("NFD", "Grüße.jpg"), "1"),
        ("B.jpg", "2"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("labels.csv", "Bild;Klasse\na0.png;Tür\n".encode("latin-1"), "labels.csv is not UTF-8 text: save it as"),
        ("labels.txt", b"images/a0.png 0\nimages/b0.png 1\n", "labels.txt is not read: save it as a CSV"),
        ("labels.xlsx", b"PK", "labels.xlsx is not read: save it as a CSV"),
        ("image-labels.csv", b"Shot,LabelName\na0,/m/01\n", "image-labels.csv beside the photos is no table"),
    ],
)
def test_a_table_that_is_not_read_is_named_where_folders_do_not_tell(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    for folder in ("images", "train"):
        root = write_tree(tmp_path / folder, *(f"{folder}/{photo}" for photo in PHOTOS))
        (root / name).write_bytes(content)
        with pytest.raises(UnseenError, match=said):
            open_photos(root)


def test_each_json_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    (root / "labels.json").write_text(json.dumps(JSON["label studio"]))
    parse = Mock(wraps=json.loads)
    monkeypatch.setattr(json, "loads", parse)
    assert labels(open_photos(root)) == TRUTH
    assert parse.call_count == 1


@pytest.mark.parametrize("odd", [None, True, 7, "x", [], {}, [[]], [None], {"choices": 3}])
@pytest.mark.parametrize("key", ["annotations", "result", "value", "choices", "tags", "ground_truth"])
def test_json_with_anything_in_any_place_is_read_or_passed_over(tmp_path: Path, key: str, odd: object) -> None:
    tools = JSON["label studio"], JSON["fiftyone, whole"]
    for tool in tools:
        text = json.dumps(tool)
        at = text.rindex(f'"{key}"') if f'"{key}"' in text else -1
        if at < 0:
            continue
        value = json.JSONDecoder().raw_decode(text, at + len(key) + 4)
        (tmp_path / "labels.json").write_text(text[: at + len(key) + 4] + json.dumps(odd) + text[value[1] :])
        root = write_tree(tmp_path, *(f"images/{name}" for name in PHOTOS))
        found = labels(open_photos(root / "labels.json"))
        assert {name: TRUTH[name] for name in found} == found
        assert len(found) >= 3


def test_a_path_longer_than_any_file_is_not_there(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", "a0.png", "b0.png")
    (root / "l.csv").write_text(f"path,label\na0.png,x\nb0.png,y\n{'x' * 300}.png,x\n{'y/' * 3000}1.png,x\n")
    photos = open_photos(root / "l.csv")
    assert [row.reason for row in photos.rejected] == ["file is not there"] * 2


def test_a_spreadsheets_unicode_text_is_read(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "root", *PHOTOS)
    rows = "".join(f"{name}\t{label}\r\n" for name, label in TRUTH.items())
    (root / "labels.csv").write_bytes(f"path\tlabel\r\n{rows}".encode("utf-16"))
    assert labels(open_photos(root)) == TRUTH
    (root / "labels.csv").write_bytes(f"path\tlabel\r\n{rows}".encode("utf-16")[:-1])
    with pytest.raises(UnseenError, match=r"labels.csv is not UTF-8 text: save it as"):
        open_photos(root / "labels.csv")
    with pytest.raises(UnseenError, match=r"no usable photos in .*labels.csv is not UTF-8 text: save it as"):
        open_photos(root)
