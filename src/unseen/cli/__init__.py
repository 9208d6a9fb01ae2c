"""Offer one verb a file on the command line, imported when it is used; nothing is decided here."""

import signal
import sys
import traceback
from importlib import import_module

import click

from unseen.cli import streams
from unseen.cli.parsing import flag
from unseen.errors import SettingError, UnseenError
from unseen.text import printable
from unseen.version import __version__

# verb -> the first line of its help, so that `unseen --help` imports no verb (and never torch)
VERBS = {
    "audit": "Find what is wrong with photos before training; repair the split.",
    "train": "Train a classifier and measure it on photos it never saw.",
    "evaluate": "Measure a trained run on new labelled photos.",
    "compare": "Say which of two runs is better, on the same photos.",
    "estimate": "Estimate how right a run is on photos without labels.",
    "extend": "Teach a trained run more photos or classes in a minute or two.",
    "doctor": "Find what is wrong around a model that somebody trained elsewhere.",
    "predict": "Classify photos with a trained run.",
    "export": "Write a trained run as a static page that needs no server.",
    "serve": "Answer over HTTP, and show the page to try a run on.",
    "explain": "Say why a trained run says what it says of photos, and what to do.",
    "stress": "Measure what a trained run withstands: blur, light, rooms.",
    "frames": "Show the frames taken from clips, or the photos of any source.",
    "segment": "Show the foreground that training cuts out of photos.",
    "generate": "Generate photos like yours, and say whether they are new.",
    "render": "Render photos of hands, to try the other verbs on.",
    "models": "List the networks, or the layers of one.",
    "cache": "Show or clear the cache of decoded photos.",
}


class Verbs(click.Group):
    """Finds each verb in the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order people need them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the verb's module."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f"unseen.cli.verbs.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="unseen")
@click.option("--debug", is_flag=True, help="Show the full trace of an error.")
def cli(debug: bool) -> None:
    """Train an image classifier on your own photos that works on photos it has never seen."""


def main() -> None:
    """Run the command line; an error is one line on stderr and exit code 1, an interruption 130."""
    debug = "--debug" in sys.argv
    # `--debug` is accepted after the verb too
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    streams.ready()
    signal.signal(signal.SIGTERM, _end)
    try:
        cli.main(args=_without_empty(arguments), prog_name="unseen", standalone_mode=False)
        sys.stdout.flush()
    except SettingError as error:
        _fail(f"{flag(error.setting)} {error.problem}", 1, debug)
    except UnseenError as error:
        _fail(error.flagged, 1, debug)
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from None
    except (click.Abort, KeyboardInterrupt) as error:
        # click turns Ctrl-C into `Abort`; a verb that knows how to go on says so in what it raises
        _fail(str(error.__cause__ or error) or "stopped", 130, debug)
    except BrokenPipeError:
        streams.drop()
        raise SystemExit(141) from None  # as a shell reports a program that its reader left
    except ModuleNotFoundError as error:
        _fail(f'{error.name} is not installed: pip install "unseen[train]"', 1, debug)
    except OSError as error:
        streams.drop()
        where = error.filename or "the output or a temporary file"
        _fail(f"{where}: {error.strerror or error}: check the path, its permissions and the space left", 1, debug)
    except MemoryError:
        _fail("out of memory: use a smaller --batch-size or --image-size", 1, debug)
    except Exception as error:
        name = type(error).__name__
        _fail(f"{name}: {error}: this is a bug in unseen, please report it with the output of --debug", 3, debug)


def _without_empty(arguments: list[str]) -> list[str]:
    """Return `arguments`; raise for an empty one: an unset variable, which as a path would be the current folder."""
    if "" in arguments:
        raise UnseenError("an argument is empty: check the variable that stands there")
    return arguments


def _end(number: int, _: object) -> None:
    # as a shell reports it; on the way out temporary folders are removed
    raise SystemExit(128 + number)


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    streams.complain(f"unseen: {printable(' '.join(message.split()))}")
    raise SystemExit(code)
