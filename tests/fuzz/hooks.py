"""What schemathesis does before it sends: whole numbers are written as whole numbers.

JSON Schema calls 3.0 an integer, msgspec does not; none of our own programs writes one so.
"""

from typing import Any

import schemathesis


def whole(value: Any) -> Any:
    """The same value without floats that are whole."""
    match value:
        case float():
            return int(value) if value.is_integer() else value
        case dict():
            return {key: whole(one) for key, one in value.items()}
        case list():
            return [whole(one) for one in value]
        case _:
            return value


@schemathesis.hook
def map_body(_context: Any, body: Any) -> Any:
    """Every body that is generated passes here."""
    return whole(body)
