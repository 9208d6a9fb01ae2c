"""Read a CSV file as a header and numbered rows, with one-line errors for what is not one."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from unseen.errors import UnseenError
from unseen.sources.pixel_header import pixel_columns

_SEPARATORS = ",;\t|"


@contextmanager
def open_table(path: Path, *, as_written: bool = False) -> Iterator[tuple[list[str], Iterator[tuple[int, list[str]]]]]:
    """Yield the header in lower case, or `as_written`, and an iterator of (line number, cells) over rows not blank.

    UTF-8 with or without BOM, or UTF-16 with one (a spreadsheet's "Unicode text"); the separator is comma, semicolon,
    tab or bar, whichever the header has most of.
    """
    try:
        with path.open("rb") as start:
            encoding = "utf-16" if start.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
        with path.open(newline="", encoding=encoding) as stream:
            first = stream.readline(2**24)  # 200,000 columns
            if (stated := first.strip().lower()).startswith("sep=") and len(stated) == 5:  # what Excel reads first
                first = stream.readline(2**24)
            separator = max(_SEPARATORS, key=first.count)
            header = next(csv.reader([first], delimiter=separator), [])
            reader = csv.reader(stream, delimiter=separator)
            rows = ((reader.line_num + 1, cells) for cells in reader if any(map(str.strip, cells)))
            yield [name.strip() if as_written else name.strip().lower() for name in header], rows
    except UnicodeError:  # UTF-16 may end in the middle of a character
        raise UnseenError(f"{path} is not UTF-8 text: save it as 'CSV UTF-8'") from None
    except csv.Error as error:
        raise UnseenError(f"{path} is not a CSV file ({error}): save it as 'CSV UTF-8'") from None
    except OSError as error:
        raise UnseenError(f"{path} cannot be read ({error.strerror}): check the path") from None


def table_kind(header: list[str]) -> Literal["manifest", "pixels"] | None:
    """Tell a manifest (`path,label`) from a table of pixels by its lower-case header."""
    if "label" in header and "path" in header:
        return "manifest"
    return "pixels" if pixel_columns(header) else None


def kind_of(path: Path) -> Literal["manifest", "pixels"] | None:
    """Return what the table at `path` is, by its header, `None` for any other; raise `UnseenError` for no text."""
    with open_table(path) as (header, _):
        return table_kind(header)
