import pytest

import layerwise as lw
from layerwise.engines import ENGINES, engine_named


@pytest.fixture(params=ENGINES)
def train(request):
    """`layerwise.train` on one engine, in double precision unless told otherwise."""

    def on_engine(*arguments, **options):
        return lw.train(*arguments, **{"engine": request.param, "dtype": "float64", **options})

    return on_engine


@pytest.fixture(params=["auto", *ENGINES])
def engine(request):
    """Every engine, and what chooses between them."""
    return engine_named(request.param)
