"""Check that a photo gets one answer as a file, as its full-size array, and from the graph alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unseen.errors import UnreadablePhoto
from unseen.export.bundle import INPUT, OUTPUTS
from unseen.onnx_session import Session
from unseen.photos.decode import MAX_EXACT_PIXELS, decode
from unseen.photos.working_size import reduce_photo
from unseen.records import Float32Array, Uint8Array
from unseen.threads import work_ahead

# Files that are compared, spread over those given: of 12 megapixels the graph alone takes half a second.
CHECKED_FILES = 8
TOLERANCE = 0.01
# An RGB profile is applied to the reduced photo, an array of its colours was converted before: mean grey levels.
PIXEL_TOLERANCE = 1.0
_FULL_SIDE_PX = MAX_EXACT_PIXELS  # no photo that is compared has a longer side


@dataclass(frozen=True, slots=True)
class DoorAgreement:
    """Of `files` files: the largest difference of a probability, and of mean grey levels, between the ways in."""

    files: int = 0
    probability: float = 0.0
    grey_levels: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether every way in gives the same answer; NaN is no answer."""
        return self.probability <= TOLERANCE and self.grey_levels <= PIXEL_TOLERANCE


def compare_doors(session: Session, files: Sequence[Path], side_px: int) -> DoorAgreement:
    """Compare the ways in on some of `files`; those that cannot be opened, or are decoded at a reduced scale, are not.

    session: of the graph, run in a thread a core. side_px: `decode_side_px` of the bundle.
    """

    def answer(photo: Uint8Array) -> Float32Array:
        probabilities: Float32Array = session.run([OUTPUTS[0]], {INPUT: photo[None]})[0][0]
        return probabilities

    def compare(file: Path) -> tuple[float, float] | None:
        try:
            of_file, whole = (decode(file, side)[..., :3] for side in (side_px, _FULL_SIDE_PX))
        except UnreadablePhoto:
            return None
        if whole.shape[0] * whole.shape[1] > MAX_EXACT_PIXELS:
            return None
        of_array = reduce_photo(whole, side_px)
        levels = float(np.abs(of_file.astype(np.int16) - of_array).mean())
        # a photo that is small enough would be asked about twice
        apart = 0.0 if of_array is whole else float(np.abs(answer(whole) - answer(of_array)).max())
        return apart, levels

    chosen = files[:: -(-len(files) // CHECKED_FILES) or 1]
    found = [one for one in work_ahead(compare, chosen, "doors") if one is not None]
    # of NaN and a number, NumPy's maximum is NaN
    apart, levels = (float(np.max([row[i] for row in found], initial=0.0)) for i in (0, 1))
    return DoorAgreement(len(found), apart, levels)
