"""What is taken home from the lab: the model, a script of the run, code with the weights, tables of numbers."""

from layerwise.lab.exports.exporting import File, export

__all__ = ["File", "export"]
