"""Say what to do next after a run, by its mistakes, what it cannot stand and what its audit found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unseen.explanation.cause_wording import TITLES, advice, sentence
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
    steps = []
    counts = Counter(one.causes[0].cause if one.causes else Cause.NOT_COVERED for one in found.mistakes)
    for cause, photos in counts.most_common(MOST_STEPS - 1):
        of = count(len(found.mistakes), "mistake that was explained", "mistakes that were explained")
        steps.append(f"{TITLES[cause]} in {photos} of {of}. {advice(cause)}")
    if findings and findings[0][0] >= 0.3:
        steps.append(f"{findings[0][1]} See audit.html.")
    weakest = found.stress.weakest if found.stress else ()
    steps += [weakness(found.stress, row.name) for row in weakest if found.stress]
    return steps[:MOST_STEPS]


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
