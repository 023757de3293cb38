"""`bilik-central openapi`: the contract, as it is committed."""

import sys


def write() -> None:
    """Print the contract; the web framework is imported only for this and for serve."""
    from central.contract import encoded

    sys.stdout.write(encoded().decode())
