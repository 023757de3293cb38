"""What the family's page costs a phone before its first picture, and that packing changes nothing but the weight."""

import gzip
import re

import pytest

from central.staff import pages
from tests.central_rig import Rig

pytestmark = pytest.mark.anyio

PACKED = {"accept-encoding": "gzip, deflate, br"}
PLAIN = {"accept-encoding": "identity"}
IMPORT = re.compile(r'^(?:import|export) .*from "\./([\w.]+)";', re.MULTILINE)


def modules(*begin: str) -> set[str]:
    """These modules and all that they import."""
    found: set[str] = set()
    wanted = set(begin)
    while wanted:
        name = wanted.pop()
        found.add(name)
        wanted |= set(IMPORT.findall(pages.assets()[name].body.decode())) - found
    return found


async def test_the_familys_page_is_below_100_kb_and_asked_for_in_two_rounds(rig: Rig) -> None:
    page = await rig.client.get("/join", headers=PACKED)
    named = set(re.findall(r'(?:href|src)="(/(?:static|fonts)/[^"]+)"', page.text))
    needed = {pages.asset(name) for name in modules("join.js", "expected.js")}
    assert needed <= named, "a module that only another module names is one more round over a slow line"
    fonts = set(re.findall(r'url\("(/fonts/[^"]+)"\)', pages.assets()["style.css"].body.decode()))
    answers = [page, *[await rig.client.get(path, headers=PACKED) for path in sorted(named | fonts)]]
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.num_bytes_downloaded for answer in answers) < 100_000


@pytest.mark.parametrize("path", ["/join", "/fonts/AtkinsonHyperlegible-Bold.ttf", "/static/0/join.js"])
async def test_what_is_packed_is_the_same_and_said_to_be_packed(rig: Rig, path: str) -> None:
    packed = await rig.client.get(path, headers=PACKED)
    plain = await rig.client.get(path, headers=PLAIN)
    assert packed.content == plain.content
    assert packed.num_bytes_downloaded == len(gzip.compress(plain.content, 9, mtime=0)) < plain.num_bytes_downloaded
    assert (packed.headers.get("content-encoding"), plain.headers.get("content-encoding")) == ("gzip", None)
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    for name in ("content-type", "cache-control", "content-security-policy"):
        assert packed.headers.get(name) == plain.headers.get(name)


async def test_a_browser_that_refuses_gzip_gets_none(rig: Rig) -> None:
    answer = await rig.client.get("/join", headers={"accept-encoding": "br, gzip;q=0"})
    assert "content-encoding" not in answer.headers
