"""Layerwise against JAX, PyTorch, scikit-learn and plain NumPy, all on the same data in one process.

    python -m benchmarks.training [--workloads planar,digits] [--seed 7] [--quick]

Every peer runs at its fastest settings, which are tried first; then all take turns, and medians are compared. FLOPs
are two for each multiply-add of the matrix products that training needs, and the peak is that of a loop of
multiply-adds, measured between the others. The final costs show that all compute the same; `benchmarks/environment.sh`
installs the peers.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from benchmarks.environment import describe, limit_threads

ROOT = Path(__file__).parents[1]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--workloads", help="some of them, with commas: planar, digits, default, mnist, table, wide, ...")
    add("--repeats", type=int, default=7, help="rounds that are counted (default 7)")
    add("--threads", type=int, default=2, help="processor cores for everybody (default 2)")
    add("--seed", type=int, help="also three networks whose sizes are drawn from this seed")
    add("--quick", action="store_true", help="a tenth of the work, three rounds, no verdicts")
    add("--json", type=Path, help="where all figures go; a whole run writes benchmarks/results/training.json")
    add(
        "--chart", type=Path, help="where the chart goes, with a PNG beside it; a whole run draws docs/images/speed.svg"
    )
    chosen = parser.parse_args()
    if not (chosen.quick or chosen.workloads):  # what is published comes from all workloads
        chosen.json = chosen.json or ROOT / "benchmarks/results/training.json"
        chosen.chart = chosen.chart or ROOT / "docs/images/speed.svg"
    return chosen


def run(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure and return everything; each block of the table is printed as soon as it is known."""
    from benchmarks import peers, report, workloads
    from benchmarks.measuring import measure, measure_import

    found, missing = peers.installed()
    everything = [*workloads.WORKLOADS, *(workloads.drawn(chosen.seed) if chosen.seed is not None else ())]
    names = [each.name for each in workloads.WORKLOADS] + [workloads.IMPORT]
    wanted = chosen.workloads.split(",") if chosen.workloads else names
    if unknown := set(wanted) - set(names):
        raise SystemExit(f"Unknown workload {', '.join(sorted(unknown))}. There are {', '.join(names)}.")
    repeats = 3 if chosen.quick else chosen.repeats
    about = {**describe(chosen.threads), "repeats": repeats, "seed": chosen.seed, "quick": chosen.quick}
    print(_heading(about), *missing, sep="\n")
    entries = []
    for each in everything:
        if each.name in wanted or each.name not in names:
            workload = each.smaller() if chosen.quick else each
            entries.append(report.entry(workload, measure(workload, found, repeats, chosen.threads)))
            print(report.block(entries[-1]), flush=True)
    if workloads.IMPORT in wanted:
        entries.append(report.import_entry(measure_import([peer.name for peer in found], repeats)))
        print(report.block(entries[-1]))
    print("", report.summary(entries), sep="\n")
    return {"about": about, "missing": missing, "workloads": entries}


def _heading(about: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    engine = " ".join(filter(None, about["engine"].values()))
    return (
        f"{about['processor']}, {about['instruction_set']}, {about['threads']} threads at most, "
        f"engine {engine}, medians of {about['repeats']} rounds\n{versions}"
    )


def main() -> None:
    chosen = options()
    limit_threads(chosen.threads)
    results = run(chosen)
    from benchmarks.report import publish  # which imports NumPy: after the threads are limited

    publish(results, chosen.json, chosen.chart, "benchmarks.chart", "timing")


if __name__ == "__main__":
    main()
