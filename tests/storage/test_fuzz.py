"""Twenty thousand mutated files: none crashes, hangs, takes much memory, or loads as something else in silence."""

import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest

import layerwise as lw
from golden.models.make import predictions
from layerwise.errors import LayerwiseError, ModelFileError
from layerwise.storage import built_from, read_model_file
from storage.mutations import mutated

FOLDER = Path(__file__).parents[1] / "golden" / "models"
GOOD = {path.name.split(".")[0]: path.read_bytes() for path in sorted(FOLDER.glob("*.safetensors"))}
IMPORTED = (lw.MLPClassifier, lw.TabularClassifier, lw.LogisticRegression)  # before anything is measured
PARTS, OF_EACH = 20, 1000
MEASURED = 20
"""Of so many files, the memory of one is measured, which takes time."""


def content_of(file):
    """Return all that a file holds, to compare."""
    tensors = {name: (tensor.dtype, tensor.shape, tensor.tobytes()) for name, tensor in file.tensors.items()}
    return file.kind, repr(file.configuration), tensors


def used(name, model):
    """Predict, and go on training from a checkpoint, as whoever was sent the file would; an error may refuse it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            predictions(name, model)
            if getattr(model, "progress", None) is not None and len(model.history) < 100:
                net, epochs = model.network, model.progress.epochs + 1
                Y = np.eye(net.sizes[-1])[:, :1].repeat(4, axis=1)
                lw.train(
                    net, np.zeros((net.n_x, 4)), Y, epochs=epochs, optimizer=model.progress.optimizer, resume=model
                )
        except LayerwiseError:
            pass


def attempt(path, name, content, sealed):
    """Load one mutated file, and say what became of it."""
    path.write_bytes(content)
    start = time.perf_counter()
    try:
        file = read_model_file(path)
        model = built_from(file, path)
    except ModelFileError as error:
        assert "\n" not in str(error)  # noqa: PT017 - not every file has to be refused
        return "refused", time.perf_counter() - start
    taken = time.perf_counter() - start
    if sealed:
        used(name, model)
        return "another", taken
    path.write_bytes(content if content in GOOD.values() else GOOD[name])  # by chance it is the whole of another
    assert content_of(file) == content_of(read_model_file(path))
    return "the same", taken


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_mutated_files(tmp_path, part):
    rng = np.random.default_rng([29, part])
    names, others = list(GOOD), list(GOOD.values())
    found = {"refused": 0, "another": 0, "the same": 0}
    slowest, path = 0.0, tmp_path / "model"
    for k in range(OF_EACH):
        name = names[k % len(names)]
        content, sealed = mutated(GOOD[name], others, rng)
        measured = k % MEASURED == 0
        if measured:
            tracemalloc.start()
        try:
            became, taken = attempt(path, name, content, sealed)
            if measured:
                assert tracemalloc.get_traced_memory()[1] < 2 * len(content) + (64 << 20)
        except Exception as error:
            error.add_note(f"the file {k} of part {part}, a changed {name}: {path}")
            raise
        finally:
            tracemalloc.stop()
        found[became] += 1
        slowest = max(slowest, taken)
    assert slowest < 1
    assert sum(found.values()) == OF_EACH
    assert found["refused"] > OF_EACH / 2
    assert found["another"] > 0
