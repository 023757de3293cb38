"""What the engine is told to draw with."""

from pathlib import Path

import pytest

from kiosk_ui.window.rendering import FLAGS, engine_environment, has_render_node, is_software_renderer


def test_without_a_gpu_everything_is_drawn_in_software() -> None:
    chosen = engine_environment({}, gpu=False)
    assert chosen["QT_QUICK_BACKEND"] == "software"
    assert "--disable-gpu" in chosen[FLAGS].split()


def test_with_a_gpu_it_is_used() -> None:
    chosen = engine_environment({}, gpu=True)
    assert "QT_QUICK_BACKEND" not in chosen
    assert "--disable-gpu" not in chosen[FLAGS].split()


def test_flags_from_outside_are_kept_once() -> None:
    flags = engine_environment({FLAGS: "--no-sandbox --disable-gpu"}, gpu=False)[FLAGS].split()
    assert flags.count("--disable-gpu") == 1
    assert flags[0] == "--no-sandbox"


def test_the_sandbox_is_never_given_up_by_ourselves() -> None:
    assert "--no-sandbox" not in engine_environment({}, gpu=False)[FLAGS]


@pytest.mark.parametrize("flag", ["--remote-debugging-port=9222", "--use-fake-ui-for-media-stream"])
def test_flags_that_open_the_window_to_others_are_dropped(flag: str) -> None:
    assert flag not in engine_environment({FLAGS: flag}, gpu=True)[FLAGS]


def test_variables_that_open_the_window_to_others_are_dropped() -> None:
    assert "QTWEBENGINE_REMOTE_DEBUGGING" not in engine_environment({"QTWEBENGINE_REMOTE_DEBUGGING": "1"}, gpu=True)


def test_a_render_node_is_found(tmp_path: Path) -> None:
    assert not has_render_node(tmp_path / "nothing")
    (tmp_path / "renderD128").touch()
    assert has_render_node(tmp_path)


@pytest.mark.parametrize(
    ("name", "software"), [("llvmpipe (LLVM 15.0.6, 256 bits)", True), ("", True), ("Mesa Intel(R) UHD 620", False)]
)
def test_a_renderer_that_computes_on_the_cpu_is_told_apart(name: str, software: bool) -> None:
    assert is_software_renderer(name) is software
