"""Open ONNX graphs on the CPU; the one place that imports ONNX Runtime."""

from pathlib import Path
from typing import TypeAlias

import onnxruntime

# On Windows telemetry is switched off by this call, elsewhere by what `unseen/__init__.py` sets before the import.
onnxruntime.disable_telemetry_events()

Session: TypeAlias = onnxruntime.InferenceSession


def cpu_session(path: Path | bytes, threads: int = 0) -> Session:
    """Open an ONNX file, or the bytes of one, on the CPU; `threads` 0: as many as ONNX Runtime likes (one a core)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # threads that wait by spinning take twice the time of a core, and beside other work the photo takes twice as long
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
