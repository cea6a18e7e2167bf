"""Layerwise's tabular estimators against boosted trees and scikit-learn's networks, everybody with its defaults."""
