"""What is printed where: any name, any encoding, a stream that is closed, full, or read no further."""

import os
import re
import subprocess
import sys

import pytest
from by_hand import write

COMMAND = [sys.executable, "-c", "from layerwise.cli import main; main()"]


def shell(line, **environment):
    """Run a line of shell in which "$@" is the command; return its exit code, output and errors, as bytes."""
    done = subprocess.run(
        ["sh", "-c", line, "sh", *COMMAND], env={**os.environ, **environment}, capture_output=True, timeout=60
    )
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def umlauts(layerwise):
    """A table and a model whose names are not ASCII."""
    table = write("t.csv", "größe,art", [(i * i % 17, ["süß", "herb"][i % 2]) for i in range(60)])
    assert layerwise("train", table, "--target", "art", "--epochs", 9, "-o", "m")[0] == 0


NAMES = ["[/y]", "y [k$]", "[red]", "[bold]x[/]", ":smile:", "{y}", "$x_ cost $"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_no_markup(layerwise, name):
    table = write("[blue]t.csv", f"a,b,{name}", [(i * i % 17, i % 3, i * i % 17 * 1.5) for i in range(60)])
    code, out, err = layerwise("train", table, "--target", name, "--epochs", 2, "-o", "m[x]", "--plot", "[b].png")
    assert (code, err) == (0, "")
    assert "[blue]t.csv: 60 rows" in out
    assert f"of {name}" in out
    assert "model written to m[x]" in out
    features = write("f.csv", f"{name},y", [(i * i % 17, i * i % 13 * 1.5) for i in range(60)])
    assert layerwise("train", features, "--target", "y", "--epochs", 2, "-o", "m")[0] == 0
    assert f"│ {name} " in layerwise("inspect", "m")[1]
    assert f"of {name}" in layerwise("evaluate", "m[x]", table)[1]


def test_names_cannot_command_the_terminal(layerwise):
    table = write("t.csv", "a,\x1b[31mred", [(i * i % 17, i * i % 13 * 1.5) for i in range(60)])
    code, out, _ = layerwise("train", table, "--target", "\x1b[31mred", "--epochs", 2)
    assert code == 0
    assert "\x1b" not in out
    assert "of \\x1b[31mred" in out


def test_an_ascii_terminal_gets_ascii(layerwise, umlauts):
    code, out, err = shell('"$@" train t.csv --target art --epochs 9 --engine numpy', PYTHONIOENCODING="ascii")
    assert (code, err) == (0, b"")
    text = out.decode("ascii")
    assert re.search(r"training cost \(mean\) +[#*+=:._-]{9} \d", text)
    assert "->" in text
    assert "| accuracy |" in text
    assert "s??" in text
    code, out, err = shell('"$@" inspect m', PYTHONIOENCODING="ascii")
    assert (code, err) == (0, b"")
    assert "gr??e" in out.decode("ascii")


def test_predictions_are_utf8_in_every_terminal(layerwise, umlauts):
    code, out, _ = shell('"$@" predict m t.csv', PYTHONIOENCODING="ascii")
    assert code == 0
    assert out.decode("utf-8").startswith("art,probability of herb,probability of süß\n")


needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")


@pytest.mark.parametrize(
    ("place", "reason"),
    [("&-", b"it is closed"), pytest.param("/dev/full", b"No space left on device", marks=needs_full)],
)
@pytest.mark.parametrize("command", ["predict m t.csv", "train t.csv --target art", "inspect m", "--help"])
def test_output_that_cannot_be_written_is_one_line(layerwise, umlauts, command, place, reason):
    code, _, err = shell(f'"$@" {command} >{place}')
    assert code == 2
    assert err == b"layerwise: error: standard output cannot be written: " + reason + b".\n"


def test_a_reader_that_closes_early_is_no_error(layerwise, umlauts):
    write("many.csv", "größe", [(30,)] * 20_000)
    for command in ("predict m many.csv", "inspect m"):
        process = subprocess.Popen([*COMMAND, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(timeout=60) == 1
