"""The order of the layers, and what must not be imported, held by running the real thing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_every_module_imports_only_from_the_layers_below_it() -> None:
    code = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stdout + found.stderr
    assert " 0 broken" in found.stdout
    assert "0 kept" not in found.stdout


def test_predicting_and_the_command_line_do_not_import_training_libraries() -> None:
    code = (
        "import sys, unseen, unseen.inference.predictor, unseen.cli, unseen.cli.verbs.predict, unseen.export.bundle,"
        "unseen.cli.verbs.serve, unseen.serve.server;"
        "found = {'torch', 'onnx', 'safetensors', 'huggingface_hub', 'timm'} & set(sys.modules);"
        "assert not found, found"
    )
    found = run(sys.executable, "-W", "error", "-c", code)
    assert found.returncode == 0, found.stderr


def test_importing_the_package_does_no_work() -> None:
    code = (
        "import sys, unseen; found = {'numpy', 'PIL', 'onnxruntime', 'click'} & set(sys.modules);"
        "assert not found, found"
    )
    found = run(sys.executable, "-c", code)
    assert found.returncode == 0, found.stderr
