"""Call the verbs of the Python interface: errors name settings, and what is not installed is said in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from unseen.errors import UnseenError
from unseen.threads import let_idle_threads_sleep

Given = ParamSpec("Given")
Made = TypeVar("Made")


def names_settings(verb: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let the errors of a verb name settings, where the command line prints flags."""

    @wraps(verb)
    def named(*given: Given.args, **settings: Given.kwargs) -> Made:
        try:
            return verb(*given, **settings)
        except UnseenError as error:
            error.name_settings()
            raise

    return named


@contextmanager
def training_extra() -> Iterator[None]:
    """Prepare for torch, and say in one line what to install where an import in the block fails."""
    let_idle_threads_sleep()
    try:
        yield
    except ModuleNotFoundError as error:
        raise UnseenError(f'{error.name} is not installed: pip install "unseen[train]"') from None
