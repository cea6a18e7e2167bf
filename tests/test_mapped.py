"""Arrays in mapped files: training on them is training on copies, in memory for a few blocks of them."""

import subprocess
import sys

import numpy as np
import pytest

import layerwise as lw
from layerwise.engines import ENGINES
from layerwise.errors import DataError
from layerwise.mapped import columns_in_parts, is_mapped, let_go

NET = lw.Network((6, 8, 1), ("relu", "sigmoid"))


def write(folder, name, array):
    mapped = np.memmap(folder / name, array.dtype, "w+", shape=array.shape)
    mapped[...] = array
    mapped.flush()
    return np.memmap(folder / name, array.dtype, "r", shape=array.shape)


@pytest.fixture
def tables(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(5000, 6)).astype(np.float32)
    Y = (X.sum(axis=1, keepdims=True) > 0).astype(np.float32)
    w = rng.uniform(0.5, 2, (5000, 1)).astype(np.float32)
    return [(array, write(tmp_path, name, array)) for name, array in (("X", X), ("Y", Y), ("w", w))]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("subset", [None, np.arange(0, 5000, 3), np.arange(4999, -1, -2)])
def test_a_mapped_table_has_the_bits_of_its_copy(tables, engine, weighted, subset):
    def run(k):
        X, Y, w = (pair[k] for pair in tables)
        options = {"shuffle": lw.BlockShuffle(300, 900), "batch_size": 64, "epochs": 3, "subset": subset}
        w = w[:, 0] if weighted else None
        return lw.train(NET, X.T, Y.T, sample_weight=w, engine=engine, **options).parameters.vector

    assert run(0).tobytes() == run(1).tobytes()


@pytest.mark.parametrize("which", ["X", "Y", "w"])
def test_one_of_them_may_be_in_memory(tables, which):
    arrays = [pair[0] if name == which else pair[1] for name, pair in zip("XYw", tables, strict=True)]

    def run(X, Y, w):
        options = {"shuffle": lw.BlockShuffle(300, 900), "batch_size": 64, "epochs": 3}
        return lw.train(NET, X.T, Y.T, sample_weight=w[:, 0], **options).parameters.vector.tobytes()

    assert run(*arrays) == run(*(pair[0] for pair in tables))


LAYOUTS = {
    "a feature a row": lambda folder, X: write(folder, "T", np.ascontiguousarray(X.T)),
    "Fortran order": lambda folder, X: mapped_in(folder, "F", X),
    "columns of a wider one": lambda folder, X: write(folder, "W", np.hstack([X, X]))[:, 1:7].T,
    "every second row": lambda folder, X: write(folder, "R", np.repeat(X, 2, axis=0))[::2].T,
    "float64": lambda folder, X: write(folder, "D", X.astype(np.float64)).T,
    "a misaligned file": lambda folder, X: misaligned(folder, X).T,
    "opened to be changed": lambda folder, X: np.memmap(folder / "X", np.float32, "r+", shape=X.shape).T,
    "copied when changed": lambda folder, X: np.memmap(folder / "X", np.float32, "c", shape=X.shape).T,
}


def mapped_in(folder, name, X):
    return np.memmap(
        write(folder, name, np.ascontiguousarray(X.T)).filename, np.float32, "r", shape=X.shape, order="F"
    ).T


def misaligned(folder, X):
    (folder / "M").write_bytes(b"abc" + X.tobytes())
    return np.memmap(folder / "M", np.float32, "r", offset=3, shape=X.shape)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("subset", [None, np.arange(0, 5000, 3), np.arange(4999, -1, -2)])
def test_an_array_of_any_layout_is_learnt_from(tables, tmp_path, layout, subset):
    """Those that the core cannot take as they are become copies, whose memory is nobody's to let go of."""
    (X, _), (Y, Y_mapped), _ = tables
    given = LAYOUTS[layout](tmp_path, X)
    expected = X.T if layout != "columns of a wider one" else np.hstack([X, X])[:, 1:7].T
    options = {"shuffle": lw.BlockShuffle(300, 900), "batch_size": 64, "epochs": 3, "subset": subset}
    one = lw.train(NET, given, Y_mapped.T, **options).parameters.vector
    other = lw.train(NET, np.ascontiguousarray(expected.T).T, Y.T, **options).parameters.vector
    assert one.tobytes() == other.tobytes()


def test_what_is_mapped(tables, tmp_path):
    (array, mapped), *_ = tables
    assert all(is_mapped(view) for view in (mapped, mapped.T, np.asarray(mapped), mapped[3:9], mapped.T[:, 5:]))
    assert not any(is_mapped(other) for other in (array, mapped + 1, mapped[[1, 2]], np.array(mapped)))
    copy_on_write = np.memmap(tmp_path / "X", np.float32, "c", shape=array.shape)
    assert not is_mapped(copy_on_write)


def test_letting_go_changes_nothing(tables, tmp_path):
    array, mapped = tables[0]
    let_go(mapped.T[:, 10:4000])
    let_go(mapped[:0])
    let_go(array)
    np.testing.assert_array_equal(mapped, array)
    changed = np.memmap(tmp_path / "X", np.float32, "r+", shape=array.shape)
    changed[7] = 5
    let_go(changed)
    assert (changed[7] == 5).all()
    private = np.memmap(tmp_path / "X", np.float32, "c", shape=array.shape)
    private[8] = 6
    let_go(private)
    assert (private[8] == 6).all()


def test_parts_are_the_whole(tables):
    _, mapped = tables[0]
    wide = np.repeat(np.asarray(mapped), 300, axis=0).T
    parts = list(columns_in_parts(wide))
    assert len(parts) > 1
    assert [first for first, _ in parts] == np.cumsum([0, *(part.shape[1] for _, part in parts[:-1])]).tolist()
    np.testing.assert_array_equal(np.hstack([part for _, part in parts]), wide)


def test_an_error_in_a_late_part_names_its_column():
    X = np.zeros((6, 1_000_000), np.float32)
    X[4, 987_654] = np.inf
    with pytest.raises(DataError, match=r"Got inf in row 4, column 987654 \(feature 4 of example 987654\)"):
        lw.train(NET, X, np.zeros((1, 1_000_000)))
    net = lw.Network((3, 1), ("sigmoid",), embeddings=[lw.Embedding(4, 3)])
    u = np.zeros((1, 5_000_000), np.float32)
    u[0, 4_500_000] = 9
    with pytest.raises(DataError, match=r"Got 9 in row 0, column 4500000 of X"):
        lw.train(net, u, np.zeros((1, 5_000_000)))
    Y = np.zeros((1, 5_000_000), np.float32)
    Y[0, 4_600_000] = -1
    with pytest.raises(DataError, match=r"Got -1 in row 0, column 4600000"):
        lw.train(lw.Network((1, 1), ("sigmoid",)), np.zeros((1, 5_000_000), np.float32), Y)


SCRIPT = """
import sys
import numpy as np
import layerwise as lw

folder, rows = sys.argv[1], int(sys.argv[2])
X = np.memmap(folder + "/X", np.float32, "r", shape=(rows, 30))
Y = np.memmap(folder + "/Y", np.float32, "r", shape=(rows, 1))
net = lw.Network((30, 8, 1), ("relu", "sigmoid"))
lw.train(net, X.T, Y.T, batch_size=256, epochs=2, shuffle=lw.BlockShuffle(50_000, 100_000))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or "native" not in ENGINES, reason="the native core lets go of memory")
def test_a_file_of_any_size_is_learnt_in_the_memory_of_a_few_buffers(tmp_path):
    peaks = []
    for rows in (100_000, 2_000_000):  # 12 MB and 240 MB; a buffer has 12 MB
        rng = np.random.default_rng(0)
        X = np.memmap(tmp_path / "X", np.float32, "w+", shape=(rows, 30))
        for part in range(0, rows, 100_000):
            X[part : part + 100_000] = rng.random((100_000, 30), np.float32)
        Y = np.memmap(tmp_path / "Y", np.float32, "w+", shape=(rows, 1))
        Y[:, 0] = X[:, 0] > 0.5
        X.flush()
        Y.flush()
        command = [sys.executable, "-c", SCRIPT, str(tmp_path), str(rows)]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert peaks[1] - peaks[0] < 60_000  # kB
