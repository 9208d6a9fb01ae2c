"""Say what to do with files that may hold photos but are not read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from types import MappingProxyType

_ARRAYS = "save its pictures and labels as X.npy and Y.npy (numpy.save)"
_PACKED = "unpack it, and name the folder that it makes"
_ADVICE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **dict.fromkeys((".h5", ".hdf5", ".he5"), ("HDF5", _ARRAYS)),
        **dict.fromkeys((".pkl", ".pickle", ".joblib", ".pt", ".pth"), ("a pickle (they can run programs)", _ARRAYS)),
        ".mat": ("MATLAB's format", _ARRAYS),
        ".npz": ("a file of NumPy arrays", "name the file itself"),
        **dict.fromkeys(
            (".tfrecord", ".tfrecords", ".tfrec", ".array_record"),
            ("records of TensorFlow", "name the folder that tfds wrote, with dataset_info.json in it"),
        ),
        **dict.fromkeys((".tar", ".gz", ".tgz", ".bz2", ".xz", ".rar", ".7z", ".zst"), ("an archive", _PACKED)),
        ".zip": ("a zip", "name it itself, or unpack it and name the folder"),
        ".npy": ("an array without its partner", "call pictures X.npy and their labels Y.npy"),
    }
)
_FEWEST = 0.5  # of the files that are no photos, so that a stray archive is not taken for the photos


def advice_for(path: PurePath) -> str:
    """Return what a file is and what to do with it, by its extension; empty where that is not known."""
    what = _ADVICE.get(path.suffix.lower())
    return f"{path} is {what[0]}, which is not read: {what[1]}" if what else ""


def advice_for_most(paths: Iterable[str]) -> str:
    """Return the same for the kind of file that most of `paths` are of, empty where most are of no known kind."""
    named = list(map(PurePath, paths))
    suffix, number = (Counter(path.suffix.lower() for path in named).most_common(1) or [("", 0)])[0]
    if suffix not in _ADVICE or number < _FEWEST * len(named):
        return ""
    if suffix == ".zip" and number > 1:  # Teachable Machine's, one a class; Kaggle's, one a part
        return f"it holds {number} zips: unpack each into a folder of its own name"
    return advice_for(next(path for path in named if path.suffix.lower() == suffix))
