"""What users need for tests of their own."""

from layerwise.testing.gradients import GradientCheck, check_gradients

__all__ = ["GradientCheck", "check_gradients"]
