"""The errors a person can act on: one line that says what, where and what to do next."""

import csv
import re
import shlex

_RUN_TO_RESUME = re.compile(r"(?:unseen train )?--resume ([^,:]+?)(?= first$|[,:]|$)")
_CLASSES = re.compile(r"--classes ('.*'|[^\s'\"]+)$")  # as `text.for_shell` writes them
_FLAG = re.compile(r"(?<!\S)--([a-z]+(?:-[a-z]+)*)\b")


class UnseenError(Exception):
    """Any failure whose message is meant for the person at the keyboard.

    The message is one line: what is wrong, where, and after a colon what to do next, as in
    ``3 signers found, 5 folds requested: use --folds 3, or name groups with --groups FILE``.
    The command line prints it, `flagged`, without a traceback unless ``--debug`` is given. Whoever calls `unseen.api`
    reads settings in place of flags.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.flagged = message

    def name_settings(self) -> None:
        """Let the message name settings as Python has them, `learning_rate` for `--learning-rate`."""
        said = _RUN_TO_RESUME.sub(lambda found: f"unseen.resume({found[1]!r})", self.flagged)
        said = _CLASSES.sub(lambda found: f"classes={next(csv.reader(shlex.split(found[1])))}", said)
        self.args = (_FLAG.sub(lambda found: found[1].replace("-", "_"), said),)


class SettingError(UnseenError):
    """A setting that cannot be used, by its name in Python; the command line prints the flag in its place."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting} {problem}")
        self.setting, self.problem = setting, problem


class CannotWrite(UnseenError):
    """A file that cannot be written, as on a full disk; what was written before is whole. `advice` is the next step."""

    def __init__(self, what: str, advice: str) -> None:
        super().__init__(f"{what}: {advice}")
        self.what, self.advice = what, advice

    def __reduce__(self) -> tuple[type["CannotWrite"], tuple[str, str]]:
        """Come whole from a worker process."""
        return CannotWrite, (self.what, self.advice)


class UnreadablePhoto(UnseenError):
    """Bytes that are not a usable photo; the message is the reason that reports count."""


class BadBundle(UnseenError):
    """A model folder that does not follow the bundle schema."""
