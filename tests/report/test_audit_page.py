"""The audit's page shows each thing it was given, nothing it was not, worst first, and no name can break out of it."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.report.audit_fakes import content, empty, finding, interval, score, shown
from tests.report.report_fakes import picture
from tests.report.test_run_page import HOSTILE, Parsed, headings
from unseen.auditing.checks import CheckResult, Need
from unseen.auditing.findings import FindingKind, ranked
from unseen.auditing.next_photos import Recommendation
from unseen.auditing.set_shifts import Shift
from unseen.auditing.split_scores import SplitKind
from unseen.records import Rejected, Uint8Array
from unseen.report.audit_page import (
    MAX_DETAILS,
    MAX_PATHS,
    MAX_PICTURE_CHARACTERS,
    MAX_PICTURES,
    MAX_PICTURES_IN_ALL,
    AuditContent,
    ComparedSet,
    Evidence,
    Shown,
    render_audit,
)
from unseen.report.audit_wording import CLEAN

SPLITS = "How the split changes the accuracy"
CLASSES = "Classes and groups"
NEXT = "What to photograph next"
CHECKED = "What was checked"


def test_a_full_audit_has_every_section_in_order() -> None:
    whole = content()
    page = render_audit(whole)
    parsed = Parsed(page)
    assert parsed.open == []
    expected = [SPLITS, CLASSES, NEXT, "Left out", CHECKED, "Details"]
    assert headings(page) == expected
    order = [page.index(f'id="{name}"') for name in ("finding-1", "finding-4", "splits", "classes", "compared", "next")]
    assert order == sorted(order)
    assert "120 photos in 2 classes, 9 groups; 1 file could not be used" in parsed.text
    assert "Compared with my_hands" in parsed.text
    assert "62.0% of its photos" in parsed.text
    assert "AUC 0.93 (95% interval 0.90 to 0.96, over groups of photos that belong together)" in parsed.text
    assert "No clear difference in: edge width." in parsed.text
    assert "One folder is empty." in parsed.text
    assert "Time: 12 s" in parsed.text
    assert len(parsed.all("img")) == 4 + 3 + 4
    assert [li.strip() for li in re.findall(r'<li class="name">(Photograph.*?)</li>', page)] == [
        "Photograph rock in weaker light.",
        "Photograph paper.",
    ]


@pytest.mark.parametrize(
    ("without", "gone"),
    [
        ({"splits": ()}, SPLITS),
        ({"wishes": ()}, NEXT),
        ({"rejected": ()}, "Left out"),
        ({"checks": ()}, CHECKED),
        ({"compared": None}, "Compared with"),
        ({"class_groups": None}, "Photos of each class in each group"),
        ({"classes": {}}, "Photos of each class</h3>"),
        ({"findings": ()}, "All findings"),
        ({"evidence": {}}, "rock/1.jpg"),
        ({"seconds": {}, "files": {}}, "Details"),
        ({"classes": {}, "class_groups": None, "group_text": (), "notes": ()}, CLASSES),
    ],
)
def test_what_is_empty_is_left_out(without: dict[str, Any], gone: str) -> None:
    assert gone in render_audit(content())
    assert gone not in render_audit(replace(content(), **without))


def test_an_empty_audit_says_that_nothing_was_found() -> None:
    page = render_audit(empty())
    assert CLEAN in page
    assert headings(page) == []
    assert "120 photos" in page


def test_without_photos_nothing_is_called_clean() -> None:
    page = render_audit(empty(photos=0))
    assert CLEAN not in page
    assert "There are no photos to audit." in page


def test_the_worst_finding_is_the_verdict_and_the_ranking_is_kept() -> None:
    page = render_audit(content())
    statement = re.findall(r'<p class="statement name">(.*?)</p>', page)
    assert statement == ["headline of leak-group."]
    listed = re.findall(r'<li class="(\w+)"><a href="#finding-(\d)">.*?class="headline name">(.*?)</span>', page, re.S)
    assert listed == [
        ("wrong", "1", "headline of leak-group."),
        ("serious", "2", "headline of label-conflict."),
        ("mend", "3", "headline of bursts."),
        ("minor", "4", "headline of dark."),
    ]
    sections = re.findall(r'id="finding-(\d)">.*?<h2 class="name">(.*?)</h2>', page, re.S)
    assert sections == [(place, headline) for _, place, headline in listed]


def test_minor_findings_are_listed_but_do_not_cry_wolf() -> None:
    page = render_audit(replace(content(), findings=(finding(FindingKind.DARK, 0.15),)))
    assert CLEAN in page
    assert "1 minor finding" in page
    assert "headline of dark." in page


def test_the_splits_lie_on_one_scale_and_the_difference_is_told() -> None:
    page = render_audit(content())
    section = page.split('id="splits"')[1].split("</section>")[0]
    assert re.findall(r'"mark" style="left: ([\d.]+)%', section) == ["87.00", "85.00", "70.00"]
    assert re.findall(r'"band" style="left: ([\d.]+)%; width: ([\d.]+)%', section)[2] == ("67.00", "6.00")
    assert "Your split scores 87.0%, groups kept apart 70.0%: expect the lower number" in section
    assert "96 of 100 test photos leak" in section


def test_an_unmeasured_split_is_not_zero() -> None:
    splits = (score(SplitKind.RANDOM, 0.8, 3), score(SplitKind.GROUPED, None))
    section = render_audit(replace(content(), splits=splits)).split('id="splits"')[1].split("</section>")[0]
    assert "not measured" in section
    assert section.count('class="mark"') == 1
    assert "points" not in section


def test_a_finding_shows_number_share_and_advice() -> None:
    section = render_audit(content()).split('id="finding-2"')[1].split("</section>")[0]
    measure = section.split('<p class="measure">')[1].split("</p>")[0]
    assert '<b class="name">3 pairs of one picture under two labels</b>' in measure
    assert "<span>6 of 120 photos</span>" in measure
    assert 'style="width: 5.00%"' in measure
    assert "<b>What to do:</b> advice on label-conflict." in section


def test_classes_and_groups_are_drawn() -> None:
    section = render_audit(content()).split('id="classes"')[1].split("</section>")[0]
    bars = re.findall(r'class="name">(\w+)</span><span class="thin".*?width: ([\d.]+)%.*?<b>(\d+)</b>', section)
    assert bars == [("rock", "100.00", "70"), ("paper", "71.43", "50")]
    cells = re.findall(r'<td(?: style="--shade: (\d+)%")?>(\d*)</td>', section)
    assert [number for _, number in cells] == ["40", "20", "30", ""]
    assert cells[3] == ("", "")
    assert "Not shown: 7 smaller groups." in section


def test_skipped_checks_are_told_at_the_top() -> None:
    head = render_audit(content()).split("</header>")[0]
    assert "Some checks could not run" in head
    assert re.search(r'labels <span class="muted">\(it needs a pre-trained network', head)
    assert "blur" not in head
    done = replace(content(), checks=(CheckResult("copies", None, 2), CheckResult("blur", None, 0)))
    assert "Not everything" not in render_audit(done)


def test_long_lists_of_paths_and_details_are_cut_and_say_so() -> None:
    paths = tuple(f"rock/{i}.jpg" for i in range(MAX_PATHS + 1_300))
    long = finding(
        FindingKind.BURSTS, 0.5, paths=paths, photos=9_000, total=9_000, details={"text": "x" * (MAX_DETAILS * 2)}
    )
    page = render_audit(replace(content(), findings=(long,)))
    assert page.count('<li class="name"><code>rock/') == MAX_PATHS + 1  # and the rejected one
    assert "and 1,300 more, all in audit.json" in page
    assert "Which photos (1,500 of 9,000, worst first)" in page
    assert "The rest is in audit.json." in page
    assert page.count("x" * 100) < MAX_DETAILS / 90


def test_pictures_of_a_finding_are_capped_and_pairs_stay_whole() -> None:
    odd = Evidence(((shown(0),), *[(shown(2 * i), shown(2 * i + 1)) for i in range(1, 30)]))
    parsed = Parsed(render_audit(replace(content(), compared=None, evidence={FindingKind.BURSTS: odd})))
    assert len(parsed.all("img")) == MAX_PICTURES - 1  # one alone and eleven pairs: a twelfth would be cut in half
    burst = Evidence((tuple(shown(i) for i in range(40)),))
    page = render_audit(replace(content(), compared=None, evidence={FindingKind.BURSTS: burst}))
    assert len(Parsed(page).all("img")) == MAX_PICTURES
    assert "and 16 more" in page


def test_pictures_are_capped_in_all_and_the_worst_findings_keep_theirs() -> None:
    findings = ranked([finding(kind, 0.9 - i / 100) for i, kind in enumerate(list(FindingKind)[:20])])
    one = shown(1)
    evidence = {found.kind: Evidence(((one,) * MAX_PICTURES,)) for found in findings}
    page = render_audit(replace(content(), findings=findings, evidence=evidence))
    assert len(Parsed(page).all("img")) == MAX_PICTURES_IN_ALL
    counts = [section.split("</section>")[0].count("<img") for section in page.split('id="finding-')[1:]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == MAX_PICTURES


def test_pictures_that_compress_badly_do_not_swell_the_page() -> None:
    noise: Uint8Array = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    findings = ranked([finding(kind, 0.9 - i / 100) for i, kind in enumerate(list(FindingKind)[:13])])
    row = (Shown("a.jpg", "a", noise),) * MAX_PICTURES
    page = render_audit(
        replace(content(), findings=findings, evidence={found.kind: Evidence((row,)) for found in findings})
    )
    assert 0.5 * MAX_PICTURE_CHARACTERS < len(page) < MAX_PICTURE_CHARACTERS + 500_000


def test_the_page_is_alone_and_quiet() -> None:
    page = render_audit(content())
    parsed = Parsed(page)
    policy = [meta["content"] for meta in parsed.all("meta") if "http-equiv" in meta]
    assert policy == [
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ]
    assert parsed.all("script") == parsed.all("link") == []
    targets = {attributes["id"] for _, attributes in parsed.elements if "id" in attributes}
    for tag, attributes in parsed.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name == "src":
                assert value is not None
                assert value.startswith("data:image/")
            if name == "href":
                assert value is not None
                assert value.startswith("#")
                assert value[1:] in targets
    assert "url(" not in page


def test_a_reader_without_sight_gets_the_pictures_and_tables() -> None:
    parsed = Parsed(render_audit(content()))
    assert all(attributes.get("alt") and attributes.get("title") for attributes in parsed.all("img"))
    assert all(attributes.get("scope") in {"col", "row"} for attributes in parsed.all("th"))


def test_hostile_names_stay_text_everywhere() -> None:
    odd = f"{HOSTILE}\x00\udc80"
    hostile = finding(FindingKind.DARK, 0.9, headline=odd, advice=odd, paths=(odd,), details={odd: [odd]})
    row = (Shown(odd, odd, picture(0, 16), odd), Shown(odd, odd, picture(1, 16), odd))
    page = render_audit(
        AuditContent(
            title=odd,
            photos=120,
            classes={odd: 120},
            groups=9,
            group_text=(odd,),
            findings=(hostile,),
            evidence={FindingKind.DARK: Evidence((row,))},
            wishes=(Recommendation(odd, 0.5, FindingKind.DARK),),
            splits=(score(SplitKind.RANDOM, 0.5, 3), score(SplitKind.GROUPED, 0.3)),
            classifier=odd,
            compared=ComparedSet(
                name=odd,
                auc=interval(0.9),
                outside=None,
                shifts=(Shift(odd, 1.0, 2.0, 0.9, 0.0, odd), Shift(odd, 1.0, 1.0, 0.1, 0.9, None)),
                nearest=(row,),
            ),
            class_groups=((odd,), (odd,), ((120,),)),
            rejected=(Rejected(odd, odd),),
            notes=(odd,),
            checks=(CheckResult(odd, Need.FEATURES, 0),),
            seconds={odd: 1.0},
            files={odd: odd},
        )
    )
    parsed = Parsed(page)
    assert parsed.all("script") == []
    assert not any("onerror" in attributes for _, attributes in parsed.elements)
    assert len(parsed.all("img")) == 4
    assert parsed.text.count(HOSTILE) >= 30
    assert "{{ 7 * 7 }}" in parsed.text
    page.encode("utf-8")
    assert "\x00" not in page


def test_renders_the_same_bytes_each_time() -> None:
    assert render_audit(content()) == render_audit(content())
