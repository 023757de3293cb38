"""What the documents have people type: the blocks of a page, word for word."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
SERVER = DOCS / "operations" / "server.md"
TECHNICIAN = DOCS / "technician.en.md"


def blocks(page: Path, heading: str) -> list[str]:
    """The blocks below a heading, in order, without the indentation of their list."""
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"(?ms)^( *)```sh\n(.*?)^ *```$", section)
    return [re.sub(rf"(?m)^{indent}", "", text) for indent, text in found]


def block(page: Path, heading: str, has: str) -> str:
    """The one block below a heading that has these words."""
    found = [one for one in blocks(page, heading) if has in one]
    assert len(found) == 1, f"{page.name}, {heading}: {len(found)} blocks have {has!r}"
    return found[0]
