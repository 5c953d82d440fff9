"""LSTM forecasting: honest, fast, accurate, alive and ready to run."""
