"""Own data on the page: a table from upload to what is taken home, a pasted one, and points that are drawn."""

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from driving import number
from playwright.sync_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

TITANIC = Path(__file__).parents[4] / "shared" / "data" / "titanic.csv"


def layerwise(*arguments, folder):
    command = [sys.executable, "-c", "from layerwise.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def table_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def taken_home(lab, kind, folder):
    """Save what an export's button gives."""
    with lab.tab.expect_download() as download:
        lab.find(f".exports [data-kind={kind}]").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.skipif(not TITANIC.is_file(), reason="the real tables (../shared/data) are not here")
def test_a_table_from_upload_to_the_runs_of_what_was_exported(lab, tmp_path):
    lab.open(learning_rate=0.3, epochs=150, hidden=[8])
    with lab.tab.expect_file_chooser() as chooser:
        lab.button("Choose a CSV file …").click()
    chooser.value.set_files(TITANIC)
    expect(lab.find(".table-part .facts")).to_have_text("titanic.csv · 891 rows, 12 columns")
    lab.find(".table-target select").select_option("Survived")
    expect(lab.find("#data > .facts")).to_have_text("m = 713 to learn from · 178 held out · n_x = 11")
    lab.tab.get_by_role("checkbox", name="Embarked").uncheck()
    expect(lab.find("#data > .facts")).to_have_text("m = 713 to learn from · 178 held out · n_x = 7")
    lab.train()
    cost, accuracy = lab.facts()["cost"].removeprefix("cost "), number(lab.facts()["metric"].removeprefix("accuracy "))
    assert accuracy > 0.75

    lab.button("Export").click()
    model, script, history, predictions = (
        taken_home(lab, kind, tmp_path) for kind in ("model", "script", "history", "predictions")
    )
    told = subprocess.run([sys.executable, script, TITANIC], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "the same bits as on the page" in told.stdout
    assert float(re.search(r"cost after 150 epochs: (\S+)", told.stdout)[1]) == pytest.approx(number(cost), rel=6e-4)

    predicted = table_of(layerwise("predict", model, TITANIC, folder=tmp_path))
    here = {int(row["row"]): row for row in table_of(predictions.read_text())}
    assert len(predicted) == len(here) == 891
    for k, row in enumerate(predicted):
        assert row["Survived"] == here[k + 1]["predicted Survived"]
        assert float(row["probability of 1"]) == pytest.approx(float(here[k + 1]["P(1)"]), rel=1e-6)
    held = [row for row in here.values() if row["part"] == "validation"]
    right = [row["Survived"] == row["predicted Survived"] for row in held]
    assert np.mean(right) == pytest.approx(accuracy, abs=6e-5)
    assert float(table_of(history.read_text())[-1]["accuracy"]) == pytest.approx(accuracy, abs=6e-5)


def test_a_pasted_table_becomes_the_data(lab):
    lab.open(epochs=30)
    table = "age,city,buys\n" + "".join(f"{20 + k},{'Oslo' if k % 3 else 'Rome'},{k % 2}\n" for k in range(40))
    lab.tab.evaluate("text => navigator.clipboard.writeText(text)", table)
    lab.tab.keyboard.press("Control+V")
    expect(lab.find(".table-part .facts")).to_have_text("pasted.csv · 40 rows, 3 columns")
    expect(lab.find(".table-target select")).to_have_value("buys")
    lab.train()
    assert "preset=table" in lab.address()


def test_a_file_that_is_no_table_is_refused_in_a_sentence(lab, watched):
    lab.open()
    lab.find("input[type=file]").set_input_files(
        {"name": "broken.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n1,2,3,4\n"}
    )
    expect(lab.find(".reader .setting-error")).to_contain_text("broken.csv")
    expect(lab.find("[data-preset=flower]")).to_have_attribute("aria-checked", "true")
    watched.expect("400")  # the browser's own line on the answer


def test_points_are_drawn_by_clicks(lab):
    lab.open(hidden=[], epochs=30)
    lab.find("[data-preset=points]").click()
    drawn = lab.find(".drawing-points .facts")
    expect(drawn).to_contain_text("points drawn")
    lab.button("Begin anew").click()
    expect(drawn).to_have_text("6 points drawn")
    box = lab.find("#surface canvas").first.bounding_box()
    for k, (x, y) in enumerate([(0.3, 0.3), (0.6, 0.7), (0.4, 0.5)]):
        lab.find("#surface canvas").first.click(position={"x": box["width"] * x, "y": box["height"] * y})
        expect(drawn).to_have_text(f"{7 + k} points drawn")
    lab.find(".brush.class-2").click()
    lab.find("#surface canvas").first.press("ArrowLeft")
    lab.find("#surface canvas").first.press("Enter")
    expect(drawn).to_have_text("10 points drawn")
    expect(lab.find(".surface-legend li")).to_contain_text(["0", "1", "2"])
    lab.button("Take back").click()
    expect(drawn).to_have_text("9 points drawn")
    lab.train()
