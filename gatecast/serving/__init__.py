"""Forecasts as a service: it sees each observation once, forecasts at once, and loses nothing.

Models come in as artefacts, and observations over HTTP. These are an append-only log in a database,
the truth; the state of each series is a small record derived from it. `store` keeps both, `engine`
moves states on and forecasts from them.
"""
