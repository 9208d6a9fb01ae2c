"""Write docs/reference.md from the command line's own help, so that it cannot rot."""

from pathlib import Path

import click

from unseen.cli import VERBS, cli

TARGET = Path(__file__).parent / "reference.md"


def reference() -> str:
    """Return the reference page."""
    pages = ["# Reference\n\nWritten by `make docs` from the command line's help.\n"]
    names = ["-h", "--help"]
    root = click.Context(cli, info_name="unseen", max_content_width=100, terminal_width=100, help_option_names=names)
    for verb in VERBS:
        command = cli.get_command(root, verb)
        assert command is not None
        context = click.Context(command, info_name=verb, parent=root, max_content_width=100, terminal_width=100)
        pages.append(f"## unseen {verb}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(pages)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
