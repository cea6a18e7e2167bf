"""Nothing that the kernels compile for a wide instruction set may be linked into code that runs on every processor.

The linker keeps one copy of an inline function that many files define. Were `std::max` compiled for AVX-512 that copy,
the baseline code would call it on a processor without AVX-512. So whatever the kernels' objects define for others
to share must be in the namespace of their instruction set.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[2] / "build" / "dev" / "native" / "CMakeFiles"
ISAS = ("v2", "v3", "v4", "neon", "generic")
OBJECTS = [(isa, path) for isa in ISAS for path in sorted(BUILD.glob(f"kernels_{isa}.dir/**/*.o"))]
SHARED = "WVu"  # nm's letters for weak functions, weak objects, and objects unique in the process


pytestmark = pytest.mark.skipif(not OBJECTS or shutil.which("nm") is None, reason="needs nm and a native build")


@pytest.mark.parametrize(("isa", "path"), OBJECTS, ids=lambda part: getattr(part, "name", part))
def test_kernels_share_no_symbol_outside_their_namespace(isa, path):
    listing = subprocess.run(["nm", "--defined-only", path], capture_output=True, text=True, check=True).stdout
    symbols = [line.split()[-2:] for line in listing.splitlines() if line]
    shared = [name for kind, name in symbols if kind in SHARED and not name.startswith("DW.ref.")]
    assert [name for name in shared if f"{len(isa)}{isa}" not in name] == []
