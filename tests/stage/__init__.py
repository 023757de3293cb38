"""The stage of the tests, the demo and the bench: starts the real processes, gives handles on them, ends them all."""
