"""The program in C on the page of the documentation does what stands there."""

import re
import subprocess
from pathlib import Path

import pytest
from elsewhere import WARNINGS, compiled, needs_compiler

from layerwise import TabularClassifier, export

PAGE = Path(__file__).parents[2] / "docs" / "export.md"


@needs_compiler
def test_the_program_in_c_runs(tmp_path):
    people = {"age": [22, 38, None, 35, 61] * 20, "town": ["Rome", "Oslo", "Oslo", None, "Lima"] * 20}
    model = TabularClassifier("fast", epochs=4).fit(people, ["no", "yes", "yes", "yes", "no"] * 20)
    export.to_c(model, tmp_path / "people.h")
    (source,) = re.findall(r"^```c\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "program.c").write_text(source, encoding="utf-8")
    compiled("cc", "-O3", *WARNINGS, tmp_path / "program.c", "-o", tmp_path / "program", "-lm")
    label, probability = subprocess.run(
        [tmp_path / "program"], capture_output=True, text=True, check=True
    ).stdout.split()
    row = {"age": [30], "town": ["Oslo"]}
    assert label == model.predict(row)[0]
    assert float(probability) == pytest.approx(model.predict_proba(row)[0, 1], abs=2e-6)
