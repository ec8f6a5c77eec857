"""Pages about a plan version that change nothing: the simulator, and the difference to another version."""
