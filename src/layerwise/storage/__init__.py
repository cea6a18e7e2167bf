"""The model file: safetensors, the configuration as JSON in its metadata, and a digest over both."""

from layerwise.storage.model_file import ModelFile, read_model_file, write_model_file
from layerwise.storage.models import Model, built_from, load, register, register_later, save

__all__ = [
    "Model",
    "ModelFile",
    "built_from",
    "load",
    "read_model_file",
    "register",
    "register_later",
    "save",
    "write_model_file",
]
