"""Hold what an audit found, and turn it into the content of `audit.json`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unseen.auditing.checks import CheckResult
from unseen.auditing.findings import Finding
from unseen.auditing.next_photos import Recommendation
from unseen.auditing.set_comparison import SetComparison
from unseen.auditing.set_shifts import shift_summary
from unseen.auditing.split_scores import SplitScore
from unseen.dataset.dataset import Dataset
from unseen.records import Split
from unseen.runs import FileIn
from unseen.version import __version__


@dataclass(frozen=True, slots=True)
class AuditFolder:
    """Where each file of an audit lies."""

    root: Path
    report = FileIn("audit.html")  # the self-contained page
    findings = FileIn("audit.json")  # every number of the page, every path
    split = FileIn("split.csv")  # the grouped split: path,label,group,part


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What an audit found, worst first, and where it was written.

    splits: one classifier's accuracy on each split; classifier: what it was given. grouped: a split in which no group
    is in two parts, `None` where there is none; `notes` say why. comparison, second: the set of `--against`.
    settings: the audit's own, or those of the run it is a part of. seconds: by stage.
    """

    folder: AuditFolder
    data: Dataset
    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    checks: tuple[CheckResult, ...]
    settings: Mapping[str, Any]
    seconds: Mapping[str, float]
    notes: tuple[str, ...] = ()
    splits: tuple[SplitScore, ...] = ()
    classifier: str = ""
    grouped: Split | None = None
    comparison: SetComparison | None = None
    second: Dataset | None = None

    @property
    def summary(self) -> str:
        """The worst finding in one sentence."""
        if self.findings:
            return self.findings[0].headline
        return f"{len(self.data.photos):,} photos: nothing was found that would make a measured number wrong."

    @property
    def class_counts(self) -> dict[str, int]:
        """Photos of each class, in the order of the classes."""
        counts = Counter(photo.label for photo in self.data.photos)
        return {name: counts[name] for name in self.data.classes}

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(set(self.data.grouping.groups))

    def as_dict(self) -> dict[str, Any]:
        """Return the content of `audit.json`."""
        return {
            "version": __version__,
            "settings": dict(self.settings),
            "photos": len(self.data.photos),
            "classes": self.class_counts,
            "groups": self.groups,
            "findings": [finding.as_dict() for finding in self.findings],
            "next_photos": [row.as_dict() for row in self.recommendations],
            "splits": [asdict(score) for score in self.splits],
            "classifier": self.classifier,
            "compared": self._comparison(),
            "checks": [asdict(check) for check in self.checks],
            "rejected": [asdict(row) for row in self.data.rejected],
            "notes": list(self.notes),
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
        }

    def _comparison(self) -> dict[str, Any] | None:
        found, second = self.comparison, self.second
        if found is None or second is None:
            return None
        return {
            "photos": len(second.photos),
            "words": shift_summary(found.second.name, found.shifts),
            "auc": asdict(found.auc),
            "outside": found.outside,
            "shifts": [asdict(shift) for shift in found.shifts],
            "nearer_when": dict(found.nearer),
            "rejected": [asdict(row) for row in second.rejected],
        }
