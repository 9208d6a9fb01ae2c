"""Serve the graph of a run with BentoML, as its guide does: for `bench.serve --rival-python`.

    PYTHON bench/bentoml_rival.py model.onnx PORT

PYTHON has bentoml, onnxruntime and Pillow; nothing of unseen is imported. A process a core, a photo a request.
"""

import os
import sys
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import onnxruntime
from PIL.Image import Image

if __name__ == "__main__":
    here = Path(__file__)
    service = ["serve", f"{here.stem}:Answers", "--port", sys.argv[2], "--host", "127.0.0.1"]
    os.environ["GRAPH"] = str(Path(sys.argv[1]).resolve())
    os.chdir(here.parent)  # it imports the file by its name
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *service])


@bentoml.service(workers=os.cpu_count() or 1)
class Answers:
    """One model a process."""

    def __init__(self) -> None:
        """Open it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(os.environ["GRAPH"], options, providers=["CPUExecutionProvider"])

    @bentoml.api(route="/predict")  # type: ignore[untyped-decorator]
    def predict(self, photo: Image) -> dict[str, Any]:
        """Ask the model about a file of a form."""
        pixels = np.asarray(photo.convert("RGB"))
        return {"probabilities": self.session.run(["probabilities"], {"photos": pixels[None]})[0][0].tolist()}
