"""Carry all that is known of a set of photos as one record: `Dataset`, and `SplitDataset` once it is split."""

import hashlib
from dataclasses import dataclass, fields

from unseen.images import concat, subset
from unseen.photos.header import Headers
from unseen.photos.natural import natural_key
from unseen.records import Float32Array, Grouping, Images, PhotoSet, Positions, Regions, Split
from unseen.split.fingerprint import Fingerprints
from unseen.split.verify import Leak


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(PhotoSet):
    """Usable photos with one row each in every column, and what could not be used.

    images: decoded photos. headers: what the files state of themselves. fingerprints: what the photos look like.
    digests: SHA-256 of each file, hexadecimal. grouping: photos of one group never cross a split. regions: where the
    thing is that is classified, `None` until it is looked for.
    """

    images: Images
    headers: Headers
    fingerprints: Fingerprints
    digests: tuple[str, ...]
    grouping: Grouping
    regions: Regions | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of every file's content and label; a run resumes only on the same one."""
        content = "\n".join(sorted(f"{d} {p.label}" for d, p in zip(self.digests, self.photos, strict=True)))
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def boxes(self) -> Float32Array | None:
        """Boxes (N, 4) that the network is given, `None` where it is given whole photos."""
        return self.regions.boxes if self.regions else None

    def select(self, positions: Positions) -> "Dataset":
        """Return the photos at `positions`, in that order, without a split."""
        chosen = tuple(int(i) for i in positions)
        return Dataset(
            tuple(self.photos[i] for i in chosen),
            self.rejected,
            self.classes,
            self.notes,
            images=subset(self.images, chosen),
            headers=self.headers.select(chosen),
            fingerprints=self.fingerprints.select(chosen),
            digests=tuple(self.digests[i] for i in chosen),
            grouping=self.grouping.select(chosen),
            regions=self.regions.select(chosen) if self.regions else None,
        )

    def concat(self, other: "Dataset") -> "Dataset":
        """Return the photos of both, without a split; classes that only `other` has come last."""
        more = sorted(set(other.classes) - set(self.classes), key=natural_key)
        return Dataset(
            (*self.photos, *other.photos),
            (*self.rejected, *other.rejected),
            (*self.classes, *more),
            (*self.notes, *other.notes),
            images=concat([self.images, other.images]),
            headers=self.headers.concat(other.headers),
            fingerprints=self.fingerprints.concat(other.fingerprints),
            digests=(*self.digests, *other.digests),
            grouping=self.grouping.concat(other.grouping),
            regions=self.regions.concat(other.regions) if self.regions and other.regions else None,
        )

    def with_split(self, split: Split, leaks: tuple[Leak, ...], notes: tuple[str, ...]) -> "SplitDataset":
        """Return the photos with `split`, and with `notes` instead of their own."""
        columns = {field.name: getattr(self, field.name) for field in fields(Dataset)}
        return SplitDataset(**columns | {"notes": notes}, split=split, leaks=leaks)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitDataset(Dataset):
    """A data set and its split.

    leaks: where a split that the user stated puts photos of one group, or the same photo, into two parts.
    """

    split: Split
    leaks: tuple[Leak, ...] = ()
