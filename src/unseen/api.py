"""The Python API: the same work as the command line, with records instead of printed lines."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen.config import AuditConfig, TrainConfig, config_from
from unseen.errors import UnseenError
from unseen.inference.predictor import Predictor
from unseen.progress import Progress, Silent

if TYPE_CHECKING:
    from unseen.auditing.audit_result import AuditResult
    from unseen.pipelines.evaluate import Tested
    from unseen.pipelines.finish import Finished
    from unseen.pipelines.render import RenderedSet
    from unseen.pipelines.segment import CutOut


def load(run: str | Path) -> Predictor:
    """Load the bundle of a run folder (or a bundle folder) for prediction; needs ONNX Runtime alone."""
    return Predictor(run)


def audit(
    photos: str | Path, out: str | Path | None = None, *, progress: Progress | None = None, **settings: Any
) -> "AuditResult":
    """Say what is wrong with `photos`, and write a page, `audit.json` and a repaired `split.csv` into `out`.

    out: `runs/NAME-audit` by default; files of an earlier audit there are replaced. settings: the flags of
    `unseen audit` by their names in `AuditConfig`, such as `against="my_hands"`. Needs `unseen[train]`.
    """
    folder = out or default_audit_out(Path(photos))
    values = {"photos": str(photos), "out": str(folder), **settings}
    config = config_from(values, AuditConfig)
    with _training_extra():
        from unseen.pipelines.audit import audit as run
    return run(config, progress or Silent())


def train(
    photos: str | Path, out: str | Path | None = None, *, progress: Progress | None = None, **settings: Any
) -> "Finished":
    """Train on `photos` into the run folder `out` (`runs/NAME` by default); needs `unseen[train]`.

    settings: the flags of `unseen train` by their names in `TrainConfig`, such as `time_limit=5`.
    """
    config = config_from({"photos": str(photos), "out": str(out or default_out(Path(photos))), **settings})
    return train_config(config, progress or Silent())


def train_config(config: TrainConfig, progress: Progress) -> "Finished":
    """Train by a complete set of settings."""
    with _training_extra():
        from unseen.pipelines.train import train as run
    return run(config, progress)


def resume(run: str | Path, *, progress: Progress | None = None) -> "Finished":
    """Go on with an interrupted run; needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.train import resume as go_on
    return go_on(Path(run), progress or Silent())


def evaluate(
    run: str | Path, photos: str | Path, *, out: str | Path | None = None, progress: Progress | None = None
) -> "Tested":
    """Measure the bundle of `run` on labelled `photos`; the report needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.evaluate import evaluate as measure
    return measure(Path(run), Path(photos), Path(out) if out else None, progress or Silent())


def extend(
    run: str | Path,
    photos: str | Path | None = None,
    out: str | Path | None = None,
    *,
    adapt: str | Path | None = None,
    layout: str = "auto",
    groups: str = "",
    device: str = "auto",
    progress: Progress | None = None,
) -> "Finished":
    """Teach the finished run `run` new labelled `photos` of old or new classes; `run` itself stays as it is.

    out: the new run folder, the first free `RUN-2`, `RUN-3`, ... by default. adapt: photos without labels, whose
    batch-norm statistics are mixed in. layout, groups, device: as in `TrainConfig`. Needs `unseen[train]`.
    """
    with _training_extra():
        from unseen.pipelines.extend import Extension
        from unseen.pipelines.extend import extend as go
    asked = Extension(
        str(run), str(out or default_extended(Path(run))), str(photos or ""), str(adapt or ""), layout, groups, device
    )
    return go(asked, progress or Silent())


@contextmanager
def _training_extra() -> Iterator[None]:
    """Say in one line what to install where an import in the block fails.

    Also lets OpenMP's idle threads give way soon, which is read when torch is first imported, so too late after that.
    By default they spin for milliseconds at every parallel loop. Beside another program that works, a training step
    then takes several times as long; with a short spin an undisturbed one is as fast (docs/performance.md).
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    try:
        yield
    except ModuleNotFoundError as error:
        raise UnseenError(f'{error.name} is not installed: pip install "unseen[train]"') from None


def segment(
    photos: str | Path,
    sheet: str | Path | None = None,
    *,
    groups: str = "",
    image_size: int = 160,
    seed: int = 0,
    progress: Progress | None = None,
) -> "CutOut":
    """Cut out the subjects of `photos` as training does, and draw some into the PNG `sheet`; needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.segment import segment as run
    path = Path(sheet or default_segment_out(Path(photos)))
    return run(
        AuditConfig(str(photos), str(path.parent), groups=groups, seed=seed), path, image_size, progress or Silent()
    )


def render(out: str | Path, *, workers: int = 1, progress: Progress | None = None, **settings: Any) -> "RenderedSet":
    """Render photos of hands that show signs into class folders in `out`; needs `unseen[train]`.

    settings: the flags of `unseen render` by their names in `SynthConfig`, such as `signs="rps"`. workers: processes;
    more than one need a script that is guarded by `if __name__ == "__main__"`.
    """
    from unseen.synth.shots import SynthConfig

    config = config_from(settings, SynthConfig)  # type: ignore[type-var] # settings of a layer above `config`
    with _training_extra():
        from unseen.pipelines.render import render as run
    return run(config, Path(out), progress or Silent(), workers)


def default_segment_out(photos: Path) -> Path:
    """Return `runs/NAME-segments.png`."""
    return Path("runs") / f"{_name_of(photos)}-segments.png"


def default_audit_out(photos: Path) -> Path:
    """Return `runs/NAME-audit`."""
    return Path("runs") / f"{_name_of(photos)}-audit"


def default_out(photos: Path) -> Path:
    """Return the first of `runs/NAME`, `runs/NAME-2`, ... that is free."""
    return _free(Path("runs") / _name_of(photos))


def default_extended(run: Path) -> Path:
    """Return the first of `RUN-2`, `RUN-3`, ... that is free."""
    return _free(run.resolve() if run.name in ("", "..") else run)


def _free(folder: Path) -> Path:
    number = 1
    while (found := folder if number == 1 else folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return found


def _name_of(photos: Path) -> str:
    return photos.resolve().name.removesuffix(".zip").removesuffix(".csv") or "photos"
