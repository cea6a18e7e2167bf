"""Saving and loading against what others do: time, size, what survives a fault, and what a damaged file becomes.

    python -m benchmarks.storage

Every fault and every damaged file has a process of its own, as some of them end it. A limit on the size of files is
the fault: the system stops a save after so many bytes, with an error as of a full disk, or by killing the process.
"""

from __future__ import annotations

import os
import resource
import signal
import statistics
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # a process with threads cannot be forked

import joblib
import lightgbm
import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.datasets import load_breast_cancer
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import scale

import layerwise as lw
from benchmarks.environment import describe
from benchmarks.report import duration, write_json

RESULT = Path(__file__).parent / "results" / "storage.json"
REPEATS, LIMITS, MUTANTS = 20, 20, 400
PACKAGES = ("layerwise", "numpy", "scikit-learn", "joblib", "safetensors", "lightgbm")
SECONDS, MEMORY = 2, 4 << 30
"""What the loading of a damaged file may take."""


@dataclass(frozen=True)
class Keeper:
    """A way to keep a model in a file."""

    name: str
    save: Callable[[Any, str], Any]
    load: Callable[[str], Any]
    content: Callable[[Any], bytes]
    old: Any
    new: Any


def keepers() -> list[Keeper]:
    """Return layerwise and its peers, each with two models of the same form."""
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    options: dict[str, Any] = {"hidden_layer_sizes": (100, 100), "max_iter": 5}
    ours = [lw.MLPClassifier(**options, random_state=seed, n_threads=1).fit(X, y) for seed in (1, 2)]
    theirs = [MLPClassifier(**options, random_state=seed).fit(X, y) for seed in (1, 2)]
    weights = [{f"W{k}": W for k, W in enumerate(model.coefs_)} for model in theirs]
    trees = [lightgbm.train({"verbose": -1, "num_threads": 1, "seed": s}, lightgbm.Dataset(X, y), s) for s in (20, 21)]

    def network(model: Any) -> bytes:
        return b"".join(W.tobytes() for W in (*model.coefs_, *model.intercepts_))

    def arrays(found: Any) -> bytes:
        return b"".join(np.ascontiguousarray(found[name]).tobytes() for name in sorted(weights[0]))

    return [
        Keeper("layerwise", lw.save, lw.load, network, *ours),
        Keeper("joblib (scikit-learn)", joblib.dump, joblib.load, network, *theirs),
        Keeper("NumPy savez", lambda model, path: _savez(model, path), _loadz, arrays, *weights),
        Keeper("safetensors", save_file, load_file, arrays, *weights),
        Keeper("LightGBM save_model", lambda model, path: model.save_model(path),
               lambda path: lightgbm.Booster(model_file=path), lambda model: model.predict(X).tobytes(), *trees),
    ]  # fmt: skip


def _savez(model: dict[str, Any], path: str) -> None:
    with open(path, "wb") as file:
        np.savez(file, **model)


def _loadz(path: str) -> dict[str, Any]:
    with np.load(path) as file:
        return {name: file[name] for name in file}


def in_a_child(work: Callable[[], str]) -> str:
    """Return what a function says in a process of its own, or "crashed" or "hung" where that ends before."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        warnings.simplefilter("ignore")
        try:
            said = work()
        except BaseException:  # whatever it is: it was not silent
            said = "refused"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "hung" if os.WTERMSIG(status) == signal.SIGALRM else "crashed"
    return said


def speed(keeper: Keeper, folder: Path) -> dict[str, float]:
    """Return the median seconds of saving and of loading, and the bytes of the file."""
    path, saves, loads = str(folder / "model"), [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        keeper.save(keeper.new, path)
        middle = time.perf_counter()
        keeper.load(path)
        saves.append(middle - start)
        loads.append(time.perf_counter() - middle)
    return {"save": statistics.median(saves), "load": statistics.median(loads), "bytes": os.path.getsize(path)}


def faults(keeper: Keeper, folder: Path) -> dict[str, int]:
    """Save over an older model with a fault, again and again; count the faults and what they left."""
    path, found = folder / "model", Counter[str]()
    keeper.save(keeper.new, str(path))
    size = path.stat().st_size
    known = {keeper.content(model) for model in (keeper.old, keeper.new)}
    for limit in np.linspace(0, size - 1, LIMITS).astype(int).tolist():
        for killed in (False, True):
            path.unlink(missing_ok=True)
            keeper.save(keeper.old, str(path))
            told = in_a_child(lambda limit=limit, killed=killed: _save_within(keeper, str(path), limit, killed))
            stands = in_a_child(lambda: "whole" if keeper.content(keeper.load(str(path))) in known else "changed")
            found["faults"] += 1
            found["survived"] += stands == "whole"
            found["false success"] += told == "saved" and stands != "whole"
    return dict(found)


def _save_within(keeper: Keeper, path: str, limit: int, killed: bool) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if killed else signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    keeper.save(keeper.new, path)
    return "saved"


def damage(keeper: Keeper, folder: Path) -> dict[str, int]:
    """Load damaged files; count what became of them."""
    path = folder / "model"
    keeper.save(keeper.new, str(path))
    good, right = path.read_bytes(), keeper.content(keeper.load(str(path)))
    found: Counter[str] = Counter()
    for content in _damaged(good):
        path.write_bytes(content)
        found[in_a_child(lambda: _loaded(keeper, str(path), right))] += 1
    return dict(found)


def _loaded(keeper: Keeper, path: str, right: bytes) -> str:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(SECONDS)
    return "the same" if keeper.content(keeper.load(path)) == right else "changed in silence"


def _damaged(good: bytes) -> Iterator[bytes]:
    rng = np.random.default_rng(0)
    for k in range(MUTANTS):
        place = int(rng.integers(len(good)))
        if k % 4 == 0:
            yield good[:place]
        elif k % 4 == 1:
            yield good[:place] + rng.bytes(8) + good[place + 8 :]
        else:
            yield good[:place] + bytes([good[place] ^ 1 << int(rng.integers(8))]) + good[place + 1 :]


def main() -> None:
    warnings.simplefilter("ignore")
    results: dict[str, Any] = {"environment": describe(1, PACKAGES), "peers": {}}
    outcomes = ("refused", "the same", "changed in silence", "crashed", "hung")
    for keeper in keepers():
        with tempfile.TemporaryDirectory() as folder:
            of_speed, of_faults, of_damage = (measure(keeper, Path(folder)) for measure in (speed, faults, damage))
        results["peers"][keeper.name] = {"speed": of_speed, "faults": of_faults, "damage": of_damage}
        print(
            f"{keeper.name:<22} save {duration(of_speed['save']):>8}, load {duration(of_speed['load']):>8}, "
            f"{of_speed['bytes']:>9,} bytes; {of_faults['survived']} of {of_faults['faults']} faults survived, "
            f"{of_faults['false success']} told as success; of {MUTANTS} damaged files: "
            + ", ".join(f"{of_damage[name]} {name}" for name in outcomes if name in of_damage),
            flush=True,
        )
        write_json(RESULT, results)


if __name__ == "__main__":
    main()
