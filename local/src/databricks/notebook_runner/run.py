"""Runs the tasks of a plan one after the other and tells how each ended."""

import os
import sys
import time
from datetime import datetime, timezone

from .cells import NotebookExecution, NotebookResult
from .dbutils import DbUtils, Widgets
from .report import render

_MAX_RESULT_CHARS = 5_000_000


def execute_plan(plan: dict, tell) -> None:
    session = _Session(plan)
    ended: dict[str, str] = {}
    for task in plan["tasks"]:
        blocked = _blocked(task, ended)
        if blocked:
            ended[task["taskKey"]] = "SKIPPED"
            tell(_ending(task, "SKIPPED", blocked))
            continue
        tell({"task": task["taskKey"], "phase": "RUNNING"})
        event = _execute_task(plan, task, session)
        ended[task["taskKey"]] = event["code"]
        tell(event)


class _Session:
    """One Spark session for all tasks of a run, started when first used."""

    def __init__(self, plan: dict):
        self._plan = plan
        self._spark = None

    def get(self):
        if self._spark is None:
            from .session import start

            self._spark = start(self._plan)
        return self._spark


def _blocked(task: dict, ended: dict[str, str]) -> str | None:
    codes = [ended.get(key) for key in task["dependsOn"]]
    bad = [key for key, code in zip(task["dependsOn"], codes) if code != "SUCCESS"]
    rule = task["runIf"]
    if not codes or rule == "ALL_DONE" or not bad:
        return None
    if rule == "AT_LEAST_ONE_SUCCESS" and "SUCCESS" in codes:
        return None
    if rule == "NONE_FAILED" and all(code in ("SUCCESS", "SKIPPED") for code in codes):
        return None
    return f"Upstream task {bad[0]} did not succeed"


def _execute_task(plan: dict, task: dict, session: _Session) -> dict:
    started = time.time()
    path = _workspace_path(task["notebookPath"])
    widgets = Widgets(task["parameters"], plan["volumesDir"])
    try:
        source = _read(plan, path)
    except (OSError, ValueError) as error:
        return _ending(task, "RESOURCE_NOT_FOUND", f"Unable to access the notebook \"{path}\": {error}")
    folder = os.path.dirname(os.path.join(plan["treeDir"], path.lstrip("/")))
    with _importable(folder):
        spark = session.get()
        namespace = {"__name__": "__main__", "dbutils": DbUtils(widgets), "spark": spark, "sc": spark.sparkContext}
        namespace["sql"] = spark.sql
        try:
            result = NotebookExecution(path, namespace, session.get, lambda other: _read(plan, other)).run(source)
        except ValueError as error:
            result = NotebookResult(error=str(error), trace=str(error))
        for query in spark.streams.active:
            query.stop()
    report = render(
        result,
        notebook=path,
        job=plan["jobName"],
        run_id=plan["runId"],
        task=task["taskKey"],
        parameters=widgets.shown(),
        started=datetime.fromtimestamp(started, timezone.utc),
        seconds=time.time() - started,
    )
    # The verdicts first: who sees the page sees them too.
    for name, text in ((f"{task['taskKey']}.short.html", report.short), (f"{task['taskKey']}.html", report.page)):
        target = os.path.join(plan["runDir"], name)
        with open(target + ".aside", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(target + ".aside", target)
    if result.error is not None:
        return {**_ending(task, "RUN_EXECUTION_ERROR", result.error[:1_000]), "error": result.error[:10_000], "trace": result.trace}
    ending = _ending(task, "SUCCESS", "")
    return ending if result.exit_value is None else {**ending, "result": result.exit_value[:_MAX_RESULT_CHARS]}


def _ending(task: dict, code: str, message: str) -> dict:
    return {"task": task["taskKey"], "phase": "TERMINATED", "code": code, "message": message}


def _workspace_path(path: str) -> str:
    clean = os.path.normpath("/" + path.lstrip("/"))
    return clean[len("/Workspace") :] if clean.startswith("/Workspace/") else clean


def _read(plan: dict, path: str) -> str:
    root = os.path.realpath(plan["treeDir"])
    file = os.path.realpath(os.path.join(root, _workspace_path(path).lstrip("/")))
    if not file.startswith(root + os.sep):
        raise ValueError(f"{path} is outside the workspace")
    with open(file, encoding="utf-8") as source:
        return source.read()


class _importable:
    """The notebook's folder on Python's path, and its modules forgotten afterwards: the next task may bring others."""

    def __init__(self, folder: str):
        self._folder = folder

    def __enter__(self):
        self._known = set(sys.modules)
        sys.path.insert(0, self._folder)

    def __exit__(self, *_error):
        sys.path.remove(self._folder)
        for name in set(sys.modules) - self._known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(self._folder + os.sep):
                del sys.modules[name]
