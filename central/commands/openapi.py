"""`bilik-central openapi`: the contract, as it is committed."""

import sys

from central.contract import encoded


def write() -> None:
    """Print the contract."""
    sys.stdout.write(encoded().decode())
