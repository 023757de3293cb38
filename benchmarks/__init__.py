"""The table of measured times and loads: `make bench`."""
