"""The rescue frees a disk that is only mounted, leaves what is not ours, and agrees with the plan on what locks a PC."""

from pathlib import Path

from installer.answers import Answers, Place
from installer.linux.booth import sources_here
from installer.linux.plan import BOOT, CONSOLE, FIREWALL, KEYS, KIOSK, USB, WATCH, plan
from installer.rescue import DEV_NULL, FILES, MASKS, STARTS, rescue

ANSWERS = Answers(central=Place("c", 443), turn=())


def locked(root: Path) -> None:
    for path in (*STARTS, *MASKS, *FILES):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if path in FILES:
            (root / path).write_text("ours")
        else:
            (root / path).symlink_to(DEV_NULL if path in MASKS else "/etc/systemd/system/x")


def test_nothing_of_the_lock_is_left_and_the_next_step_is_said(tmp_path: Path) -> None:
    locked(tmp_path)
    said: list[str] = []
    assert rescue(tmp_path, said.append) == 0
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
    assert "bilik-install uninstall" in said[-1]
    assert rescue(tmp_path, said.append) == 0


def test_a_unit_that_somebody_wrote_in_a_masks_place_stays(tmp_path: Path) -> None:
    (tmp_path / MASKS[0]).parent.mkdir(parents=True)
    (tmp_path / MASKS[0]).write_text("theirs")
    assert rescue(tmp_path, lambda _: None) == 0
    assert (tmp_path / MASKS[0]).read_text() == "theirs"


def test_it_goes_on_past_what_cannot_be_removed_and_says_so(tmp_path: Path) -> None:
    locked(tmp_path)
    (tmp_path / FILES[0]).unlink()
    (tmp_path / FILES[0]).mkdir()
    said: list[str] = []
    assert rescue(tmp_path, said.append) == 1
    assert any(line.startswith(f"NOT removed: /{FILES[0]}") for line in said)
    assert not (tmp_path / FILES[1]).exists()


def test_a_folder_without_a_system_is_refused_in_words(tmp_path: Path) -> None:
    said: list[str] = []
    assert rescue(tmp_path, said.append) == 1
    assert "--root" in said[0]


def test_what_keeps_people_out_of_a_pc_is_all_in_the_rescue() -> None:
    known = {f"/{path}" for path in (*STARTS, *MASKS, *FILES)}
    steps = [step for step in plan(ANSWERS, sources_here()) if step.why in {CONSOLE, KEYS, USB}]
    paths = {step.target for step in steps if step.kind in {"file", "link"}}
    starts = {
        step.target
        for step in plan(ANSWERS, sources_here())
        if step.kind == "link" and step.why in {KIOSK, FIREWALL, WATCH} and step.why != BOOT
    }
    assert paths | starts <= known
