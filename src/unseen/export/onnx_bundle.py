"""Write a bundle if ONNX Runtime and torch agree on real photos."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from unseen.batches import same_shape_batches
from unseen.errors import UnseenError
from unseen.export.agreement import Agreement
from unseen.export.bundle import GRAPH, INPUT, OUTPUTS, REGIONS, WEIGHTS, BundleFacts, write_facts
from unseen.export.compare_answers import agree_where_located, in_torch
from unseen.export.doors import compare_doors
from unseen.export.graph import write_graph
from unseen.locate.known_networks import knows_finder
from unseen.locate.locator import Locator
from unseen.models.classifier import Classifier
from unseen.models.weights import METADATA
from unseen.onnx_session import Session, cpu_session
from unseen.records import Float32Array, Uint8Array
from unseen.runs import atomic_path
from unseen.runtime import one_thread
from unseen.threads import work_ahead

# Photos that both runtimes must agree on, all of them where a set has fewer; and where the part up to the features is
# one that was compared before, so that only the head is new. All are asked where these few disagree.
CHECKED_PHOTOS, CHECKED_AGAIN = 256, 8
TOGETHER = 4
# Photos of them that torch looks for the thing in, too, where the locator's graph came with the package, which tests
# compare: of a fine-tuned handnet that takes ten times as long as all the rest. Of others the graph's own box is taken.
SEARCHED = 32


def write_bundle(
    classifier: Classifier,
    locator: Locator | None,
    facts: BundleFacts,
    folder: Path,
    photos: Sequence[Uint8Array],
    files: Sequence[Path] = (),
) -> Agreement:
    """Export to `folder` after comparing both runtimes on decoded `photos`, (H, W, 3 or 4) uint8 each.

    locator: what finds the boxes that `classifier` crops, `None` where it is given whole photos. files: of photos on
    which the ways into the graph are compared.

    Raises `UnseenError`, leaving `folder` as it was, where they disagree.
    """
    model = classifier.to("cpu", memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    with tempfile.TemporaryDirectory() as temporary:
        graph = Path(temporary) / GRAPH
        found = write_graph(model, locator, graph, facts)
        session = one_thread_session(graph)
        agreement = compare(model, locator, session, photos[: CHECKED_AGAIN if found else None])
        if found and not agreement.holds and len(photos) > CHECKED_AGAIN:
            agreement = compare(model, locator, session, photos)
        if not agreement.holds:  # what was kept, or came with the package, is of other code: write it before giving up
            write_graph(model, locator, graph, facts, anew=True)
            session = one_thread_session(graph)
            agreement = compare(model, locator, session, photos)
        if not agreement.holds:
            raise UnseenError(
                f"ONNX Runtime and torch disagree on {agreement.photos - agreement.same_answers} of "
                f"{agreement.photos} photos (largest difference {agreement.largest_difference:.2g}): "
                "no bundle was written, please report the model and its settings"
            )
        doors = compare_doors(session, files, facts.decode_side_px)
        if not doors.holds:
            raise UnseenError(
                f"a photo's file, its array and the graph alone differ by {doors.probability:.2g} in a probability, "
                f"{doors.grey_levels:.2g} grey levels: no bundle was written, please report the model and its settings"
            )
        with atomic_path(folder / GRAPH) as target:
            target.write_bytes(graph.read_bytes())
    with atomic_path(folder / WEIGHTS) as target:
        stated = {"model": facts.model, "mean": facts.mean, "std": facts.std, "padding": facts.padding}
        tensors = {name: value.contiguous() for name, value in model.state_dict().items()}
        # one entry: safetensors writes several in an order that differs from run to run, and the bytes with it
        target.write_bytes(save(tensors, metadata={METADATA: json.dumps(stated)}))
    write_facts(folder, facts)
    return replace(agreement, files=doors.files)


def one_thread_session(graph: Path) -> Session:
    """Open a graph to be run in a thread a core, each with one of its own: few photos are too small to share out."""
    return cpu_session(graph, threads=1)


def compare(model: Classifier, locator: Locator | None, session: Session, photos: Sequence[Uint8Array]) -> Agreement:
    """Run both runtimes on the photos, those of one shape a few at a time, so that photos of any shape are compared."""
    searched = SEARCHED if locator and knows_finder(locator) else len(photos)

    def work(positions: list[int]) -> tuple[Float32Array, Float32Array]:
        batch = np.stack([photos[i][..., :3] for i in positions])
        with one_thread():
            found, *boxes = session.run([OUTPUTS[0], *([REGIONS[0]] if locator else [])], {INPUT: batch})
            given = torch.from_numpy(boxes[0]) if boxes and min(positions) >= searched else None
            return in_torch(model, locator, torch.from_numpy(batch), given), found

    results = list(work_ahead(work, same_shape_batches(photos, TOGETHER), "compare"))
    expected, found = (np.concatenate(rows) for rows in zip(*results, strict=True))
    return agree_where_located(expected, found, locator)
