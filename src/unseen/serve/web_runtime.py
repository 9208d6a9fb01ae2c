"""Find ONNX Runtime Web: its npm package, in one fixed version, checked and kept in the cache."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from unseen.errors import UnseenError
from unseen.runs import atomic_path
from unseen.store.folder import cache_root, writable

PACKAGE = "onnxruntime-web-1.22.0.tgz"
NAME = "onnxruntime-web@1.22.0"
SHA512 = "Ud/+EBo6mhuaQWt/OjaOk0iNWjXqJoeeMFr6xQEERZdIZH2OWpGzuujz7lfuOBjUa6TEE/sc4nb7Da5dNL34fg=="
# One thread of WebAssembly with SIMD: every browser has it, from any static server.
FILES = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
SECONDS = 600


def web_runtime(package: Path | None = None) -> Mapping[str, bytes]:
    """Return the files of ONNX Runtime Web by name, from `package`, the cache, or the npm registry."""
    path = package or _kept()
    content = path.read_bytes() if path.is_file() else b""
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != SHA512:
        raise UnseenError(f"{path} is not {PACKAGE} of the npm registry: download it again, or leave --runtime out")
    with tarfile.open(path) as files:
        found = {name: files.extractfile(f"package/dist/{name}") for name in FILES}
        return {name: stream.read() for name, stream in found.items() if stream is not None}


def _kept() -> Path:
    folder, _ = writable(cache_root())
    kept = folder / "npm" / PACKAGE
    if kept.is_file():
        return kept
    npm = shutil.which("npm")
    if npm is None:
        raise UnseenError(f"ONNX Runtime Web comes from npm, which is not installed: use --runtime with {PACKAGE}")
    with tempfile.TemporaryDirectory() as temporary:
        command = [npm, "pack", NAME, "--silent", "--pack-destination", temporary]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            problem = (done.stderr.strip().splitlines() or ["no reason given"])[-1] if done.returncode else ""
        except subprocess.TimeoutExpired:
            problem = f"no answer in {SECONDS} s"
        fetched = Path(temporary) / PACKAGE
        if problem or not fetched.is_file():
            raise UnseenError(f"{NAME} cannot be fetched from npm ({problem}): use --runtime with {PACKAGE}")
        with atomic_path(kept) as target:
            shutil.copyfile(fetched, target)
    return kept
