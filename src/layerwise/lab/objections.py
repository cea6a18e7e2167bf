"""What the lab refuses, in the words of `layerwise.errors`, and what the page needs to know of a refusal."""

from __future__ import annotations

from typing import ClassVar

from layerwise.errors import LayerwiseError, ParameterError, TableError

__all__ = ["Gone", "SettingError", "UploadError"]


class SettingError(ParameterError):
    """A setting is outside its limits, or does not go with the others; `setting` is its name."""

    code: ClassVar[str] = "setting"

    def __init__(self, setting: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting


class UploadError(TableError):
    """An uploaded table is larger than the lab takes, or takes longer to read."""

    code: ClassVar[str] = "upload"


class Gone(LayerwiseError, LookupError):  # noqa: N818 - a state of things: the page makes it anew
    """The experiment or the table was dropped for newer ones, or never was."""

    code: ClassVar[str] = "gone"
