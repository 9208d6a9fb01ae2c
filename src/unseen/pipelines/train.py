"""The main job: settings in, a finished run folder out. Each step calls one stage and hands on its result."""

from pathlib import Path

from unseen.config import TrainConfig, config_from
from unseen.context import Job
from unseen.errors import UnseenError
from unseen.features.feature_cache import keep_features
from unseen.pipelines.choose_model import choose_model
from unseen.pipelines.finish import Finished, finish
from unseen.pipelines.fitting import first_phase, make_tuner, second_phase
from unseen.pipelines.run_record import spent_seconds
from unseen.pipelines.setup import Begun, begin
from unseen.progress import Progress
from unseen.report.training_sheet import write_sheet
from unseen.runs import RunFolder, read_json
from unseen.training.history import EpochRow, write_history

# Share of validation photos and varied views from which a head on what the built-in network reads is left at that:
# fine-tuning handnet on rps_freeman then cost 3 points on other people's photos, and won nothing with ImageNet weights
# told the pose (docs/log.md). Of 24 letters it knows 0.92.
HEAD_SUFFICES = 0.98


def train(config: TrainConfig, progress: Progress) -> Finished:
    """Train from `config.photos` into `config.out`, a folder that is new or empty."""
    run = RunFolder(Path(config.out))
    if run.taken():
        raise UnseenError(f"{run.root} is there already: use --resume {run.root}, another --out, or delete it")
    return _fit(begin(choose_model(config, progress), run, progress))


def resume(folder: Path, progress: Progress) -> Finished:
    """Go on with a run that was stopped, with the settings it was started with."""
    run = RunFolder(folder)
    saved = read_json(run.config)
    if run.finished():
        raise UnseenError(f"{folder} is finished: see {run.report}, or train into another --out")
    settings = saved.get("config")
    if not isinstance(settings, dict):
        raise UnseenError(f"{run.config} holds no settings: train into a new --out")
    return _fit(begin(config_from(settings), run, progress, spent_seconds(run), saved.get("fingerprint")))


def _fit(begun: Begun) -> Finished:
    """Fit the head, fine-tune where that is worth it, measure and write."""
    job, data, model, variety = begun.job, begun.data, begun.model, begun.variety
    history, random_split = first_phase(job, data, model, begun.features, variety)
    if begun.stages and job.config.epochs and (begun.passes or not head_suffices(job, history)):
        with job.clock.stage("fine-tune"):
            history = second_phase(job, data, model, variety, history, begun.passes)
    else:
        write_history(job.run.history, history)
        if variety.varies:
            write_sheet(job.run.varied, make_tuner(job, data, model, variety, history))
        if begun.features is not None:  # `unseen extend` will ask for them
            keep_features(model, data.digests, begun.features)
    return finish(job.run, job.recipe, data, model, history, random_split, job.clock, job.progress)


def head_suffices(job: Job, history: list[EpochRow]) -> bool:
    """Say whether a network that knows hands is better left as it is, where the user did not ask for epochs."""
    best = min(
        (row for row in history if row.validation_loss is not None),
        key=lambda row: row.validation_loss or 0.0,
        default=None,
    )
    knows_hands = bool(job.recipe.spec.builtin) or job.config.focus == "hand"
    if not knows_hands or best is None or (best.validation_accuracy or 0.0) < HEAD_SUFFICES:
        return False
    job.progress.say(
        f"a new head tells {best.validation_accuracy:.1%} of the validation photos and their varied views: "
        f"{job.recipe.spec.name} stays as it is, which keeps what it knows of other people (--epochs fine-tunes it)"
    )
    return True
