"""Builds Bilik's packages from the sources and the locked wheels: `python -m installer.packaging`."""
