import signal
import sys
import warnings

import numpy as np
import pytest
from by_hand import write

from layerwise.cli import main


@pytest.fixture
def layerwise(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder; return its exit code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["layerwise", *map(str, arguments)])
        handler = signal.getsignal(signal.SIGINT)
        with warnings.catch_warnings(), pytest.raises(SystemExit) as exit_:
            main()
        signal.signal(signal.SIGINT, handler)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err + captured.out
        return exit_.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def people(layerwise):
    """A table of 300 rows whose class follows from a number and a text, with gaps."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(300):
        age, city = int(rng.integers(18, 80)), str(rng.choice(["Rome", "Oslo", "Lima"]))
        label = "yes" if age + (20 if city == "Oslo" else 0) > 55 else "no"
        rows.append(("" if rng.random() < 0.1 else age, city, round(rng.normal(), 3), label))
    return write("people.csv", "age,city,noise,buys", rows)
