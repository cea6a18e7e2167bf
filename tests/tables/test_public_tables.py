"""What the room shows, and what it loads: NumPy alone is enough to transform."""

import subprocess
import sys

from layerwise import tables


def test_all_is_sorted_and_true():
    assert tables.__all__ == sorted(tables.__all__)
    assert all(hasattr(tables, name) for name in tables.__all__)


def test_transform_and_csv_output_need_no_polars():
    code = """
import sys
sys.modules["polars"] = None
from layerwise.tables import Table, TableEncoder, TargetEncoder, write_csv
table = Table({"a": [1, 2], "y": ["p", "q"]})
TableEncoder.fit(table, "y").transform(table)
write_csv(sys.stdout, {"y": TargetEncoder.fit(table, "y").decode([[0.9]])})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "y\nq\n"
