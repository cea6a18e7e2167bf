"""The page's Chinese sentences on diagnoses: one set for every code, filled with facts that the server gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layerwise.training import diagnosis

PAGE = Path(__file__).parents[2] / "lab-page" / "src" / "texts" / "diagnoses.ts"
SOURCE = Path(diagnosis.__file__).read_text(encoding="utf-8")


def sentences() -> dict[str, str]:
    """What `findings` of the page says, by code."""
    text = PAGE.read_text(encoding="utf-8").split("export const findings", 1)[1]
    return dict(re.findall(r"^  (\w+): \{\n(.*?)^  \},", text, flags=re.DOTALL | re.MULTILINE))


def test_every_code_has_its_sentences():
    assert set(sentences()) == set(diagnosis.CODES)


@pytest.mark.parametrize("code", diagnosis.CODES)
def test_the_sentences_are_filled_with_facts_of_their_diagnosis(code):
    said = sentences()[code]
    for part in ("title", "evidence", "cause", "cure"):
        assert f"{part}: " in said
    names = set(re.findall(r"\{(\w+)\}", said)) - {"layer"}
    given = set(re.findall(r'"(\w+)": ', SOURCE))
    assert names <= given, f"{code} has no fact {names - given}"
