"""Scripts that measure peers; each runs alone, in an environment that has the peer."""
