"""Models that take a table as it is, and scikit-learn's estimators: each package is imported where it is used."""
