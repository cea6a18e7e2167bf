"""Numbers are whole in every width, and curves have every value."""

import io
import math

import pytest
from rich.console import Console
from rich.table import Column, Table

from layerwise.cli import display
from layerwise.cli.display import figures, metrics_table, print_table, sparkline


def terminal(width):
    return Console(file=io.StringIO(), force_terminal=True, color_system=None, width=width, soft_wrap=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.86171, "0.8617"), (52_840.4, "52,840"), (9_999.96, "10,000"), (-123_456.7, "-123,457"), (0.0, "0"),
        (1e9, "1.000e+09"), (1.2345e33, "1.234e+33"), (-1e300, "-1.000e+300"), (4.5494e-301, "4.549e-301"),
        (math.nan, "–"), (math.inf, "inf"),
    ],
)  # fmt: skip
def test_figures(value, text):
    assert figures(value) == text


def test_a_sparkline_rises_and_bears_what_is_not_finite():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0, math.inf, 1.0, math.nan]) == "▁███"
    assert sparkline([math.nan]) == "█"
    assert len(sparkline(range(1000))) == 48


@pytest.mark.parametrize("width", [10, 40, 80])
def test_no_number_is_cut_in_a_narrow_terminal(monkeypatch, width):
    console = terminal(width)
    monkeypatch.setattr(display, "out", console)
    unit = "of the value of the house in the middle"
    print_table("On 40 rows", metrics_table({"rmse": 4.549e299}, {"rmse": 123_456.0}, unit))
    shapes = Table(Column("W", justify="right", no_wrap=True), Column("detail", overflow="fold"))
    shapes.add_row("(64, 108)", "a longer text than there is room for in a line")
    print_table("Layers", shapes)
    printed = console.file.getvalue()
    for number in ("4.549e+299", "123,456", "(64, 108)"):
        assert number in printed
    assert "…" not in printed


def test_a_file_gets_tables_as_wide_as_they_are(layerwise):
    names = [f"a_column_with_quite_a_long_name_{k}" for k in range(2)]
    rows = [",".join([str(i % 7), f"level {'x' * 60} {i % 3}", str(i * i % 13)]) for i in range(50)]
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write("\n".join([",".join([*names, "y"]), *rows]) + "\n")
    assert layerwise("train", "t.csv", "--target", "y", "--epochs", 1)[0] == 0
    out = layerwise("inspect", "t.safetensors")[1]
    assert f"3 levels: level {'x' * 60} 0, level {'x' * 60} 1, level {'x' * 60} 2" in out
    assert "…" not in out
