"""Progress of the scripts beside the package: what is said is printed, bars are not drawn."""

from unseen.progress import Silent


class Said(Silent):
    """Prints what is said."""

    def say(self, text: str) -> None:
        """Print one line."""
        print(text, flush=True)
