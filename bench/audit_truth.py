"""What the audit says of real photos, and of the same photos with faults planted in them, as Markdown tables.

`python -m bench.audit_truth --data DIR --weights FILE`. Faults are those of `planted/faults.py`.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.photosets import parser
from planted.faults import DEGRADED, flipped, framed, texture
from unseen.auditing.audit_result import AuditResult
from unseen.auditing.background import background_findings, describe_backgrounds, giveaway
from unseen.auditing.findings import FindingKind
from unseen.auditing.photo_facts import Facts, measure_facts
from unseen.auditing.quality import quality_findings
from unseen.auditing.wrong_labels import label_findings
from unseen.config import AuditConfig
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import load_dataset
from unseen.photos.header import Headers
from unseen.pipelines.audit import audit
from unseen.pipelines.stages.frozen_backbone import audit_recipe, frozen_backbone
from unseen.progress import Silent
from unseen.records import Int64Array, Uint8Array

SETS = ("sign_digits", "rps_freeman", "rps_subhi", "fingers_subhi", "asl_kept", "asl_kept/train")
QUALITY = (
    *map(FindingKind, DEGRADED),
    FindingKind.TINY,
    FindingKind.ODD_SIZE,
    FindingKind.ODD_ASPECT,
    FindingKind.ORIENTATION,
    FindingKind.SCREENSHOTS,
    FindingKind.COLOUR_AMONG_GREY,
)
PLANTED = 200  # photos degraded in each set
FLIPPED, SEEDS = 0.03, 3
SPLITS = ("fingers_subhi", "asl_kept")
SIDE_PX = 160


def findings(data: Path, weights: str) -> dict[str, AuditResult]:
    """Audit every set; print what was found."""
    done = {}
    print("| set | photos | groups | seconds | findings (photos, share) |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as out:
        for name in SETS:
            if not (data / name).is_dir():
                print(f"{name} left out: {data / name} is not there", file=sys.stderr)
                continue
            started = time.perf_counter()
            found = audit(AuditConfig(str(data / name), f"{out}/{name}", weights=weights), Silent())
            seconds = time.perf_counter() - started
            told = [f"{f.kind} ({f.photos:,}, {f.share:.1%})" for f in found.findings if f.kind not in QUALITY]
            cells = (name, f"{len(found.data.photos):,}", f"{found.groups:,}", f"{seconds:.0f}")
            print(f"| {' | '.join(cells)} | {'; '.join(told) or 'none'} |", flush=True)
            done[name] = found
    return done


def as_published(done: dict[str, AuditResult]) -> None:
    """Print how many photos of each set are called poor."""
    kinds = [kind for kind in QUALITY if any(f.kind == kind for found in done.values() for f in found.findings)]
    print(f"\n| photos called | {' | '.join(kinds)} | any, of all |\n|---|{'---|' * (len(kinds) + 1)}")
    for name, found in done.items():
        counts = {f.kind: f.photos for f in found.findings}
        called = {path for f in found.findings if f.kind in kinds for path in f.paths}
        share = len(called) / len(found.data.photos)
        print(f"| {name} | {' | '.join(str(counts.get(kind, 0)) for kind in kinds)} | {share:.2%} |")


def splits(done: dict[str, AuditResult]) -> None:
    """Print what one classifier scores on each split."""
    print("\n| set | split | accuracy of one classifier (95% interval) | leaking photos |\n|---|---|---|---|")
    for name in SPLITS:
        for score in done[name].splits if name in done else ():
            a = score.accuracy
            span = f" ({a.low:.3f} to {a.high:.3f})" if a.low is not None else ""
            print(f"| {name} | {score.kind} | {a.value:.3f}{span} | {score.leaking:,} |")


def quality(gathered: dict[str, Dataset]) -> None:
    """Degrade 200 photos of each set in each way; print the share found, and how many others are called so."""
    print(
        f"\n| planted on {PLANTED}: found / others called so | {' | '.join(DEGRADED)} |\n|---|{'---|' * len(DEGRADED)}"
    )
    for name, data in gathered.items():
        plain = measure_facts(data, data.images, headers=data.headers)
        chosen = np.linspace(0, len(data.labels) - 1, PLANTED).astype(np.int64)
        paths = [photo.path for photo in data.photos]
        cells = []
        for kind, degrade in DEGRADED.items():
            bad = measure_facts(
                data.select(chosen.tolist()),
                [degrade(data.images[i]) for i in chosen.tolist()],
                headers=_headers_at(data.headers, chosen),
            )
            told = {p for f in quality_findings(data, _put(plain, chosen, bad)) if f.kind == kind for p in f.paths}
            planted = {paths[i] for i in chosen.tolist()}
            cells.append(f"{len(told & planted) / PLANTED:.1%} / {len(told - planted)}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _headers_at(headers: Headers, positions: Int64Array) -> Headers:
    columns: dict[str, Any] = {}
    for field in fields(headers):
        column = getattr(headers, field.name)
        columns[field.name] = tuple(column[i] for i in positions) if isinstance(column, tuple) else column[positions]
    return Headers(**columns)


def _put(facts: Facts, positions: Int64Array, others: Facts) -> Facts:
    """Return `facts` with the rows at `positions` replaced; texts are of the file, which stays the same."""
    changed = {}
    for field in fields(facts):
        column = getattr(facts, field.name)
        if not isinstance(column, tuple):
            changed[field.name] = column.copy()
            changed[field.name][positions] = getattr(others, field.name)
    return replace(facts, **changed)


def labels(data: Dataset, weights: str) -> None:
    """Change 3% of the labels; print how many are found and how many of those told are changed ones."""
    frozen = frozen_backbone(audit_recipe(AuditConfig("", "", weights=weights)), "auto")
    if frozen is None:
        print("labels left out: they need --weights", file=sys.stderr)
        return
    features, groups = frozen.features(data.images, Silent()), data.grouping.groups
    clean = sum(finding.photos for finding in label_findings(data, features, groups, 0))
    print(f"\n| {FLIPPED:.0%} of the labels changed | changed | told | found | precision |\n|---|---|---|---|---|")
    print(f"| none (as published) | 0 | {clean} | - | - |")
    for seed in range(SEEDS):
        wrong, chosen = flipped(data, FLIPPED, seed)
        told = {p for finding in label_findings(wrong, features, groups, seed) for p in finding.paths}
        hits = sum(wrong.photos[i].path in told for i in chosen)
        cells = (
            f"seed {seed}",
            str(len(chosen)),
            str(len(told)),
            f"{hits / len(chosen):.1%}",
            f"{hits / len(told):.1%}",
        )
        print(f"| {' | '.join(cells)} |", flush=True)


def backgrounds(data: Dataset) -> None:
    """Put the middle of each photo on a texture, of its class or of its own; print what the check says."""
    rng = np.random.default_rng(0)
    photos, groups = data, data.grouping.groups
    every = range(len(data.labels))
    grounds: dict[str, Callable[[int], Uint8Array]] = {
        "as published": lambda i: data.images[i],
        "a texture a class": lambda i: framed(data.images[i], texture(int(data.labels[i]), rng)),
        "a random texture a photo": lambda i: framed(data.images[i], texture(100 + i, rng)),
    }
    print("\n| background | told right without the subject | chance | p | background-shortcut |\n|---|---|---|---|---|")
    for name, make in grounds.items():
        seen = describe_backgrounds([make(i) for i in every])
        told = giveaway(seen.descriptors, photos.labels, groups, 0)
        kinds = {finding.kind for finding in background_findings(photos, seen, groups, 0)}
        verdict = "found" if FindingKind.BACKGROUND_SHORTCUT in kinds else "silent"
        numbers = f"{told.accuracy:.3f} | {told.chance_level:.3f} | {told.p_value:.3f}" if told else "- | - | -"
        print(f"| {name} | {numbers} | {verdict} |", flush=True)


def main() -> None:
    """Print all tables."""
    given = parser(__doc__ or "").parse_args()
    done = findings(given.data, given.weights)
    as_published(done)
    splits(done)
    gathered = {
        name: load_dataset(AuditConfig(str(given.data / name), ""), SIDE_PX, Silent(), least_classes=1) for name in done
    }
    quality(gathered)
    if "sign_digits" in gathered:
        labels(gathered["sign_digits"], given.weights)
        backgrounds(gathered["sign_digits"])


if __name__ == "__main__":
    main()
