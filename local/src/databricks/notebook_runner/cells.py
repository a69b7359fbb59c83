"""Executes the cells of one notebook in one namespace."""

import ast
import contextlib
import linecache
import os
import re
import time
import traceback
from dataclasses import dataclass, field

from .dbutils import NotebookExit
from .outputs import Html, Outputs, Text
from .source import Cell, parse

_HERE = os.path.dirname(__file__)


@dataclass
class Executed:
    cell: Cell
    outputs: list[object] = field(default_factory=list)
    seconds: float = 0.0
    failed: bool = False


@dataclass
class NotebookResult:
    cells: list[Executed] = field(default_factory=list)
    exit_value: str | None = None
    error: str | None = None
    trace: str | None = None


class _Sink:
    """Standard output of the running cell."""

    def __init__(self, outputs: Outputs):
        self._outputs = outputs

    def write(self, text: str) -> int:
        self._outputs.write(text)
        return len(text)

    def flush(self) -> None:
        pass


class NotebookExecution:
    """`read_notebook` gives the source of another notebook by path, for %run."""

    def __init__(self, path: str, namespace: dict, spark_of, read_notebook):
        self._path = path
        self._namespace = namespace
        self._spark_of = spark_of
        self._read_notebook = read_notebook
        self._outputs = Outputs()
        namespace["display"] = lambda *values, **_options: [self._outputs.show(value) for value in values] and None
        namespace["displayHTML"] = lambda html: self._outputs.items.append(Html(str(html)))

    def run(self, source: str) -> NotebookResult:
        result = NotebookResult()
        for cell in parse(source):
            executed = Executed(cell)
            result.cells.append(executed)
            self._outputs = outputs = Outputs()
            started = time.monotonic()
            try:
                with contextlib.redirect_stdout(_Sink(outputs)), contextlib.redirect_stderr(_Sink(outputs)):
                    self._execute(cell, self._path)
                    outputs.open_figures()
            except NotebookExit as done:
                result.exit_value = done.value
            except BaseException as error:  # whatever a notebook raises, SystemExit too, is its failure and not ours
                result.error = f"{type(error).__name__}: {error}".strip()
                result.trace = _trace(error)
                executed.failed = True
                outputs.items.append(Text(result.trace, is_error=True))
            executed.seconds = time.monotonic() - started
            executed.outputs = outputs.items
            if executed.failed or result.exit_value is not None:
                break
        return result

    def _execute(self, cell: Cell, path: str) -> None:
        if cell.kind == "python":
            self._python(cell, path)
        elif cell.kind == "sql":
            for statement in _statements(cell.text):
                self._outputs.show(self._spark_of().sql(statement))
        elif cell.kind == "run":
            self._include(cell.text.strip(), path)
        elif cell.kind == "pip":
            self._outputs.write("Not run: the packages of this workspace are fixed.\n")
        elif cell.kind != "md":
            raise NotImplementedError(f"cells of kind %{cell.kind} cannot run outside Databricks")

    def _python(self, cell: Cell, path: str) -> None:
        name = f"{path}, cell at line {cell.first_line}"
        linecache.cache[name] = (len(cell.text), None, [line + "\n" for line in cell.text.split("\n")], name)
        tree = ast.parse(cell.text, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), self._namespace)
        if last is not None:
            self._outputs.show(eval(compile(ast.Expression(last.value), name, "eval"), self._namespace))

    def _include(self, target: str, path: str) -> None:
        included = os.path.normpath(os.path.join(os.path.dirname(path), target.strip("\"'")))
        for cell in parse(self._read_notebook(included)):
            self._execute(cell, included)


def _statements(text: str) -> list[str]:
    """SQL statements ended by a semicolon at the end of a line."""
    return [statement for statement in re.split(r";[ \t]*(?:\n|$)", text) if statement.strip()]


def _trace(error: BaseException) -> str:
    """Without our own frames."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_HERE)]
    lines = ["Traceback (most recent call last):\n", *traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "".join(lines)[-20_000:]
