"""Make the search for hands a module that `torch.export` can write."""

import torch
from torch import Tensor

from unseen.locate.hand_reader import READER_PX, HandReader
from unseen.locate.hands import CORNERS, PART, SURE, Found, HandSearch, as_regions, where_found
from unseen.locate.two_hands import ONE_PLACE


class HandModule(HandSearch):
    """View and extent to boxes and scores, as `Locator.find` finds them.

    The four parts of a photo are looked at together: one look at four photos is a quarter of a graph with four looks.
    branches: look at them only where the first passes were not sure; not every converter knows branches.
    """

    def __init__(self, reader: HandReader, branches: bool) -> None:
        super().__init__(reader.read)
        self.reader, self.branches = reader, branches

    def forward(self, view: Tensor, extent: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]  # no joints
        """(N, 3, view_px, view_px) float32 in 0..255 and the extent (N or 1, 2) to boxes (N, 4) in shares, scores."""
        extent = extent.expand(view.shape[0], 2)
        places, likely, present, agreed = self.first_passes(view, extent)
        found = places, likely, present
        for look, doubtful in ((self.look_elsewhere, present < SURE), (self.look_at_halves, agreed < ONE_PLACE)):
            if self.branches:
                given = view, extent, *found
                other = torch.cond(doubtful.any(), look, lambda _view, _extent, *found: _own(found), given)
            else:
                other = look(view, extent, *found)
            found = where_found(doubtful, other, found)
        return as_regions(extent, *found)[::2]

    def look_elsewhere(self, view: Tensor, extent: Tensor, places: Tensor, likely: Tensor, present: Tensor) -> Found:
        """Return what `HandSearch.look_elsewhere` does."""
        count, looks = view.shape[0], len(CORNERS)
        # no constant tensor: a branch that holds one cannot be saved
        corners = torch.stack([torch.cat([torch.full((1,), x), torch.full((1,), y)]) for x, y in CORNERS])

        def each(values: Tensor) -> Tensor:
            return values[None].expand(looks, *values.shape).reshape(looks * count, *values.shape[1:])

        views, extents = each(view), each(extent)
        turn = corners[:, None].expand(looks, count, 2).reshape(looks * count, 2)
        parts = torch.cat([torch.clamp(extents - PART, min=0.0) * turn, torch.full_like(extents, PART)], dim=1)
        read, suspected = self.read(self.cut(views, parts, READER_PX))
        found = self.approach(views, extents, parts[:, None, :2] + parts[:, None, 2:] * read, suspected)
        others = [value.reshape(looks, count, *value.shape[1:]) for value in found[:3]]
        for other in zip(*others, strict=True):
            places, likely, present = where_found(other[2] > present, other, (places, likely, present))
        return places, likely, present


def _own(found: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    # what a branch returns must not be what it was given
    return tuple(value.clone() for value in found)
