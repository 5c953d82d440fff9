"""Training the networks that the recipe starts from: `python -m pretraining`."""
