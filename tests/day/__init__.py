"""A whole short day of a facility, with real pages, real agents and one real booth: `python -m tests.day`."""
