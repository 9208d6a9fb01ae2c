"""Find out in seconds whether the Hugging Face hub answers."""

from unseen.errors import UnseenError

_SECONDS_TO_ANSWER = 5.0


def hub_address() -> str:
    """Return where the hub is: HF_ENDPOINT may name another."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def ask_hub() -> None:
    """Raise `UnseenError` that says why, where the hub gives no answer; any answer will do.

    Its client asks an unreachable hub six times in 26 seconds, and prints a line or two for each.
    """
    from huggingface_hub import get_session

    try:
        get_session().head(hub_address(), timeout=_SECONDS_TO_ANSWER)
    except Exception as error:  # of requests, httpx or httpx2, as the client's version has it
        raise UnseenError(f"{hub_address()} is out of reach: {error}") from None
