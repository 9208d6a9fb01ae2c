"""Hold a setting that may differ between classes: flip all photos, but not those of `left`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from unseen.errors import SettingError
from unseen.text import listed

Answer = bool | Literal["auto"]
LISTED = 40  # class names in one message


@dataclass(frozen=True, slots=True)
class PerClass:
    """One answer for every class: that in `named`, else `rest`."""

    rest: Answer = "auto"
    named: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def answers(self) -> set[Answer]:
        """Every answer that is given."""
        return {self.rest, *self.named.values()}

    def of(self, classes: Sequence[str]) -> list[Answer]:
        """Return the answer of each of `classes`."""
        return [self.named.get(name, self.rest) for name in classes]

    def require_known(self, setting: str, classes: Sequence[str]) -> None:
        """Raise `SettingError` where a class is named that is not one of `classes`."""
        unknown = [name for name in self.named if name not in classes]
        if unknown:
            raise SettingError(
                setting, f"names '{unknown[0]}', which is no class: use one of {listed(classes, LISTED)}"
            )


AUTO = PerClass()
# What a caller may give: one answer for every class, or one for some classes and `auto` for the rest.
PerClassSetting = Answer | Mapping[str, Answer] | PerClass


def per_class(setting: str, value: object) -> PerClass:
    """Return `value`, a `PerClassSetting` or what JSON makes of a `PerClass`, as a `PerClass`.

    Raises `SettingError` for any other value.
    """
    if isinstance(value, Mapping):
        saved = set(value) == {"rest", "named"} and isinstance(value["named"], Mapping)
        answers = PerClass(**value) if saved else PerClass("auto", value)
    else:
        answers = value if isinstance(value, PerClass) else PerClass(value)  # type: ignore[arg-type]  # checked below
    for answer in (answers.rest, *answers.named.values()):
        if not isinstance(answer, bool) and answer != "auto":
            raise SettingError(setting, f"is {answer!r}: use True, False or auto, or one of these for single classes")
    return answers
