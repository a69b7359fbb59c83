"""The text form of a Databricks notebook: cells, and magics that say what a cell is."""

import re
from dataclasses import dataclass

HEADER = "# Databricks notebook source"
_SEPARATOR = re.compile(r"^# COMMAND -+[ \t]*$", re.MULTILINE)
_TITLE = re.compile(r"^# DBTITLE \d+,(.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell; `kind` is python, or the name of its magic (md, sql, run, pip…)."""

    kind: str
    text: str
    title: str
    first_line: int


def parse(source: str) -> list[Cell]:
    """The cells of a notebook in order, without the empty ones."""
    if not source.lstrip("\ufeff").startswith(HEADER):
        raise ValueError(f"not a Databricks source notebook: its first line must be '{HEADER}'")
    cells = []
    start = 0
    for boundary in [*_SEPARATOR.finditer(source), None]:
        end = boundary.start() if boundary else len(source)
        cell = _cell(source[start:end], source.count("\n", 0, start) + 1)
        if cell.text.strip():
            cells.append(cell)
        start = boundary.end() if boundary else end
    return cells


def _cell(chunk: str, first_line: int) -> Cell:
    lines = chunk.split("\n")
    title = ""
    for index, line in enumerate(lines):
        if line == HEADER or _TITLE.match(line):
            title = _TITLE.match(line).group(1).strip() if _TITLE.match(line) else title
            lines[index] = ""  # keeps the line numbers
    filled = [line for line in lines if line.strip()]
    if not filled or not filled[0].startswith("# MAGIC"):
        return Cell("python", "\n".join(lines), title, first_line)
    text = "\n".join(re.sub(r"^# MAGIC ?", "", line) for line in filled)
    magic = re.match(r"%(\w+)[ \t]*", text)
    if magic is None:
        return Cell("python", text, title, first_line)
    return Cell(magic.group(1), text[magic.end() :].lstrip("\n"), title, first_line)
