"""Train ours on the photos that a foreign model was examined on, and compare both on photos new to ours."""

from pathlib import Path

from unseen.config import DoctorConfig, TrainConfig
from unseen.dataset.dataset import Dataset
from unseen.dataset.load import group_photos, read_photos
from unseen.diagnosing.diagnosis import Fixed
from unseen.evaluation.paired import Difference
from unseen.inference.model import Model
from unseen.inference.predictor import Predictor
from unseen.pipelines.compare import compare_models
from unseen.pipelines.stages.held_out_photos import held_out_photos
from unseen.pipelines.stages.loaded_run import load_run
from unseen.pipelines.train import train
from unseen.progress import Progress


def train_better(
    model: Model | None, config: DoctorConfig, own: Dataset | None, read_px: int, progress: Progress
) -> Fixed:
    """Train into `fixed` in the folder of the diagnosis; `model` is `None` where it answers nothing right.

    own: labelled photos of the user's, which neither model was trained on. read_px: short side that photos are read at.
    """
    run = Path(config.out) / "fixed"
    settings = TrainConfig(
        photos=config.photos, out=str(run), layout=config.layout, labels_from=config.labels_from, groups=config.groups,
        seed=config.seed, time_limit=config.time_limit,
    )  # fmt: skip
    trained = train(settings, progress)
    tested = held_out_photos(load_run(run))
    if model is None:
        return Fixed(str(run), trained.test.accuracy if trained.test else None)
    ours, called = Predictor(run), ("their model", "our model")

    def compared(photos: Dataset) -> Difference:
        return compare_models((model, ours), photos, progress, called).accuracy

    held_out = compared(group_photos(read_photos(tested, read_px, progress), progress)) if tested.photos else None
    accuracy = trained.test.accuracy if trained.test else None
    return Fixed(str(run), accuracy, held_out, compared(own) if own is not None else None)
