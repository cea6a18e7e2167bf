"""Models that run elsewhere: as an ONNX file, as a C header, as a Python file that needs NumPy only.

::

    from layerwise import export

    export.to_onnx(model, "adult.onnx")
    export.to_c(model, "adult.h")
    export.to_numpy(model, "adult.py")

Each takes what `layerwise.train` returns, or a fitted model of the package, preprocessing and labels included. The
same model gives the same bytes.
"""

from layerwise.export.writing import FORMATS, to_c, to_numpy, to_onnx

__all__ = ["FORMATS", "to_c", "to_numpy", "to_onnx"]
