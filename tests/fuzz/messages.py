"""Valid messages of a msgspec type, and the same ones spoilt."""

import json
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

LARGEST = 2**53 - 1
LONGEST = 40
ALPHABET = "azAZ09_-"

DEEP = b'{"a":' * 3 + b"[" * 30_000
SPOILERS = (
    *(
        b"\xff",
        b"\x00",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b'"',
        b"\\",
        rb"\ud800",
        rb"\u0000",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
    ),
    *(b"null", b"-1", b"1e999", b"1.0", b"9" * 5000, b"[" * 30_000, b'{"a":' * 20_000, b'"type":"', b"true", b"\n"),
)


@cache
def valid(kind: Any) -> st.SearchStrategy[bytes]:
    """Messages of this type as JSON."""
    return built(inspect.type_info(kind)).map(lambda value: json.dumps(value).encode())


@cache
def spoilt(kind: Any) -> st.SearchStrategy[bytes]:
    """Messages of this type with something cut out, put in or repeated; and bytes that are no message at all."""
    cut = st.tuples(valid(kind), st.integers(0, 400), st.integers(0, 60), st.sampled_from(SPOILERS))
    spliced = cut.map(lambda made: made[0][: made[1]] + made[3] + made[0][made[1] + made[2] :])
    halved = st.tuples(valid(kind), st.integers(0, 400)).map(lambda made: made[0][: made[1]])
    values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), _nested, max_leaves=9)
    other = values.map(lambda value: json.dumps(value).encode())
    return st.one_of(spliced, halved, other, st.binary(max_size=60), st.sampled_from([DEEP, b"", b"9" * 5000]))


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "screen", "a"]), inner, max_size=3)


def built(info: inspect.Type) -> st.SearchStrategy[Any]:
    """Values that the type allows, as JSON holds them."""
    match info:
        case inspect.Metadata(type=inner):
            return built(inner)
        case inspect.StructType():
            return _struct(info)
        case inspect.UnionType(types=types):
            return st.one_of([built(one) for one in types])
        case inspect.EnumType(cls=cls):
            return st.sampled_from([one.value for one in cls])
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return st.lists(built(item), min_size=getattr(info, "min_length", None) or 0, max_size=3)
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(built(key), built(value), max_size=3)
        case _:
            return _plain(info)


def _struct(info: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    needed = {field.encode_name: built(field.type) for field in info.fields if field.required}
    more = {field.encode_name: built(field.type) for field in info.fields if not field.required}
    tag = {} if info.tag is None else {str(info.tag_field): info.tag}
    return st.fixed_dictionaries(needed, optional=more).map(lambda made: tag | made)


def _plain(info: inspect.Type) -> st.SearchStrategy[Any]:
    match info:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType(ge=least, le=most):
            return st.integers(-LARGEST if least is None else least, LARGEST if most is None else most)
        case inspect.FloatType(ge=least, le=most):
            return st.floats(least, most, allow_nan=False, allow_infinity=False)
        case inspect.StrType(pattern=None, min_length=least, max_length=most):
            return st.text(min_size=least or 0, max_size=min(most or LONGEST, LONGEST))
        case inspect.StrType(pattern=pattern, max_length=most):
            letters = [letter for letter in ALPHABET if re.search(str(pattern), letter)]
            if not letters:
                return st.from_regex(str(pattern)).filter(lambda text: len(text) <= (most or LONGEST))
            return st.lists(st.sampled_from(letters), min_size=1, max_size=min(most or 1, 9)).map("".join)
        case _:
            raise TypeError(f"no values are known for {info}")
