"""Print to any console, pipe or file: no character that cannot be shown and no closed pipe is an error."""

import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click


def ready() -> None:
    """Let standard output and error escape what their encoding lacks; give a process that has none a place to print."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout, in ASCII: any encoding has it."""
    json.dump(content, sys.stdout, ensure_ascii=True, allow_nan=False)
    click.echo()


def write_table() -> None:
    """Make standard output UTF-8, for a table that a program reads; a terminal keeps its encoding."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def complain(line: str) -> None:
    """Print `line` on standard error, if that can be printed to."""
    with suppress(OSError):
        click.echo(line, err=True)


def drop() -> None:
    """Drop what waits for a stream that cannot be written; the interpreter would try it at its end, with a trace."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
