"""The errors a person can act on: one line that says what, where and what to do next."""


class UnseenError(Exception):
    """Any failure whose message is meant for the person at the keyboard.

    The message is one line: what is wrong, where, and after a colon what to do next, as in
    ``3 signers found, 5 folds requested: use --folds 3, or name groups with --groups FILE``.
    The command line prints it without a traceback unless ``--debug`` is given.
    """


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


class UnreadablePhoto(UnseenError):
    """Bytes that are not a usable photo; the message is the reason that reports count."""


class BadBundle(UnseenError):
    """A model folder that does not follow the bundle schema."""
