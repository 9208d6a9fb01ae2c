"""What every check of the audit returns: a finding with its number, its photos, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    kind: stable name such as `dark` or `label-conflict`. severity: 0 (worth knowing) to 1 (any number measured on
    these photos is wrong); findings are ranked by it. value, unit: how bad, as one number. photos: how many are
    touched, of `total`. paths: which, worst first. headline: one sentence a beginner understands, with its numbers.
    advice: what to do, one sentence. details: JSON-ready numbers behind it.
    """

    kind: str
    severity: float
    headline: str
    advice: str
    value: float | None
    unit: str
    photos: int
    total: int
    paths: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the photos that is touched, 0 to 1."""
        return self.photos / self.total if self.total else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-ready copy."""
        return {**asdict(self), "details": dict(self.details), "share": self.share}


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Order findings worst first: by severity, then by the share of photos touched, then by name."""
    return tuple(sorted(findings, key=lambda finding: (-finding.severity, -finding.share, finding.kind)))
