"""A setting that may differ between classes: text such as `auto,6=no,9=no` in, one answer a class out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unseen.errors import UnseenError
from unseen.text import listed

ANSWERS = ("auto", "no", "yes")
LISTED = 40  # class names in one message


@dataclass(frozen=True, slots=True)
class PerClass:
    """`rest` for every class but those in `named`; answers are of `ANSWERS`."""

    rest: str
    named: Mapping[str, str]

    def __str__(self) -> str:
        """Return the text that `per_class` reads: the answer for the rest first, then classes in order of name."""
        return ",".join([self.rest, *(f"{name}={self.named[name]}" for name in sorted(self.named))])

    @property
    def answers(self) -> set[str]:
        """Every answer that is given."""
        return {self.rest, *self.named.values()}

    def of(self, classes: Sequence[str]) -> list[str]:
        """Return the answer of each of `classes`."""
        return [self.named.get(name, self.rest) for name in classes]

    def require_known(self, flag: str, classes: Sequence[str]) -> None:
        """Raise `UnseenError` where a class is named that is not one of `classes`; `flag` is the setting's."""
        unknown = [name for name in self.named if name not in classes]
        if unknown:
            raise UnseenError(f"--{flag} names '{unknown[0]}', which is no class: use one of {listed(classes, LISTED)}")


def per_class(flag: str, text: str) -> PerClass:
    """Read `ANSWER`, `ANSWER,CLASS=ANSWER,...`, or `CLASS=ANSWER,...` with `auto` for the rest.

    A class with a comma in its name cannot be named. Raises `UnseenError` for anything else, and for a class that is
    named twice.
    """
    items = [item.strip() for item in text.split(",")]
    rest = items.pop(0) if "=" not in items[0] else "auto"
    named: dict[str, str] = {}
    for item in items:
        name, _, answer = (side.strip() for side in item.rpartition("="))
        if not name or answer not in ANSWERS:
            raise _refused(flag, item)
        if name in named:
            raise UnseenError(f"--{flag} names '{name}' twice: give it one answer")
        named[name] = answer
    if rest not in ANSWERS:
        raise _refused(flag, rest)
    return PerClass(rest, named)


def _refused(flag: str, item: str) -> UnseenError:
    known = ", ".join(ANSWERS)
    return UnseenError(f"--{flag} '{item}' asked: use {known}, and others for single classes, as in auto,6=no,9=no")
