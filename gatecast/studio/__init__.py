"""The studio: pages on which people look at their data, forecast it and understand the result."""
