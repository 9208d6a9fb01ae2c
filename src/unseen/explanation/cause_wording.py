"""Say causes in plain words, each with what to do."""

from unseen.explanation.causes import Cause
from unseen.explanation.explained import Accused, Explained, Explanation
from unseen.explanation.hand_difference import Held
from unseen.explanation.joint_replay import JointReplay
from unseen.explanation.replays import BY_NAME
from unseen.text import count, percent

TITLES: dict[Cause, str] = {
    Cause.BACKGROUND: "The background decides",
    Cause.EXIF_IGNORED: "The photo is turned by its EXIF tag, wrongly",
    Cause.ROTATED: "The photo is rotated",
    Cause.MIRRORED: "The photo is mirrored, or shows the other hand",
    Cause.TOO_FAR: "The subject is too small in the photo",
    Cause.TOO_CLOSE: "The subject is cut off or too close",
    Cause.SQUASHED: "The photo is squashed",
    Cause.CHANNELS_SWAPPED: "Red and blue are swapped (BGR instead of RGB)",
    Cause.VALUE_RANGE: "The values are not 0 to 255, as if the photo was normalised before",
    Cause.NEGATIVE: "The photo is a negative",
    Cause.TOO_DARK: "The photo is too dark",
    Cause.TOO_BRIGHT: "The photo is too bright",
    Cause.LOW_CONTRAST: "The photo has too little contrast",
    Cause.HIGH_CONTRAST: "The photo has too much contrast",
    Cause.COLOUR_CAST: "The light has a colour cast",
    Cause.NO_COLOUR: "The photo has no colour",
    Cause.BLURRED: "The photo is blurred",
    Cause.NOISY: "The photo is noisy",
    Cause.JPEG: "The photo is compressed too strongly",
    Cause.LOW_RESOLUTION: "The photo has too few pixels",
    Cause.NOT_COVERED: "Training had no photos like this one",
}
# more: how photos are added, see `more_photos`
ADVICE: dict[Cause, str] = {
    Cause.BACKGROUND: "Add ten photos from this room{more}. Or take the photo before a plain wall.",
    Cause.EXIF_IGNORED: "Remove the EXIF orientation tag, or turn the pixels by it once and save without it.",
    # a run that was trained so may miss such a photo, too
    Cause.ROTATED: "Hold the camera upright. Where a turned photo means the same, train with --rotate yes, or, if that "
    "was done, add ten photos turned so{more}.",
    Cause.MIRRORED: "Turn off the camera's mirror. Where the other hand means the same, train with --flip yes, or, if "
    "that was done, add ten photos of it{more}.",
    Cause.TOO_FAR: "Come closer, or crop photos to the subject as training's are.",
    Cause.TOO_CLOSE: "Step back until the whole subject is in the photo.",
    Cause.SQUASHED: "Keep the photo's proportions: give the file itself, not one resized to a square.",
    Cause.CHANNELS_SWAPPED: "OpenCV reads BGR: convert with cv2.cvtColor(photo, cv2.COLOR_BGR2RGB) before predicting.",
    Cause.VALUE_RANGE: "Give uint8 values from 0 to 255 and normalise nothing: the model does that itself.",
    Cause.NEGATIVE: "Invert the photo: 255 - photo.",
    Cause.TOO_DARK: "Add light or expose longer. Or add ten photos as dark as this{more}.",
    Cause.TOO_BRIGHT: "Expose less, away from the lamp. Or add ten photos as bright{more}.",
    Cause.LOW_CONTRAST: "Clean the lens; or add ten such photos{more}.",
    Cause.HIGH_CONTRAST: "Use softer light; or add ten such photos{more}.",
    Cause.COLOUR_CAST: "Set the camera's white balance; or add ten photos in this light{more}.",
    Cause.NO_COLOUR: "Predict colour photos, or add grey ones{more}.",
    Cause.BLURRED: "Hold still and focus; or add ten photos as blurred{more}.",
    Cause.NOISY: "Add light: noise is what dark rooms make. Or add ten such photos{more}.",
    Cause.JPEG: "Send the original file, or save with quality 85 or more.",
    Cause.LOW_RESOLUTION: "Give the photo at its full size; or add ten as small{more}.",
    Cause.NOT_COVERED: "Add ten photos like this one, with its label{more}.",
}

# An answer that is less probable is not sure of itself: the second most probable is named beside it.
SURE = 0.6
LIKELY = -0.7  # half of all that is suspected (natural logarithm): a cause that no change undid is certain from there


def sure(accused: Accused) -> bool:
    """Say whether a change undid the cause, or the photo's own measures leave little doubt of it."""
    return (accused.replay is not None and accused.probability is not None) or accused.score >= LIKELY


def sentence(accused: Accused, of: Explanation) -> str:
    """Say one cause with its numbers: "The background decides: before a wall this is 7 (93%); it was 2 (61%)"."""
    title = TITLES[accused.cause]
    was = f"{of.label} ({percent(of.probability, 0)})"
    if accused.replay is None or accused.probability is None:
        maybe = title if sure(accused) else f"Perhaps {title[0].lower()}{title[1:]}"
        return f"{maybe}. Training's photos are not like this, and no change that was tried gives {of.target}."
    after = f"{BY_NAME[accused.replay].text} this is {of.target} ({percent(accused.probability, 0)})"
    return f"{title}: {after}; {'as it is it gets no label' if of.nameless else f'it was {was}'}."


HELD = {
    Held.STRAIGHTER: "is straighter",
    Held.BENT_MORE: "is bent more",
    Held.BESIDE: "lies beside the palm, not across it",
    Held.ACROSS: "lies across the palm, not beside it",
}


def held(of: Explanation) -> str | None:
    """Say which finger is held otherwise than in training, and what the answer is with the joints held as there:
    "The thumb lies beside the palm, not across it, ... With that hand's joints this is V (91%), with its thumb alone
    74%."; `None` where nothing is known of that.
    """
    if of.pose is None or (of.pose.difference is None and of.pose.replayed is None):
        return None
    hand = f"training's most similar hand of {of.target}{f' ({of.pose.near})' if of.pose.near else ''}"
    said, found = [], of.pose.difference
    if found is not None:
        than = " than" if found.held in (Held.STRAIGHTER, Held.BENT_MORE) else ", unlike"
        said.append(f"The {found.finger} {HELD[found.held]}{than} in {hand}.")
    if of.pose.replayed is not None:
        said.append(_replayed(of.pose.replayed, of, "that hand" if said else hand))
    return " ".join(said)


def _replayed(found: JointReplay, of: Explanation, hand: str) -> str:
    answer = of.classes[found.label]
    if answer != of.target:
        return f"With the joints of {hand} this would be {answer}, too: what else is seen decides."
    best = found.fingers[found.finger]
    alone = f", with its {found.finger} alone {percent(best, 0)}" if best >= 0.5 else "; no finger alone brings that"
    return f"With the joints of {hand} this would be {of.target} ({percent(found.probability, 0)}){alone}."


def advice(cause: Cause, extends: bool = True) -> str:
    """Say what to do about a cause. extends: see `can_be_extended`."""
    return ADVICE[cause].format(more=more_photos(extends))


def more_photos(extends: bool) -> str:
    """Say how a model is taught more photos, as the end of a sentence."""
    return ": unseen extend RUN PHOTOS" if extends else " and train on them and its own: unseen train PHOTOS"


def summary(of: Explanation) -> str:
    """Say in one sentence what was found of a photo."""
    was = f"{of.label} ({percent(of.probability, 0)})"
    nothing = ""
    if of.nameless:
        nothing = f"It gets no label: it looks like nothing that the model knows, most like {was}."
    if of.causes:
        first = of.causes[0]
        nothing = "" if first.replay else nothing  # else it says so itself
        return " ".join(filter(None, (nothing, sentence(first, of), advice(first.cause, of.extends), label_doubt(of))))
    if nothing:
        return nothing
    if of.right:
        return f"This is {was}, as it should be."
    if of.right is None and of.target is None:
        return f"This is {was}; nothing speaks against that." if of.probability >= SURE else _unsure(of, was)
    why = f"This is {was}, not {of.target}: no change of the photo explains it."
    return " ".join(filter(None, (why, label_doubt(of), held(of), advice(Cause.NOT_COVERED, of.extends))))


def _unsure(of: Explanation, was: str) -> str:
    second = sorted(range(len(of.classes)), key=of.probabilities.__getitem__)[-2]
    other = f"{of.classes[second]} ({percent(of.probabilities[second], 0)})"
    return f"This may be {was} or {other}: the model is not sure. {advice(Cause.NOT_COVERED, of.extends)}"


def label_doubt(of: Explanation) -> str:
    """Ask whether the label is right where all nearest training photos have the answer's, and no change mends it.

    Not where a cause is certain: what is near to a spoiled photo says little.
    """
    near = [one.label for one in of.covered.nearest] if of.covered and of.right is False else []
    alike = bool(near) and set(near) == {of.label} and not any(one.replay for one in of.causes)
    alike = alike and (not of.causes or of.causes[0].score < LIKELY)
    return f"The {len(near)} nearest training photos are all {of.label}: is the label right?" if alike else ""


def first_thing(of: Explained, listed: bool = False) -> str:
    """Say what accounts for most failures of several photos, and the one thing to do first.

    listed: the causes stand in a table beside it.
    """
    missed = [photo for photo in of.photos if photo.missed]
    wrong = len(missed)
    if not wrong:
        nameless = sum(photo.nameless for photo in of.photos)
        besides = f" {nameless} of them {'gets' if nameless == 1 else 'get'} no label." if nameless else ""
        return f"Nothing speaks against the answers for these {count(len(of.photos), 'photo')}.{besides}"
    how = " or missing" if any(photo.nameless for photo in missed) else ""
    many = f"{wrong} of {count(len(of.photos), 'answer')} {'is' if wrong == 1 else 'are'} wrong{how}"
    extends = all(photo.extends for photo in of.photos)
    if not of.counts:
        return f"{many}, and no single change explains one. {advice(Cause.NOT_COVERED, extends)}"
    causes = ", ".join(f"{TITLES[cause].lower()} ({number})" for cause, number in of.counts.items())
    first, rest = next(iter(of.counts)), wrong - sum(of.counts.values())
    causes += f", no cause that was found ({rest})" if rest else ""
    return f"{many}{'' if listed else f': {causes}'}. First: {advice(first, extends)}"
