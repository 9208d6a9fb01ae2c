"""Write the model card of a bundle in Markdown (Mitchell et al., 2019, arXiv:1810.03993)."""

from collections.abc import Mapping

from unseen.export.bundle import BundleFacts
from unseen.records import PARTS, Interval, Part
from unseen.text import listed

TEMPLATE = """# {title}

{sentence}

- **Classes ({count}):** {classes}
- **Network:** {model}, pre-trained weights: {weights}
- **Input:** `photos`, uint8 (N, H, W, 3) RGB, any height and width. Resizing to {side} px ({fit}) and normalisation
  are inside the graph.
- **Outputs:** `probabilities` (N, {count}), `logits` (N, {count}), `features` (N, {features}), float32; where
  photos show hands `unknown` (N,): how probable it is that a photo shows nothing known, no label from `unknown_at` on.
- **Written by:** unseen {version}
{two_hands}
## How well it works

{table}

{about}

## Use

```
unseen predict RUN photo.jpg
```

or, with any ONNX Runtime, feed raw pixels to `model.onnx`: nothing is left to normalise.
"""
# Of a run that was trained on one of two hands.
TWO_HANDS = """- **Two hands in a photo:** unseen answers for the {hand} one, as the run was trained; the ONNX file
  alone and other forms answer for the larger one.
"""


def write_card(facts: BundleFacts, accuracy: Mapping[Part, Interval], sentence: str, about: str) -> str:
    """Return the card. accuracy: of each part that was measured. about: what its numbers hold for."""
    classes = ", ".join(f"`{name}`" for name in facts.classes)
    return TEMPLATE.format(
        title="Image classifier: " + listed(facts.classes),
        sentence=sentence,
        count=len(facts.classes),
        classes=classes,
        model=facts.model,
        weights=facts.weights,
        side=facts.side_px,
        fit=facts.fit,
        features=facts.features,
        version=facts.unseen_version,
        two_hands=TWO_HANDS.format(hand=facts.hand) if facts.hand else "",
        table=_table(accuracy),
        about=about,
    )


def _table(accuracy: Mapping[Part, Interval]) -> str:
    rows = ["| part | accuracy | 95% interval | photos | groups |", "|---|---|---|---|---|"]
    for part in reversed(PARTS):
        if part in accuracy:
            found = accuracy[part]
            span = "not known" if found.low is None else f"{found.low:.3f} to {found.high:.3f}"
            rows.append(f"| {part} | {found.value:.3f} | {span} | {found.n} | {found.groups} |")
    return "\n".join(rows)
