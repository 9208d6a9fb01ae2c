"""Read a data set of the Hugging Face hub from the copies on this machine, or download its Parquet files."""

import os
from collections import defaultdict
from itertools import product
from pathlib import Path

from unseen.containers.arrow_files import by_split, parquet_files, read_splits
from unseen.errors import UnseenError
from unseen.photos.natural import natural_key
from unseen.records import PhotoSet
from unseen.store.hub_client import ask_hub
from unseen.text import listed

_CONVERTED = "refs/convert/parquet"  # the hub keeps every public data set as Parquet there


def read_hub(source: Path) -> PhotoSet:
    """Return the images of `hf:USER/NAME[:SPLIT]`; splits named train and test are parts.

    What `datasets` or the hub's client has on this machine is read; only else is it downloaded. No script of the data
    set is run. Raises `UnseenError` where neither is there.
    """
    name, _, asked = source.as_posix().removeprefix("hf:").partition(":")
    splits = _prepared(name) or _downloaded(name)
    return read_splits(source, splits, asked or None)


def _home() -> Path:
    return Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()


def _prepared(name: str) -> dict[str, list[Path]]:
    """Return the Arrow files of the newest copy that `load_dataset` keeps, by split."""
    cache = Path(os.environ.get("HF_DATASETS_CACHE") or _home() / "datasets")
    found = [info.parent for info in (cache / name.replace("/", "___")).glob("*/*/*/dataset_info.json")]
    configs = {folder.parents[1].name for folder in found}
    if len(configs) > 1:
        raise UnseenError(
            f"hf:{name} has several configurations here ({listed(sorted(configs))}): save one with save_to_disk "
            "and name that folder"
        )
    if not found:
        return {}
    folder = max(found, key=lambda path: path.stat().st_mtime)
    splits: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(folder.glob("*.arrow"), key=lambda path: natural_key(path.name)):
        splits[file.stem.removeprefix(f"{name.rpartition('/')[2]}-").partition("-")[0]].append(file)
    return dict(splits)


def _downloaded(name: str) -> dict[str, list[Path]]:
    """Return the Parquet files of the hub's copy, by split, from this machine if they are here."""
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    except ModuleNotFoundError:
        raise UnseenError(f"hf:{name} needs the hub's client: pip install 'unseen[hf]'") from None
    reason = "it has no Parquet files"
    for is_local, revision in product((True, False), (None, _CONVERTED)):
        try:
            if not is_local:
                ask_hub()
            folder = snapshot_download(
                name, repo_type="dataset", revision=revision, allow_patterns="*.parquet", local_files_only=is_local
            )
        except HFValidationError:
            raise UnseenError(f"hf:{name} is no data set: write hf:USER/NAME") from None
        # ValueError: a part of the copy is not here; UnseenError: the hub does not answer
        except (HfHubHTTPError, OSError, ValueError, UnseenError) as error:
            if not is_local:
                reason = str(error).strip().partition("\n")[0]
                break  # no connection, or no such data set: asking again would wait as long again
            continue
        if files := parquet_files(Path(folder)):
            return by_split(Path(folder), files)
    raise UnseenError(
        f"hf:{name} cannot be read ({reason}): check the name and the connection, or download it and name its folder"
    )
