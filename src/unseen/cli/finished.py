"""Print what a finished run came to, as JSON or as a few lines."""

from typing import TYPE_CHECKING

from unseen.cli.screen import Screen
from unseen.cli.streams import print_json
from unseen.report.wording import where_time_went

if TYPE_CHECKING:  # it comes with torch, which help does without
    from unseen.pipelines.stages.finish import TrainResult


def show_finished(finished: "TrainResult", screen: Screen, *, as_json: bool) -> None:
    """Print the numbers on stdout as JSON, or the summary and where to look on stderr."""
    if as_json:
        print_json({"run": str(finished.run.root), "summary": finished.summary, **finished.metrics})
        return
    screen.say(finished.summary)
    screen.say(f"time:   {where_time_went(finished.metrics['seconds'])}")
    screen.say(f"report: {finished.run.report}")
    screen.say(f"model:  {finished.run.model}")
