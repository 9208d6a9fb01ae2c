"""Say what to do next after a run, by its mistakes, what it cannot stand and what its audit found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unseen.auditing.severity import SERIOUS, WORTH_FIXING
from unseen.explanation.cause_wording import TITLES, advice, sentence, sure
from unseen.explanation.causes import Cause
from unseen.explanation.explained import Explanation
from unseen.explanation.stress.stress_test import Stress
from unseen.explanation.stress.stress_wording import weakness
from unseen.text import count

MOST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Explanations of some of a run's mistakes, and what its model withstands; `None` where that was not measured."""

    mistakes: tuple[Explanation, ...]
    stress: Stress | None

    @property
    def causes(self) -> Mapping[str, str]:
        """The first cause of each mistake in words, by path."""
        return {one.path: sentence(one.causes[0], one) for one in self.mistakes if one.causes}


def next_steps(found: Diagnosis, findings: Sequence[tuple[float, str]]) -> list[str]:
    """Return at most three things to do, the most helpful first; findings: (severity, headline), worst first."""
    audited = [(severity, f"{headline} See audit.html.") for severity, headline in findings if severity >= WORTH_FIXING]
    serious = [step for severity, step in audited if severity >= SERIOUS][:1]
    weakest = [weakness(found.stress, row.name) for row in found.stress.weakest] if found.stress else []
    others = [step for _, step in audited if step not in serious]
    # one finding before what the model is weak at, all others only where there is nothing else to say
    first = 0 if serious else 1
    steps = [*serious, *_by_cause(found.mistakes), *others[:first], *weakest, *others[first:]]
    return steps[:MOST_STEPS]


def _by_cause(mistakes: Sequence[Explanation]) -> list[str]:
    """Return what to do about the most frequent causes; where no change mends a photo, more like it do."""
    of = count(len(mistakes), "mistake that was explained", "mistakes that were explained")
    counts = Counter(
        one.causes[0].cause if one.causes and sure(one.causes[0]) else Cause.NOT_COVERED for one in mistakes
    )
    return [
        f"{TITLES[cause]} in {photos} of {of}. {advice(cause)}" for cause, photos in counts.most_common(MOST_STEPS - 1)
    ]


def answer(name: str, sentence_of_run: str, found: Diagnosis, steps: Sequence[str]) -> str:
    """Return a text in Markdown to paste under one's own question in a forum."""
    lines = [f"**How good is it?** {sentence_of_run}", ""]
    if found.causes:
        lines += ["**What goes wrong?** Each photo was predicted again with one thing changed at a time:", ""]
        lines += [f"- {text}" for text in found.causes.values()] + [""]
    if found.stress and found.stress.weakest:
        lines += [f"**What does it withstand?** {found.stress.clean.n} photos were made worse in known ways:", ""]
        lines += [f"- {weakness(found.stress, row.name)}" for row in found.stress.weakest] + [""]
    if steps:
        lines += ["**What next?**", "", *(f"{number}. {step}" for number, step in enumerate(steps, 1)), ""]
    again = f"`unseen explain {name} PHOTOS` and `unseen stress {name} PHOTOS`"
    return "\n".join([*lines, f"Measured with unseen; {again} do it again."]) + "\n"
