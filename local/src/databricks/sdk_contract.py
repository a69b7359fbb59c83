"""Databricks' own SDK as a client of the stand-in: every call that Tributary makes, and how it fails.

Run with the environment of the SDK (DATABRICKS_HOST, then either DATABRICKS_TOKEN or DATABRICKS_CLIENT_ID and
DATABRICKS_CLIENT_SECRET). Ends with 0 and prints `ok` when the SDK was content with everything.
"""

import base64
import io
import os
import time

from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import AlreadyExists, InvalidParameterValue, NotFound, PermissionDenied, ResourceAlreadyExists, ResourceConflict, ResourceDoesNotExist
from databricks.sdk.service import catalog, jobs, sql, workspace


def refuses(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


def unity_catalog(w: WorkspaceClient) -> None:
    w.schemas.create(name="sdk", catalog_name="main")
    assert w.schemas.get("main.sdk").full_name == "main.sdk"
    volume = w.volumes.create(catalog_name="main", schema_name="sdk", name="v", volume_type=catalog.VolumeType.MANAGED)
    assert volume.full_name == "main.sdk.v" and volume.volume_type == catalog.VolumeType.MANAGED
    assert [each.name for each in w.volumes.list("main", "sdk")] == ["v"]
    assert w.volumes.read("main.sdk.v").volume_id == volume.volume_id
    refuses(NotFound, lambda: w.volumes.read("main.sdk.none"))
    refuses(ResourceConflict, lambda: w.schemas.create(name="sdk", catalog_name="main"))


def files(w: WorkspaceClient) -> None:
    root = "/Volumes/main/sdk/v"
    refuses(NotFound, lambda: w.files.upload("/Volumes/main/sdk/none/a", io.BytesIO(b"x")))
    refuses(NotFound, lambda: w.files.upload(f"{root}/missing/a", io.BytesIO(b"x")))
    w.files.create_directory(f"{root}/a b/ü")
    w.files.get_directory_metadata(f"{root}/a b/ü")
    path = f"{root}/a b/ü/1 %.csv"
    w.files.upload(path, io.BytesIO(b"hello"), overwrite=False)
    refuses(AlreadyExists, lambda: w.files.upload(path, io.BytesIO(b"other"), overwrite=False))
    w.files.upload(path, io.BytesIO(b"hello!"), overwrite=True)
    assert w.files.get_metadata(path).content_length == 6
    downloaded = w.files.download(path)
    assert downloaded.contents.read() == b"hello!" and downloaded.content_length == 6
    for number in range(7):
        w.files.upload(f"{root}/a b/{number}", io.BytesIO(bytes(number)))
    listed = list(w.files.list_directory_contents(f"{root}/a b", page_size=3))
    assert [each.name for each in listed] == ["0", "1", "2", "3", "4", "5", "6", "ü"], listed
    assert listed[6].file_size == 6 and listed[7].is_directory and listed[0].last_modified > 1_600_000_000_000
    w.files.delete(path)
    refuses(NotFound, lambda: w.files.get_metadata(path))
    w.files.delete_directory(f"{root}/a b/ü")
    refuses(NotFound, lambda: w.files.download(path))


def odd_names(w: WorkspaceClient) -> None:
    root = "/Volumes/main/sdk/v/odd"
    names = ["100% sure.csv", "a b.csv", "a%20b.csv", "a+b.csv", "it's #1?.csv", "Zürich.csv", "表.csv"]
    w.files.create_directory(root)
    for number, name in enumerate(names):
        w.files.upload(f"{root}/{name}", io.BytesIO(bytes([number])), overwrite=False)
    listed = list(w.files.list_directory_contents(root, page_size=2))
    assert sorted(each.name for each in listed) == sorted(names), listed
    for number, name in enumerate(names):
        assert w.files.download(f"{root}/{name}").contents.read() == bytes([number]), name
        refuses(AlreadyExists, lambda: w.files.upload(f"{root}/{name}", io.BytesIO(b"x"), overwrite=False))
    refuses(Exception, lambda: w.files.delete_directory(root))
    for name in names:
        w.files.delete(f"{root}/{name}")
    w.files.delete_directory(root)
    refuses(NotFound, lambda: w.files.get_directory_metadata(root))
    refuses(NotFound, lambda: list(w.files.list_directory_contents(root)))
    refuses(NotFound, lambda: w.files.delete(f"{root}/none"))


def folders_and_conflicts(w: WorkspaceClient) -> None:
    root = "/Volumes/main/sdk/v/folders"
    w.files.create_directory(f"{root}/a/b")
    w.files.create_directory(f"{root}/a/b")
    refuses(AlreadyExists, lambda: w.files.upload(f"{root}/a", io.BytesIO(b"x"), overwrite=True))
    w.files.upload(f"{root}/file", io.BytesIO(b"0123456789"))
    refuses(AlreadyExists, lambda: w.files.create_directory(f"{root}/file"))
    refuses(Exception, lambda: w.files.delete_directory(f"{root}/a"))
    refuses(NotFound, lambda: w.files.delete(f"{root}/a"))
    refuses(NotFound, lambda: w.files.download(f"{root}/a"))
    refuses(NotFound, lambda: w.files.get_directory_metadata(f"{root}/file"))
    big = os.urandom(3_000_000)
    w.files.upload(f"{root}/big", io.BytesIO(big), overwrite=False)
    assert w.files.download(f"{root}/big").contents.read() == big
    for name in ("none", "none.none", "none.none.none"):
        path = "/Volumes/" + "/".join((name.split(".") + ["sdk", "v"])[:3])
        refuses(NotFound, lambda: list(w.files.list_directory_contents(path)))
    refuses(Exception, lambda: w.files.upload(f"{root}/../../../other/v/x", io.BytesIO(b"x")))


def pages(w: WorkspaceClient) -> None:
    """Of any size, up to the largest and beyond it, all entries come once and in order."""
    root = "/Volumes/main/sdk/v/pages"
    w.files.create_directory(root)
    names = [f"{number:02d}" for number in range(23)]
    for name in names:
        w.files.upload(f"{root}/{name}", io.BytesIO(b""))
    for size in (None, 1, 7, 22, 23, 24, 1_000, 5_000):
        assert [each.name for each in w.files.list_directory_contents(root, page_size=size)] == names, size


def federated(w: WorkspaceClient) -> None:
    """A service account's token in the place of a secret, when the test has brought one."""
    token = os.environ.get("SUBJECT_TOKEN_FILE")
    if not token:
        return
    login = {"host": os.environ["DATABRICKS_HOST"], "client_id": os.environ["FEDERATED_CLIENT_ID"], "auth_type": "file-oidc"}
    assert WorkspaceClient(config=Config(oidc_token_filepath=token, **login)).current_user.me().active
    refused = refuses(Exception, lambda: WorkspaceClient(config=Config(oidc_token_filepath=token + ".other", **login)).current_user.me())
    assert "no federation policy" in str(refused), refused


def refused_credentials(w: WorkspaceClient) -> None:
    host = os.environ["DATABRICKS_HOST"]
    by_token = WorkspaceClient(config=Config(host=host, token="dapi-not-one-of-ours", auth_type="pat"))
    refuses(PermissionDenied, by_token.current_user.me)
    by_secret = Config(host=host, client_id="nobody", client_secret="not-the-secret", auth_type="oauth-m2m")
    refused = refuses(Exception, lambda: WorkspaceClient(config=by_secret).current_user.me())
    assert "not-the-secret" not in str(refused), refused


def notebooks(w: WorkspaceClient) -> None:
    root = "/Shared/sdk"
    refuses(NotFound, lambda: w.workspace.get_status(root))
    w.workspace.mkdirs(f"{root}/deep")
    source = "# Databricks notebook source\nprint(1)\n"
    content = base64.b64encode(source.encode()).decode()
    source_of_python = {"format": workspace.ImportFormat.SOURCE, "language": workspace.Language.PYTHON}
    w.workspace.import_(f"{root}/n", content=content, **source_of_python)
    refuses(ResourceAlreadyExists, lambda: w.workspace.import_(f"{root}/n", content=content, **source_of_python))
    w.workspace.import_(f"{root}/n", content=content, overwrite=True, **source_of_python)
    w.workspace.upload(f"{root}/helper.py", io.BytesIO(b"X = 1\n"), format=workspace.ImportFormat.AUTO)
    w.workspace.upload(f"{root}/auto.py", io.BytesIO(source.encode()), format=workspace.ImportFormat.AUTO, overwrite=True)
    jupyter = b'{"cells":[{"cell_type":"code","source":["1+1"]}],"metadata":{},"nbformat":4,"nbformat_minor":5}'
    w.workspace.upload(f"{root}/j.ipynb", io.BytesIO(jupyter), format=workspace.ImportFormat.JUPYTER)
    kinds = {each.path: (each.object_type, each.language) for each in w.workspace.list(root)}
    notebook = (workspace.ObjectType.NOTEBOOK, workspace.Language.PYTHON)
    assert kinds == {
        f"{root}/deep": (workspace.ObjectType.DIRECTORY, None),
        f"{root}/n": notebook,
        f"{root}/helper.py": (workspace.ObjectType.FILE, None),
        f"{root}/auto": notebook,
        f"{root}/j": notebook,
    }, kinds
    assert base64.b64decode(w.workspace.export(f"{root}/n", format=workspace.ExportFormat.SOURCE).content).decode() == source
    assert w.workspace.download(f"{root}/helper.py", format=workspace.ExportFormat.AUTO).read() == b"X = 1\n"
    assert b"1+1" in w.workspace.download(f"{root}/j", format=workspace.ExportFormat.JUPYTER).read()
    assert w.workspace.get_status(f"/Workspace{root}/n").path == f"{root}/n"
    w.workspace.import_(f"{root}/ü 100% #1", content=content, **source_of_python)
    assert w.workspace.get_status(f"{root}/ü 100% #1").path == f"{root}/ü 100% #1"
    w.workspace.delete(f"{root}/ü 100% #1")
    refuses(Exception, lambda: w.workspace.delete(root))
    w.workspace.delete(f"{root}/auto")
    refuses(NotFound, lambda: w.workspace.get_status(f"{root}/auto"))


def job_settings(w: WorkspaceClient) -> None:
    task = jobs.Task(task_key="t", notebook_task=jobs.NotebookTask(notebook_path="/Shared/sdk/n"))
    schedule = jobs.CronSchedule("0 0 6 ? * MON-FRI", "Europe/Berlin", jobs.PauseStatus.PAUSED)
    made = [w.jobs.create(name="Many", tasks=[task], tags={"n": str(number)}).job_id for number in range(25)]
    one = w.jobs.create(name="one", tasks=[task], schedule=schedule, max_concurrent_runs=1, queue=jobs.QueueSettings(True)).job_id
    assert len(list(w.jobs.list(limit=10))) == 26
    assert {job.job_id for job in w.jobs.list(name="MANY", limit=7)} == set(made)
    got = w.jobs.get(one)
    assert got.settings.schedule == schedule and got.settings.tasks[0].notebook_task.notebook_path == "/Shared/sdk/n"
    w.jobs.update(one, new_settings=jobs.JobSettings(name="renamed"), fields_to_remove=["schedule"])
    got = w.jobs.get(one)
    assert got.settings.name == "renamed" and got.settings.schedule is None and len(got.settings.tasks) == 1
    w.jobs.reset(one, jobs.JobSettings(name="reset", tasks=[task]))
    assert w.jobs.get(one).settings.queue == jobs.QueueSettings(True)
    for cron, zone in (("0 0 6 * * *", "UTC"), ("0 6 * * ?", "UTC"), ("0 0 25 * * ?", "UTC"), ("0 0 6 ? * MON-FRI", "Mars/Olympus"), ("", "UTC")):
        bad = jobs.CronSchedule(cron, zone)
        refuses(InvalidParameterValue, lambda: w.jobs.create(name="bad", tasks=[task], schedule=bad))
        refuses(InvalidParameterValue, lambda: w.jobs.update(one, new_settings=jobs.JobSettings(schedule=bad)))
    cycle = [jobs.Task(task_key=key, depends_on=[jobs.TaskDependency(other)], notebook_task=task.notebook_task) for key, other in (("a", "b"), ("b", "a"))]
    refuses(InvalidParameterValue, lambda: w.jobs.create(name="cycle", tasks=cycle))
    refuses(InvalidParameterValue, lambda: w.jobs.create(name="twice", tasks=[task, task]))
    refuses(InvalidParameterValue, lambda: w.jobs.create(name="tags", tasks=[task], tags={str(n): "" for n in range(26)}))
    refuses(InvalidParameterValue, lambda: w.jobs.create(name="none", tasks=[]))
    assert list(w.jobs.list(name="no such job")) == []
    for job in made:
        w.jobs.delete(job)
    w.jobs.delete(one)
    refuses(ResourceDoesNotExist, lambda: w.jobs.get(one))
    for call in (lambda: w.jobs.delete(one), lambda: w.jobs.run_now(one), lambda: w.jobs.reset(one, jobs.JobSettings(tasks=[task]))):
        refuses(InvalidParameterValue, call)  # Databricks says so with 400, and its SDK knows better only for `get`


def job_run(w: WorkspaceClient) -> None:
    source = '# Databricks notebook source\ndbutils.notebook.exit(dbutils.widgets.get("who"))\n'
    content = base64.b64encode(source.encode()).decode()
    w.workspace.import_("/Shared/sdk/n", content=content, format=workspace.ImportFormat.SOURCE, language=workspace.Language.PYTHON, overwrite=True)
    notebook = jobs.NotebookTask("/Shared/sdk/n", base_parameters={"who": "{{job.id}}"})
    job = w.jobs.create(name="run", tasks=[jobs.Task(task_key="t", notebook_task=notebook)]).job_id
    waiter = w.jobs.run_now(job, idempotency_token="same")
    assert w.jobs.run_now(job, idempotency_token="same").run_id == waiter.run_id
    run = waiter.result()
    assert run.state.result_state == jobs.RunResultState.SUCCESS and run.status.termination_details.code == jobs.TerminationCodeCode.SUCCESS
    assert run.run_page_url.endswith(f"/runs/{run.run_id}")
    assert w.jobs.get_run_output(run.tasks[0].run_id).notebook_output.result == str(job)
    assert [each.run_id for each in w.jobs.list_runs(job_id=job)] == [run.run_id]
    assert list(w.jobs.list_runs(job_id=job, active_only=True)) == []
    other = w.jobs.run_now(job, idempotency_token="other")
    assert other.run_id != waiter.run_id
    other.result()
    ids = [each.run_id for each in w.jobs.list_runs(job_id=job, limit=1)]
    assert ids == [other.run_id, run.run_id], ids
    assert [each.run_id for each in w.jobs.list_runs(job_id=job, completed_only=True)] == ids
    refuses(InvalidParameterValue, lambda: w.jobs.run_now(job, idempotency_token="x" * 65))
    refuses(ResourceDoesNotExist, lambda: w.jobs.get_run(999_999))
    w.jobs.cancel_run(run.run_id)


def statements(w: WorkspaceClient) -> None:
    assert [each.id for each in w.warehouses.list()] == ["stand-in"]
    asked = w.statement_execution.execute_statement("SELECT 1 AS one, CAST(NULL AS STRING) AS none", "stand-in", wait_timeout="0s")
    while asked.status.state in (sql.StatementState.PENDING, sql.StatementState.RUNNING):
        time.sleep(0.5)
        asked = w.statement_execution.get_statement(asked.statement_id)
    assert asked.status.state == sql.StatementState.SUCCEEDED, asked
    assert asked.result.data_array == [["1", None]] and [each.name for each in asked.manifest.schema.columns] == ["one", "none"], asked
    w.statement_execution.cancel_execution(asked.statement_id)
    refuses(NotFound, lambda: w.statement_execution.get_statement("none"))
    refuses(InvalidParameterValue, lambda: w.statement_execution.execute_statement("SELECT 1", "none"))
    refuses(InvalidParameterValue, lambda: w.statement_execution.execute_statement("DROP TABLE x", "stand-in"))


def what_is_made_is_removed(w: WorkspaceClient) -> None:
    refuses(Exception, lambda: w.schemas.delete("main.sdk"))
    w.volumes.delete("main.sdk.v")
    refuses(NotFound, lambda: w.volumes.read("main.sdk.v"))
    refuses(NotFound, lambda: list(w.files.list_directory_contents("/Volumes/main/sdk/v")))
    w.schemas.delete("main.sdk")
    refuses(NotFound, lambda: w.schemas.get("main.sdk"))


if __name__ == "__main__":
    client = WorkspaceClient()
    assert client.current_user.me().active
    parts = (unity_catalog, files, odd_names, folders_and_conflicts, pages, refused_credentials, federated, notebooks, job_settings, job_run, statements)
    for part in (*parts, what_is_made_is_removed):
        part(client)
    print("ok")
