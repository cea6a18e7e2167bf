import pytest

import layerwise as lw
from layerwise.engines import ENGINES


@pytest.fixture(params=ENGINES)
def train(request):
    """`layerwise.train` on one engine, in double precision unless told otherwise."""

    def on_engine(*arguments, **options):
        return lw.train(*arguments, **{"engine": request.param, "dtype": "float64", **options})

    return on_engine
