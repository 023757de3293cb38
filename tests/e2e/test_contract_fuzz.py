"""Central keeps its own contract against requests that nobody would write."""

import pytest

from tests.fuzz.contract import try_contract
from tests.length import IS_LONG

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.shortened]

SECONDS = 60
EXAMPLES = None if IS_LONG else 30


def test_central_answers_whatever_is_sent_as_its_contract_says() -> None:
    found = try_contract(SECONDS, examples=EXAMPLES)
    assert found.ok, found.said
    assert found.bugs == 0
    assert found.sent > 100, found.said
