"""Teach a model in a process of its own: the command line's `train` or `extend`, which can be watched and stopped."""

import asyncio
import json
import signal
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any

from unseen.paths import READY
from unseen.serve.about import run_folder
from unseen.serve.limits import Refused
from unseen.serve.project import GROUPS, Project

TIME_LIMIT_MINUTES = "10"
LINES = 100


class State(StrEnum):
    """Of the newest job."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Teaching:
    """One job at a time."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._lines: deque[str] = deque(maxlen=LINES)
        self._result: dict[str, Any] = {}
        self.state, self.out = State.NONE, Path()

    def status(self) -> dict[str, Any]:
        """Return what the page shows: the state, the last lines, and of a finished job what it came to."""
        return {"state": self.state, "lines": list(self._lines)[-12:], "result": _shown(self._result)}

    async def start(self, run: str | None) -> None:
        """Extend `run` by the recorded photos; train anew where there is none, or it cannot be extended."""
        if self.state == State.RUNNING:
            raise Refused(409, "a model is being taught: wait for it, or cancel it")
        number = 1
        while (out := self._project.runs / f"model-{number}").exists():
            number += 1
        self.out, self.state, self._result = out, State.RUNNING, {}
        self._lines.clear()
        command = [sys.executable, "-m", "unseen", *_job(run, self._project.photos, out)]
        self._project.runs.mkdir(parents=True, exist_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True
        )
        self._watch = asyncio.create_task(self._follow(self._process))

    async def cancel(self) -> None:
        """Stop the job; the model that is served stays as it is."""
        if self._process is not None and self.state == State.RUNNING:
            self.state = State.CANCELLED
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGINT)
            assert self._watch is not None
            await self._watch

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        assert process.stdout is not None
        out = asyncio.create_task(process.stdout.read())
        while line := await process.stderr.readline():
            self._lines.append(line.decode("utf-8", "replace").strip())
        said = await out
        code = await process.wait()
        if self.state == State.CANCELLED:
            return
        with suppress(ValueError):
            self._result = json.loads(said)
        self.state = State.DONE if code == 0 and self._result else State.FAILED


def _job(run: str | None, photos: Path, out: Path) -> Sequence[str]:
    common = [str(photos), "--out", str(out), "--groups", GROUPS, "--json"]
    if run is not None and not run.startswith(READY) and (run_folder(run) / "manifest.json").is_file():
        return ["extend", str(run_folder(run)), *common]
    return ["train", *common, "--no-audit", "--time-limit", TIME_LIMIT_MINUTES]


def _shown(result: dict[str, Any]) -> dict[str, Any] | None:
    if not result:
        return None
    kept = ("summary", "extended", "test", "validation")
    return {name: result[name] for name in kept if name in result}
