"""Searches over hyperparameters and many trainings at once, against scikit-learn, joblib, and Optuna with torch."""
