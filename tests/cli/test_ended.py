"""A program that is told to end removes its temporary folders first."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

HELD = """
import tempfile, time
import unseen.cli as cli
def held(**_):
    with tempfile.TemporaryDirectory() as folder:
        print(folder, flush=True)
        time.sleep(60)
cli.cli.main = held
cli.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends programs without telling them")
def test_temporary_folders_go_where_the_program_is_ended() -> None:
    with subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        assert folder.is_dir()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert not folder.exists()
