"""Writes docs/state-machine.md anew after a wanted change of the core's tables."""

from pathlib import Path

from agent.core.diagram import draw

PAGE = Path(__file__).resolve().parents[1] / "docs" / "state-machine.md"

if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
