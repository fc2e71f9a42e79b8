"""Settings -> stages: the only place that knows implementations by name."""
