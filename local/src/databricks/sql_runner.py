"""Answers one SELECT: the plan comes as one JSON line on standard input, the answer goes as JSON to file descriptor 3."""

import json
import os
import sys
import threading

from notebook_runner.session import start
from runner import end_with_the_workspace

_MAX_ROWS = 100_000


def answer(plan: dict) -> dict:
    try:
        frame = start(plan).sql(plan["statement"])
        rows = frame.limit(_MAX_ROWS).collect()
    except Exception as error:  # whatever Spark says of the statement is the answer
        return {"error": str(error).split("\n\nJVM stacktrace")[0][:2_000]}
    return {
        "columns": [{"name": name, "type_text": kind.upper()} for name, kind in frame.dtypes],
        "rows": [[None if cell is None else str(cell) for cell in row] for row in rows],
    }


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_the_workspace, daemon=True).start()
    with os.fdopen(3, "w") as out:
        out.write(json.dumps(answer(plan)) + "\n")
    os._exit(0)


if __name__ == "__main__":
    main()
