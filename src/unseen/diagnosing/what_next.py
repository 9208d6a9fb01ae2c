"""Say what to do once a model has been examined: what to mend first, with the command where there is one."""

from pathlib import Path
from shlex import quote

from unseen.diagnosing.diagnosis import BELOW, Diagnosis, Fixed
from unseen.text import for_shell

Step = tuple[str, str]
"""A sentence, and a command or nothing."""


def first_steps(found: Diagnosis) -> list[Step]:
    """Return the steps, those that mend most first."""
    model = Path(found.model).name
    if found.claim == "nothing":
        return [
            ("Look at the photos and their folders: are they of the classes that the model was trained on?", ""),
            ("If its outputs have names, name them in their order:", f"unseen doctor {model} PHOTOS --classes A,B,C"),
            ("Open the file that was saved after training, not before.", ""),
            *_after_fix(found.fixed, ("Or train anew on the same photos:", "unseen train PHOTOS")),
        ]  # fmt: skip
    steps: list[Step] = []
    if found.order_wrong:
        order = sorted(zip(found.outputs, found.folders, strict=True), key=lambda pair: int(pair[0]))
        named = for_shell([folder for _, folder in order])
        steps.append((f"Name the model's outputs in this order: {named}.", ""))
    if found.reading is not None and (found.lost >= BELOW or found.theirs is None):
        steps.append(("Prepare photos by the lines below, wherever your program does it.", ""))
    if found.worse_elsewhere:
        steps.append(
            ("The rest is the model's: it never saw people, rooms or cameras like yours. See what differs:",
             "unseen audit PHOTOS --against MY_PHOTOS")
        )  # fmt: skip
    steps += _after_fix(
        found.fixed, ("See what ours reaches on the same photos:", f"unseen doctor {model} PHOTOS --fix")
    )
    if found.worse_elsewhere:
        teach = f"unseen extend {quote(found.fixed.run)} MY_PHOTOS" if found.fixed else "unseen train PHOTOS"
        steps.append(("Train on photos of more people and rooms, some of yours among them:", teach))
    if found.reading is not None:
        steps.append(("Use it at once, prepared rightly:", f"unseen doctor {model} PHOTOS --wrap runs/theirs"))
    if found.own is None:
        steps.append(("Measure it on photos of your own:", f"unseen doctor {model} PHOTOS --against MY_PHOTOS"))
    return steps


def _after_fix(fixed: Fixed | None, first: Step) -> list[Step]:
    """Return what to do with ours, by what it reaches on new photos; `first` where it was not trained yet."""
    if fixed is None:
        return [first]
    both = fixed.own or fixed.held_out
    see = ("See where ours is wrong, and why, in its report:", quote(str(Path(fixed.run) / "report.html")))
    if both is not None and (both.difference.value or 0.0) <= 0:
        return [("Ours is no better: what both lack is photos like those they are wrong on.", ""), see]
    return [("Use ours, which was trained on the same photos:", f"unseen predict {quote(fixed.run)} photo.jpg"), see]
