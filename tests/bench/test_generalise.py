from pathlib import Path

import pytest

from bench.cached_runs import RECIPES, require_same
from bench.generalise import columns, command, flags
from unseen.errors import UnseenError
from unseen.runs import RunFolder, write_json


def test_every_model_has_every_recipe_but_frozen_random_weights() -> None:
    given = flags().parse_args(["--model", "a,b", "--weights", "x/file.safetensors,none"])
    rows = columns(given)
    assert [row for row in rows if row[0] == "a"] == [("a", "x/file.safetensors", recipe) for recipe in RECIPES]
    assert [recipe for model, _, recipe in rows if model == "b"] == ["plain", "classic", "default"]


def test_the_command_names_no_folder_of_this_machine() -> None:
    given = flags().parse_args(["--weights", "/home/me/w.safetensors", "--rival-python", "/opt/python", "--data", "/d"])
    said = command(given)
    assert " --weights w.safetensors " in said
    assert said.endswith(" --rival-python PYTHON")
    assert "/" not in said
    flags().parse_args(said.split()[3:])


def test_a_run_with_other_settings_is_not_taken_for_this_one(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    write_json(run.config, {"config": {"time_limit": 10.0, "weights": "here/w.safetensors"}})
    require_same(run, {"time_limit": 10.0, "weights": "there/w.safetensors"})
    with pytest.raises(UnseenError, match=r"was made with time_limit 10.0, 5.0 requested: use another --out"):
        require_same(run, {"time_limit": 5.0})
