"""Training the networks that `AutoLSTM` starts from: `python -m pretraining`."""
