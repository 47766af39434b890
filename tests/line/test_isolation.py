"""The channel protocol holds: LINE lives in its folder, in one row of the table, and in settings of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
ADAPTER = APP / "channels" / "line"
ALLOWED = {
    "main.py": {"app.channels.line", "app.channels.line.channel", "LineChannel"},
    "settings.py": {"line_api_url", "line_data_url"},
}


def words_of(path: Path) -> set[str]:
    """What a module names that speaks of LINE: imports, names, attributes, and its kind where something hangs on it.

    Tables of names, icons and colours by kind may have a row for it: a channel without one shows a plain icon.
    """
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.ImportFrom(module=str(module)):
                found |= {module, *(alias.name for alias in node.names)}
            case ast.Import():
                found |= {alias.name for alias in node.names}
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Compare() | ast.MatchValue() | ast.Call() | ast.Subscript():
                found |= {f"the string {text!r}" for text in _strings(node) if text.lower().strip("/:") == "line"}
    return {word for word in found if _is_of_line(word)}


def _strings(node: ast.AST) -> Iterator[str]:
    """The strings in an expression, those in tables (dicts) left out."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif not isinstance(part, ast.Dict):
            yield from _strings(part)


def _is_of_line(word: str) -> bool:
    return word.startswith(
        ("the string", "app.channels.line", "line_api", "line_data", "LineChannel", "linebot")
    ) or word in ("LineApi", "line_user", "line_id", "reply_token", "replyToken")


def test_no_module_outside_the_adapter_knows_line() -> None:
    for path in sorted(APP.rglob("*.py")):
        if ADAPTER in path.parents or APP / "demo" in path.parents:  # the demo plays people on every channel
            continue
        name = path.relative_to(APP).as_posix()
        assert words_of(path) <= ALLOWED.get(name, set()), f"{name} speaks of LINE: {words_of(path)}"


def test_it_is_one_row_in_the_table() -> None:
    rows = [line for line in (APP / "main.py").read_text().splitlines() if "LineChannel" in line]
    assert sorted(row.strip().split("(")[0].split(" ")[0] for row in rows) == ["LineChannel", "from"]


def test_this_test_can_fail(tmp_path: Path) -> None:
    module = tmp_path / "leak.py"
    module.write_text('if ticket.channel in ("email", "line"):\n    print(settings.line_api_url)\n')
    assert words_of(module) == {"the string 'line'", "line_api_url"}
    module.write_text('ICONS = {"line": "bubble"}\n')
    assert words_of(module) == set()
