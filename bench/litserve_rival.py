"""Serve the graph of a run with LitServe, as its guide does: for `bench.serve --rival-python`.

    PYTHON bench/litserve_rival.py model.onnx PORT

PYTHON has litserve, onnxruntime and Pillow; nothing of unseen is imported. A process a core, a photo a request: the
graph takes photos of one size at a time, so that batches of photos as they come would be run one by one.
"""

import io
import os
import sys
from typing import Any

import litserve
import numpy as np
import onnxruntime
from fastapi import Request
from PIL import Image


class Answers(litserve.LitAPI):  # type: ignore[misc]
    """One model a process."""

    graph = sys.argv[1]

    def setup(self, device: str) -> None:  # noqa: ARG002 - the library names it
        """Open it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(self.graph, options, providers=["CPUExecutionProvider"])

    def decode_request(self, request: Request) -> bytes:
        """Take the file of a form."""
        content: bytes = request["photo"].file.read()
        return content

    def predict(self, content: bytes) -> list[float]:
        """Open the photo, and ask the model."""
        photo = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        found: list[float] = self.session.run(["probabilities"], {"photos": photo[None]})[0][0].tolist()
        return found

    def encode_response(self, output: list[float]) -> dict[str, Any]:
        """Name them."""
        return {"probabilities": output}


if __name__ == "__main__":
    server = litserve.LitServer(Answers(), accelerator="cpu", workers_per_device=os.cpu_count() or 1)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="error")
