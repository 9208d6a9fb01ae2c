"""One probe's accuracy on several splits of the same photos in; what the gaps between them say out."""

from unseen.auditing.findings import Finding, FindingKind, Unit
from unseen.records import Interval

# Points of accuracy. Five random folds of sign_digits, where groups do not matter, differ by 1 point from five that
# keep groups apart; rps_subhi 8, fingers_subhi 19.
MIN_GAP = 0.04


def split_gap_findings(random: Interval, apart: Interval | None, given: Interval | None) -> list[Finding]:
    """Return `random-split-flatters` and `unlike-test` where the gap is over `MIN_GAP` and the intervals do not meet.

    random, apart: over all photos, by folds drawn at random and by folds that keep groups whole. given: on the stated
    test part alone. Absent ones are `None`, or have the value `None`.
    """
    findings = []
    if apart is not None and _gap(random, apart) > 0:
        findings.append(_flatters(random, apart))
    if given is not None and _gap(random, given) > 0:
        findings.append(_unlike(random, given))
    return findings


def _gap(high: Interval, low: Interval) -> float:
    """Return how far `low` is below `high`; 0 where that is too little or not sure."""
    if high.value is None or low.value is None:
        return 0.0
    sure = low.high is None or high.low is None or low.high < high.value or high.low > low.value
    gap = high.value - low.value
    return gap if gap >= MIN_GAP and sure else 0.0


def _flatters(random: Interval, apart: Interval) -> Finding:
    gap = _gap(random, apart)
    return Finding(
        kind=FindingKind.RANDOM_SPLIT_FLATTERS,
        severity=min(0.95, 0.7 + gap),
        headline=(
            f"A random split flatters: one and the same probe is right in {random.value:.0%} of the cases when photos"
            f" are split at random, in {apart.value:.0%} when no person, session or burst is on both sides."
        ),
        advice="Never split photo by photo: use the split.csv written here, or let unseen train split.",
        value=gap,
        unit=Unit.ANSWERS_ADDED,
        photos=random.n,
        total=random.n,
        details={"random": random.value, "groups_apart": apart.value, "groups": apart.groups},
    )


def _unlike(random: Interval, given: Interval) -> Finding:
    gap = _gap(random, given)
    return Finding(
        kind=FindingKind.UNLIKE_TEST,
        severity=min(0.85, 0.5 + gap),
        headline=(
            f"The test photos are unlike the training photos: a probe is right in {given.value:.0%} of the cases on the"
            f" test part as given, in {random.value:.0%} when all photos are mixed."
        ),
        advice=(
            "Keep this test part, it tells how the model does on other people and rooms; make the training photos more"
            " varied rather than moving test photos over."
        ),
        value=gap,
        unit=Unit.ANSWERS_LOST,
        photos=given.n,
        total=random.n,
        details={"random": random.value, "as_given": given.value},
    )
