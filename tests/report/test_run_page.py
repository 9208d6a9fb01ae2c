"""The page holds what it was given, shows nothing it was not given, and no name can break out of it."""

import re
import time
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from tests.report.report_fakes import RunFake, content, picture, planted
from unseen.evaluation.metrics import Mistake, measure
from unseen.evaluation.results import Results
from unseen.records import UNKNOWN, GroupReason, Part, Predictions, Rejected
from unseen.report import sections
from unseen.report.appendix import EXAMPLE_PIXELS, MAX_EXAMPLES, MAX_PATHS
from unseen.report.audit_page import Shown
from unseen.report.evidence import MOST_OF_CELLS, PICTURE_PX, CellPhotos
from unseen.report.page import Page, Section, render
from unseen.report.sections import MAX_GROUPS, MAX_MISTAKES

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}$\\frac'
VOID = {"meta", "img", "br"}


class Parsed(HTMLParser):
    """Collects elements and text, and fails on a tag that closes none."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


def test_a_full_report_has_every_section_in_order() -> None:
    page = render(content().page())
    assert headings(page) == [
        "The numbers",
        "How training went",
        "Which classes are confused",
        "Class by class",
        "Worst mistakes",
        "What the model sees",
        "How the photos were split",
        "Left out",
        "Details",
    ]
    parsed = Parsed(page)
    assert parsed.open == []
    assert "83.3%" in parsed.text
    assert "2 photos: truncated file" in parsed.text
    assert "3,843 trainable, 2,223,872 frozen" in parsed.text
    assert "model.backbone" in parsed.text
    assert "Time: 10 min 40 s" in parsed.text  # the stated total, not the sum of the stages and the total
    assert "total" not in [text for row in re.findall("<th[^>]*>(.*?)</th>", page) for text in row.split()]
    assert [attributes["src"] for attributes in parsed.all("img")] != []
    assert len(parsed.all("img")) == 6 + 3 * 8


def lefts(page: str, kind: str) -> list[str]:
    return re.findall(rf'<span class="{kind}" style="left: ([\d.]+)%', page)


def test_the_model_and_the_quick_probe_have_lines_of_their_own() -> None:
    page = render(content().page())
    line, check = page.split('<div class="scale check">')
    assert lefts(line, "mark") == ["83.33"]
    assert lefts(line, "mark random") == lefts(check, "mark") == []
    assert (lefts(check, "mark random"), lefts(check, "mark hollow")) == (["97.40"], ["75.10"])
    assert 'class="between" style="left: 75.10%; width: 22.30%"' in check
    assert "The quick linear model on frozen features, not the model itself:" in check
    assert '<strong class="figure">97.4%</strong>' in line


@pytest.mark.parametrize("missing", ["accuracy", "group_split_accuracy"])
def test_half_a_comparison_is_not_shown(missing: str) -> None:
    whole = content()
    assert whole.results.random_split is not None
    half = replace(whole.results.random_split, **{missing: UNKNOWN})  # type: ignore[arg-type]
    page = render(replace(whole, results=replace(whole.results, random_split=half)).page())
    assert "scale check" not in page
    assert "quick linear model" not in page


def test_the_page_is_alone_and_quiet() -> None:
    parsed = Parsed(render(content().page()))
    assert parsed.all("script") == []
    assert parsed.all("link") == []
    for tag, attributes in parsed.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "href", "xlink:href"}:
                assert value is not None
                assert value.startswith(("data:image/", "#")), value
    assert "url(http" not in render(content().page())


def test_a_reader_without_sight_gets_the_pictures_and_tables() -> None:
    parsed = Parsed(render(content().page()))
    assert all(attributes.get("alt") for attributes in parsed.all("img"))
    assert all(attributes.get("scope") in {"col", "row"} for attributes in parsed.all("th"))
    drawings = parsed.all("svg")
    assert len(drawings) == 4
    assert all(attributes["role"] == "img" for attributes in drawings)
    assert len(re.findall(r"<svg[^>]*><title>[^<]{20,}</title>", render(content().page()))) == 4
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_hostile_names_stay_text_everywhere() -> None:
    whole = content(classes=(HOSTILE, "b\x00\x1b\udc80", "x" * 300))
    mistake = Mistake(position=0, id=HOSTILE, true=HOSTILE, predicted=HOSTILE, probability=0.5)
    page = render(
        replace(
            whole,
            title=HOSTILE,
            about=HOSTILE,
            mistakes=[(mistake, picture(0))],
            rejected=(Rejected(HOSTILE, HOSTILE),),
            notes=(HOSTILE,),
            settings={HOSTILE: HOSTILE},
            parameters=[(HOSTILE, 1, 2)],
            files={HOSTILE: HOSTILE},
            results=replace(whole.results, seconds={HOSTILE: 1.0}),
            history=[replace(row, phase=f"{HOSTILE}{i}") for i, row in enumerate(whole.history)],
        ).page()
    )
    parsed = Parsed(page)
    assert parsed.all("script") == []
    assert not any("onerror" in attributes for _, attributes in parsed.elements)
    assert all((attributes["src"] or "").startswith("data:image/") for attributes in parsed.all("img"))
    assert parsed.text.count(HOSTILE) >= 15
    page.encode("utf-8")
    assert "\x00" not in page


def test_a_test_of_an_old_model_leaves_training_out() -> None:
    whole = content()
    page = render(RunFake(title="Test", results=Results(test=whole.results.test), held_out=False).page())
    assert headings(page) == ["The numbers", "Which classes are confused", "Class by class"]
    assert "On these photos, the model classifies" in page
    assert "held-out" not in page


def test_what_is_said_of_the_split_is_true_of_it() -> None:
    grouping = [GroupReason("burst", 30, 4, "30 photos in 4 groups of near-identical frames")]
    parts: dict[str, dict[Part, int]] = {"A": {"train": 20, "test": 10}}

    def page(section: Section | None) -> str:
        return render(Page("Run", "", (section,)))

    apart, leaks, evaluated = (
        page(sections.division(grouping, (), parts)),
        page(sections.division(grouping, (), parts, leaks=True)),
        page(sections.division(grouping, ())),
    )
    assert "never tested on a group" in apart
    assert "its numbers are too high" in leaks
    assert "never tested on a group" not in leaks
    assert headings(evaluated) == ["How the photos were grouped"]
    assert "same set" not in evaluated


def test_nothing_measured_is_said_plainly() -> None:
    page = render(RunFake(title="Empty").page())
    assert "Nothing was measured" in page
    assert headings(page) == []


def test_an_empty_test_part_falls_back_to_validation() -> None:
    whole = content()
    empty = Predictions((), np.zeros(0, np.int64), (), np.zeros((0, 3), np.float32), ("a", "b", "c"))
    page = render(replace(whole, results=replace(whole.results, test=measure(empty, seed=0))).page())
    assert "No photos were held out for a final test" in page
    assert "On the 100 validation photos" in page


def test_a_class_without_photos_is_not_zero() -> None:
    predictions = Predictions(
        ("p", "q"), np.array([0, 1]), ("g", "h"), np.eye(3, dtype=np.float32)[:2], ("rock", "paper", "ghost")
    )
    text = Parsed(render(RunFake(title="T", results=Results(test=measure(predictions, seed=0))).page())).text
    assert re.search(r"ghost\s*not measured: no photos\s*0", text)


def test_long_lists_are_cut_and_say_so() -> None:
    whole = content()
    mistakes = [(whole.mistakes[0][0], picture(0, 8))] * (MAX_MISTAKES + 5)
    examples = {"rock": [(f"{i}.jpg", picture(i, 8)) for i in range(MAX_EXAMPLES + 5)]}
    rejected = tuple(Rejected(f"{i}.jpg", "broken") for i in range(MAX_PATHS + 7))
    parsed = Parsed(render(replace(whole, mistakes=mistakes, examples=examples, rejected=rejected).page()))
    assert len(parsed.all("img")) == MAX_MISTAKES + MAX_EXAMPLES
    assert "507 photos: broken" in parsed.text
    assert "and 7 more" in parsed.text


@pytest.mark.parametrize(("classes", "side_px"), [(2, 224), (29, 224), (150, 224), (150, 48)])
def test_a_page_of_any_run_has_less_than_five_megabytes(classes: int, side_px: int) -> None:
    rng = np.random.default_rng(0)
    soft = picture(0, 256)[:side_px, :side_px].astype(int)

    def photo() -> np.ndarray:  # as noisy as a webcam in the evening
        return np.clip(soft + rng.normal(0, 12, soft.shape), 0, 255).astype(np.uint8)

    names = tuple(f"class {i}" for i in range(classes))
    fake = content(classes=names, examples=0)
    some = [photo() for _ in range(8)]
    examples = {name: [(f"{name}/{i}.jpg", shown) for i, shown in enumerate(some)] for name in names}
    mistakes = [(fake.mistakes[0][0], shown) for shown in some for _ in range(MAX_MISTAKES)]
    shown = tuple(Shown(f"{i}.jpg", "class", photo()[:PICTURE_PX, :PICTURE_PX]) for i in range(MOST_OF_CELLS))
    cells = (CellPhotos(0, 1, "a", "b", MOST_OF_CELLS, shown),)
    rejected = tuple(Rejected(f"folder/of/photos/{i}.jpg", "broken") for i in range(9999))
    page = render(replace(fake, examples=examples, mistakes=mistakes, cells=cells, rejected=rejected).page())
    assert len(page.encode()) < 5_000_000
    parsed = Parsed(page)
    assert len(parsed.all("img")) >= MAX_MISTAKES + MOST_OF_CELLS + min(classes, 49)
    assert ("more" in page.split("What the model sees")[1].split("<h2>")[0]) == (classes * side_px**2 > EXAMPLE_PIXELS)


def test_renders_the_same_bytes_each_time_and_soon() -> None:
    whole = content(classes=tuple(f"class {i}" for i in range(10)))
    start = time.perf_counter()
    page = render(whole.page())
    assert time.perf_counter() - start < 3
    assert render(whole.page()) == page


def test_what_the_audit_found_stands_ranked_and_leads_to_its_page() -> None:
    page = render(RunFake("run", audit=[(0.9, "first <b>"), (0.1, "second")]).page())
    assert "Problems found in the photos" in page
    assert page.index("first &lt;b&gt;<") < page.index(">second<")
    assert 'href="audit.html#finding-2"' in page
    assert "makes every number wrong" in page
    assert "Problems found in the photos" not in render(RunFake("run").page())


def test_a_cell_of_the_confusion_matrix_leads_to_its_photos() -> None:
    photos = (Shown("rock/1.jpg", "rock", picture(1)), Shown("rock/2.jpg", "rock", picture(2)))
    fake = content()
    assert fake.results.test is not None
    true, predicted = fake.results.test.classes[:2]
    cell = CellPhotos(0, 1, true, predicted, 2, photos)
    page = render(replace(fake, cells=(cell,)).page())
    parsed = Parsed(page)
    links = [attributes["href"] for attributes in parsed.all("a")]
    assert links == ["#cell-0-1", "#confusion"]
    assert [attributes["id"] for attributes in parsed.all("div") if "id" in attributes] == ["cell-0-1"]
    block = page.split('id="cell-0-1">')[1].split("</div>")[0]
    assert block.count("<img ") == 2
    # what holds links is no single picture to a screen reader
    assert [drawing["role"] for drawing in parsed.all("svg")].count("group") == 1


def test_the_groups_that_are_recognised_least_come_first() -> None:
    predictions = planted(("a", "b"), 60, 20, wrong_every=7)
    results = Results(test=measure(predictions, seed=0))
    page = render(RunFake(results=results, predictions=predictions).page())
    block = page.split("Group by group")[1].split("</section>")[0]
    rows = re.findall(r'class="name">(person \d+)</th><td>([\d.]+)%</td><td>3</td>', block)
    wrong = [f"person {i}" for i in range(20) if any(photo % 7 == 0 for photo in range(3 * i, 3 * i + 3))]
    assert [name for name, _ in rows][: len(wrong)] == sorted(wrong)
    assert len(rows) == MAX_GROUPS
    assert rows[0][1] == "66.7"
    assert f"The {MAX_GROUPS} least well recognised of 20 groups" in block
