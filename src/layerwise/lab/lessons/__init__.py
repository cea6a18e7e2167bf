"""The lessons: data files that drive the page's real controls, one file a lesson, in the order of their names."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from layerwise.lab.lessons._checks import check_lesson

__all__ = ["check_lesson", "lessons"]


@functools.cache
def lessons() -> list[dict[str, Any]]:
    """Return every lesson, `Lesson` of the page's lesson.ts, week by week.

    Raises
    ------
    DataError
        If a file does not hold a lesson, with the place in it.
    """
    files = [entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".json")]
    return [
        check_lesson(entry.name, json.loads(entry.read_text(encoding="utf-8")))
        for entry in sorted(files, key=lambda entry: entry.name)
    ]
