import sys

import pytest

from benchmarks import streaming

pl = pytest.importorskip("polars")


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_table_repeats_the_sample(tmp_path, ending):
    rows = streaming.generate(tmp_path / f"t{ending}", streaming.Size(ending, 2))
    read = pl.read_csv if ending == ".csv" else pl.read_parquet
    table = read(tmp_path / f"t{ending}")
    assert table.height == rows
    assert table.unique().height <= 6000 < rows
    assert [path.name for path in tmp_path.iterdir()] == [f"t{ending}"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/status")
def test_the_peak_is_the_one_of_the_process():
    held = bytearray(b"x" * 300_000_000)  # by this process, which is none of theirs
    program = streaming.MEASURED.replace("from layerwise.cli import main", "main = lambda: len(b'x' * {})")
    small, large = (streaming.peak_of(program.format(n))[1] for n in (1, 100_000_000))
    assert small < 50e6 < len(held)
    assert 95e6 < large - small < 110e6
    with pytest.raises(streaming.subprocess.CalledProcessError):
        streaming.peak_of("raise SystemExit(3)")


def test_the_verdict_is_of_the_largest_and_its_growth():
    entries = [{"ending": ".csv", "rows": rows, "peak_bytes": peak} for rows, peak in ((10, 2e8), (1, 1e8))]
    assert [(bar["what"], bar["value"], bar["met"]) for bar in streaming.judged(entries)] == [
        ("peak_bytes", 2e8, True), ("growth", 2.0, False),
    ]  # fmt: skip


def test_a_line_is_aligned_with_the_heading():
    entry = {"ending": ".csv", "bytes": 2e9, "rows": 10**7, "seconds": 100.0, "rows_per_second": 1e5, "peak_bytes": 2e8}
    assert streaming.line(entry).split() == [".csv", "2,000", "10,000,000", "100.0", "100,000", "200"]
    assert len(streaming.line(entry)) == len(streaming.aligned(*streaming.HEADINGS))
