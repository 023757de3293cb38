"""The contract in the tree is the contract that is served: a change of it is seen."""

import json
from pathlib import Path

from central.contract import document, encoded

COMMITTED = Path(__file__).resolve().parents[1] / "central" / "openapi.json"


def test_the_committed_contract_is_the_one_the_code_makes() -> None:
    assert COMMITTED.read_bytes() == encoded(), "the contract changed: if that is wanted, run make openapi"


def test_every_reference_in_the_contract_leads_somewhere() -> None:
    text = encoded().decode()
    schemas = document()["components"]["schemas"]
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= set(schemas)


def test_what_central_receives_refuses_unknown_fields() -> None:
    schemas = json.loads(encoded())["components"]["schemas"]
    for name in ("EnrolmentRequest", "SyncRequest", "OpenRequest", "EventBatch", "JoinRequest"):
        assert schemas[name]["additionalProperties"] is False


def test_sync_is_described_although_its_route_is_bare() -> None:
    sync = document()["paths"]["/api/v1/terminal/sync"]["post"]
    assert sync["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("SyncRequest")
    assert set(sync["responses"]) == {"200", "400", "401"}
