"""As much of dbutils and display as notebooks of Tributary use."""

import os


class NotebookExit(Exception):
    """Raised by dbutils.notebook.exit; ends the notebook well."""

    def __init__(self, value: str):
        super().__init__(value)
        self.value = value


class Widgets:
    """Parameters; a value that names a volume is given as the folder that stands in for it."""

    def __init__(self, given: dict[str, str], volumes_dir: str):
        self._values = dict(given)
        self._volumes_dir = volumes_dir

    def text(self, name: str, default: str = "", label: str | None = None) -> None:
        self._values.setdefault(name, default)

    def dropdown(self, name: str, default: str, choices: list[str], label: str | None = None) -> None:
        self._values.setdefault(name, default)

    combobox = dropdown
    multiselect = dropdown

    def get(self, name: str) -> str:
        if name not in self._values:
            raise ValueError(f"InputWidgetNotDefined: there is no widget named {name}")
        return self._mapped(self._values[name])

    def getAll(self) -> dict[str, str]:  # noqa: N802 - Databricks' name
        return {name: self._mapped(value) for name, value in self._values.items()}

    def remove(self, name: str) -> None:
        self._values.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        self._values.clear()

    def shown(self) -> dict[str, str]:
        """As they were given, for the report."""
        return dict(self._values)

    def _mapped(self, value: str) -> str:
        if not value.startswith("/Volumes/"):
            return value
        root = os.path.realpath(self._volumes_dir)
        folder = os.path.realpath(os.path.join(root, value[len("/Volumes/") :]))
        if folder != root and not folder.startswith(root + os.sep):
            raise ValueError(f"{value} is outside the volumes")
        return folder


class Notebook:
    def exit(self, value: str = "") -> None:
        raise NotebookExit(str(value))


class DbUtils:
    def __init__(self, widgets: Widgets):
        self.widgets = widgets
        self.notebook = Notebook()
