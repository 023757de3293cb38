"""`bilik-central openapi`: the contract, as it is committed."""

import sys


def write() -> None:
    """Print the contract; the web framework is imported only for this and for serve."""
    from central.contract import committed, encoded

    try:
        told = encoded()
    except ModuleNotFoundError:  # from bilik-central.deb, without what makes it anew
        told = committed()
    sys.stdout.write(told.decode())
