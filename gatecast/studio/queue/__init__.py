"""One run works at a time, in a process of its own; the others wait for their turn."""
