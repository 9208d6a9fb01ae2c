"""Offer the verbs that make or show photos as functions; `unseen.api` has the names of all."""

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from unseen.config import AuditConfig, config_from
from unseen.generating.generate_config import GenerateConfig
from unseen.paths import frames_path, segment_path
from unseen.progress import Progress, Silent
from unseen.settings import ChosenPhotos, GanSettings, RenderSettings
from unseen.synth.shots import RenderConfig
from unseen.verb_calls import names_settings as _names_settings
from unseen.verb_calls import training_extra as _training_extra

if TYPE_CHECKING:
    from unseen.pipelines.frames import Shown
    from unseen.pipelines.generate import GeneratedSet
    from unseen.pipelines.render import RenderedSet
    from unseen.pipelines.segment import CutOut

SILENT = Silent()


@_names_settings
def frames(
    photos: str | Path, out: str | Path | None = None, *, progress: Progress = SILENT, **how: Unpack[ChosenPhotos]
) -> "Shown":
    """Write the frames taken from a clip or a folder of them, or the photos of any source, into class folders in `out`.

    out: the first free of `runs/NAME-frames`, `runs/NAME-frames-2`, ... by default. Clips need `unseen[video]`.
    """
    from unseen.pipelines.frames import show_frames

    return show_frames(Path(photos), Path(out) if out else frames_path(Path(photos)), progress, **how)


@_names_settings
def segment(
    photos: str | Path,
    sheet: str | Path | None = None,
    *,
    groups: str | None = None,
    image_size: int = 160,
    seed: int = 0,
    progress: Progress = SILENT,
    **how: Unpack[ChosenPhotos],
) -> "CutOut":
    """Cut out the subjects of `photos` as training does, and draw some into the PNG `sheet`; needs `unseen[train]`."""
    with _training_extra():
        from unseen.pipelines.segment import segment as run
    path = Path(sheet or segment_path(Path(photos)))
    config = config_from({"photos": photos, "out": path.parent, "groups": groups, "seed": seed, **how}, AuditConfig)
    return run(config, path, image_size, progress)


@_names_settings
def generate(
    photos: str | Path, out: str | Path, *, progress: Progress = SILENT, **settings: Unpack[GanSettings]
) -> "GeneratedSet":
    """Train a small GAN on the training part of `photos` or a run, write samples into `out`; see `GenerateConfig`."""
    config = config_from({"photos": photos, "out": out, **settings}, GenerateConfig)
    with _training_extra():
        from unseen.pipelines.generate import generate as run
    return run(config, progress)


@_names_settings
def render(
    out: str | Path, *, workers: int = 1, progress: Progress = SILENT, **settings: Unpack[RenderSettings]
) -> "RenderedSet":
    """Render photos of hands that show signs into class folders in `out`; needs `unseen[train]`.

    settings: as in `RenderConfig`, such as `signs="rps"`, or `copy="photos"` for the signs in a folder of photos.
    workers: processes; more than one need a script that is guarded by `if __name__ == "__main__"`.
    """
    config = config_from(settings, RenderConfig)
    with _training_extra():
        from unseen.pipelines.render import render as run
    return run(config, Path(out), progress, workers)
