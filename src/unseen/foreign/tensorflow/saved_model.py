"""Open a SavedModel, as Keras 2 saves and Keras 3 exports a folder, as a network; without TensorFlow."""

from pathlib import Path

from unseen.errors import UnseenError
from unseen.foreign.network import ForeignNetwork
from unseen.foreign.onnx_file import onnx_network

# What a graph that is put together wrongly makes the steps raise.
_MISFITS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def open_saved_model(folder: Path) -> ForeignNetwork:
    """Return the network of a folder with a `saved_model.pb`; raise `UnseenError` where it is no classifier."""
    try:
        from unseen.foreign.tensorflow.saved_graph import to_onnx  # needs ONNX's own package

        content = to_onnx(folder)
    except UnseenError as error:
        raise UnseenError(f"{folder}: {error}") from None
    except ModuleNotFoundError as error:
        raise UnseenError(f'a SavedModel needs {error.name}: pip install "unseen[keras]"') from None
    except _MISFITS as error:
        reason = " ".join(str(error).split())[:120]
        raise UnseenError(f"{folder}: its graph does not fit together ({reason}): export it again") from None
    return onnx_network(folder, "SavedModel", content)
