"""The limits of CONTRIBUTING, held by reading the source."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "unseen"
FILES = sorted(path for path in SOURCE.rglob("*.py"))
VERBS = {
    "train",
    "extend",
    "compare",
    "estimate",
    "evaluate",
    "audit",
    "doctor",
    "segment",
    "render",
    "generate",
    "frames",
    "explain",
    "stress",
    "export",
}  # a verb has a file in cli/verbs/ and one in pipelines/


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, text: list[str]) -> int:
    """Lines of a function's body that hold code, without its docstring, comments and blank lines."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    rows = text[body[0].lineno - 1 : function.end_lineno]
    return sum(bool(row.strip()) and not row.strip().startswith("#") for row in rows)


def test_files_are_short() -> None:
    assert {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 250} == {}


def test_functions_are_short() -> None:
    long = {}
    for path in FILES:
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = code_lines(node, text.splitlines())
                if lines > 40:
                    long[f"{path.name}: {node.name}"] = lines
    assert long == {}


def test_packages_are_small_and_no_file_name_comes_twice() -> None:
    modules = [path for path in FILES if path.name != "__init__.py"]
    sizes = Counter(path.parent.name for path in modules if path.parent != SOURCE)
    assert {name: n for name, n in sizes.items() if n > 20} == {}
    names = Counter(path.stem for path in modules)
    assert {name for name, n in names.items() if n > 1} <= VERBS


def test_every_module_begins_with_a_plain_sentence() -> None:
    firsts = {path: (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0] for path in FILES}
    assert [path.name for path, line in firsts.items() if not line and path.name != "__init__.py"] == []
    garden_path = re.compile(r" in[;,] .*\bout\b|\bout[.:]?$")
    assert [path.name for path, line in firsts.items() if garden_path.search(line)] == []


def test_no_merge_was_left_half_done() -> None:
    kinds = (".py", ".md", ".txt", ".toml", ".jinja", ".css")
    files = [path for path in ROOT.rglob("*") if path.suffix in kinds and not {".venv", ".git"} & set(path.parts)]
    marker = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)
    assert len(files) > 300
    assert [str(path) for path in files if marker.search(path.read_text(encoding="utf-8"))] == []
