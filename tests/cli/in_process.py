"""The command line in this process: words in, exit code, stdout and stderr out."""

import sys

import pytest

from unseen.cli import main


def unseen(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: object) -> tuple[int, str, str]:
    """Run the command line in this process; return its exit code, stdout and stderr, of the process itself."""
    monkeypatch.setattr(sys, "argv", ["unseen", *map(str, words)])
    code = 0
    try:
        main()
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else 0
    out, err = capfd.readouterr()
    return code, out, err
