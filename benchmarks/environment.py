"""Where the figures come from: the processor, the versions, and the same number of threads for everybody."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PACKAGES = ("layerwise", "numpy", "torch", "jax", "jaxlib", "scikit-learn", "scipy", "matplotlib")
INSTRUCTION_SETS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("avx", "AVX"), ("asimd", "NEON"))


def limit_threads(threads: int) -> None:
    """Give this process so many processor cores and thread pools of that size; call before NumPy is imported."""
    for pool in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR"):
        os.environ[f"{pool}_NUM_THREADS"] = str(threads)
    os.environ["NPROC"] = str(threads)  # XLA's pool
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    if hasattr(os, "sched_setaffinity"):
        cpus = sorted(os.sched_getaffinity(0), key=lambda cpu: (_is_second_of_its_core(cpu), cpu))
        os.sched_setaffinity(0, cpus[:threads])


def _is_second_of_its_core(cpu: int) -> bool:
    siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    return siblings.exists() and int(siblings.read_text().replace("-", ",").split(",")[0]) != cpu


def describe(threads: int, packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """Return what a reader needs to judge the figures, as plain JSON values."""
    return {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "instruction_set": instruction_set(),
        "threads": threads,
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version for name in packages if (version := _version(name))},
        "engine": _engine(),
    }


def processor() -> str:
    """Return the processor's name as the system gives it."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def instruction_set() -> str:
    """Return the widest vector instructions that the processor has."""
    flags = (_cpuinfo().get("flags") or _cpuinfo().get("Features") or "").split()
    return next((name for flag, name in INSTRUCTION_SETS if flag in flags), platform.machine())


def _cpuinfo() -> dict[str, str]:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().split("\n\n")[0].splitlines() if path.exists() else []
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _engine() -> dict[str, str | None]:
    from layerwise.engines import ENGINES

    if "native" not in ENGINES:
        return {"name": "numpy", "instruction_set": None}
    from layerwise.engines.native_engine import instruction_set

    return {"name": "native", "instruction_set": str(instruction_set())}
