"""Write counts, lists, shares and times for people, the same way everywhere."""

import csv
import io
import math
import shlex
import unicodedata
from collections.abc import Sequence


def plural(number: int, one: str, many: str = "") -> str:
    """Return a noun or verb in its number: `plural(2, "class")` is 'classes', `plural(2, "has", "have")` is 'have'."""
    if number == 1:
        return one
    if many:
        return many
    return f"{one}es" if one.endswith(("s", "x", "ch", "sh")) else f"{one}s"


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: '1 photo', '1,200 photos', '2 classes'."""
    return f"{number:,} {plural(number, one, many)}"


def listed(items: Sequence[object], most: int = 10, quoted: bool = False) -> str:
    """Return the first `most` items with commas, then how many are left out: 'a, b and 3 more'.

    quoted: put each item in single quotes, as names are.
    """
    shown = ", ".join(f"'{item}'" if quoted else str(item) for item in items[:most])
    return f"{shown} and {len(items) - most:,} more" if len(items) > most else shown


def printable(text: str) -> str:
    """Return `text` with control characters and bytes that are no text escaped: a file name cannot steer a terminal."""
    return "".join(repr(one)[1:-1] if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in text)


def for_shell(names: Sequence[str]) -> str:
    """Return names as a shell takes them after a flag: `a,b`, or `'a,"b, left"'` where one has a comma or a space."""
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(names)
    return shlex.quote(row.getvalue())


def percent(share: float | None, decimals: int = 1) -> str:
    """Return a share in [0, 1] as a percentage; 'unknown' for `None`. Only exactly 0 and 1 read 0% and 100%."""
    if share is None:
        return "unknown"
    rounded = round(share * 100, decimals)
    if rounded >= 100 and share < 1:
        rounded = 100 - 10**-decimals
    if rounded <= 0 and share > 0:
        rounded = 10**-decimals
    return f"{rounded:.{decimals}f}%"


def points(difference: float) -> str:
    """Return the difference of two shares in percentage points: '1 point', '2.5 points', '12 points'."""
    value = abs(difference) * 100
    written = f"{value:.0f}" if value >= 9.5 else f"{value:.1f}".removesuffix(".0")
    return f"{written} {'point' if written == '1' else 'points'}"


def span(low: float | None, high: float | None) -> str:
    """Return an interval of shares as '74 to 90' percent, rounded outwards so that it never looks narrower than it is.

    Empty where a bound is `None`.
    """
    if low is None or high is None:
        return ""
    decimals = 0 if high - low >= 0.05 else 1
    scale = 10**decimals
    # The inner rounding removes binary dust, as in 0.29 * 100 = 28.999999999999996.
    down = math.floor(round(low * 100 * scale, 6)) / scale
    up = math.ceil(round(high * 100 * scale, 6)) / scale
    return f"{down:.{decimals}f} to {up:.{decimals}f}"


def duration(seconds: float) -> str:
    """Return seconds as '0.4 s', '12 s', '3 min 5 s' or '2 h 10 min'."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60} min"
