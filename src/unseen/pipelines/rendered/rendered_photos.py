"""Render photos that a run reads as it reads its own, without a folder of files."""

from collections.abc import Sequence

from unseen.dataset.load import decode_side_px
from unseen.photos.decode import decode
from unseen.pipelines.render import draw_rooms
from unseen.pipelines.stages.training_setup import TrainingSetup
from unseen.records import Uint8Array
from unseen.synth.photograph import photograph
from unseen.synth.poses import Signs
from unseen.synth.shots import RenderConfig, Shot
from unseen.threads import work_ahead


def rendered_photos(
    setup: TrainingSetup, shots: Sequence[Shot], signs: Signs, config: RenderConfig
) -> list[Uint8Array]:
    """Return the photo (H, W, 4) of each shot, decoded as the run's own photos are."""
    rooms, side_px = draw_rooms(config, config.rooms), decode_side_px(setup.context.recipe.read_px)
    photos: list[Uint8Array] = []

    def take(shot: Shot) -> Uint8Array:
        return decode(photograph(shot, signs, config, rooms[shot.room]).jpeg(), side_px)

    with setup.progress.task("render hands", len(shots), "photos") as bar:
        for photo in work_ahead(take, shots, "render"):
            photos.append(photo)
            bar.advance(1)
    return photos
