"""Tables written by hand, and what the commands print about them, read again."""

import csv
import io
import re
from pathlib import Path


def write(name, header, rows):
    text = "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def columns(text):
    rows = list(csv.reader(io.StringIO(text)))
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}


def metric(out, name):
    """The model's and the baseline's number in the printed table."""
    match = re.search(rf"│ {re.escape(name)} +│ +([-+\d.,e]+) │ +([-+\d.,e]+) │", out)
    assert match, out
    return tuple(float(number.replace(",", "")) for number in match.groups())
