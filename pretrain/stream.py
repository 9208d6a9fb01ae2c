"""A chooser and steps in, what it chose for each step out, in order; chosen ahead by other processes where asked."""

from collections.abc import Iterator, Sequence

from torch.utils.data import DataLoader, Dataset

from pretrain.choose import Chooser, Crops

AHEAD = 2  # steps that each process is ahead


class _Steps(Dataset[Sequence[Crops | None]]):
    def __init__(self, chooser: Chooser, views: int) -> None:
        self.chooser, self.views = chooser, views

    def __getitem__(self, step: int) -> Sequence[Crops | None]:
        return self.chooser.choose(step, self.views)


def stream(chooser: Chooser, steps: range, views: int, workers: int) -> Iterator[Sequence[Crops | None]]:
    """Yield the crops of each of `steps`; with 0 workers they are chosen here, when they are asked for."""
    # forked, so that the photos are not copied: the processes touch no GPU
    loader = DataLoader(
        _Steps(chooser, views), batch_size=None, sampler=steps, num_workers=workers,
        prefetch_factor=AHEAD if workers else None, multiprocessing_context="fork" if workers else None,
        collate_fn=_as_it_is,
    )  # fmt: skip
    yield from loader


def _as_it_is(chosen: Sequence[Crops | None]) -> Sequence[Crops | None]:
    return chosen
