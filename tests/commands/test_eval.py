"""What `alive eval` and `alive compare` take for the clip of a scene, and how the figures are shown."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from alive_cli import Scene, cli
from alive_cli.commands.eval import (
    LIVENESS,
    NATURALNESS,
    STEADINESS,
    TEMPO,
    VARIETY,
    WORDS,
    other_rows,
    table_of,
    table_of_loops,
)
from alive_cli.media.encode import write_video
from alive_cli.report.comparison import clip_frames
from tests.conftest import moving_frames


def test_no_words_of_eval_are_cut_or_broken_at_80_columns() -> None:
    kinds = {**LIVENESS, **TEMPO, **NATURALNESS, **VARIETY, **STEADINESS}
    rows = [(name, row, -1.23e-11, 1.23e-11) for name, row in kinds.items()]
    figures = {
        **dict.fromkeys(WORDS, 12.345),
        "held_out": dict.fromkeys(WORDS, 12.345),
        "consistency": dict.fromkeys(("observed", "between", "rollout"), 0.1234),
        "sharpness": dict.fromkeys(("between", "rollout"), 0.1234),
    }
    others = other_rows(figures)
    loops = {"2": {"verdict": "invisible", "wrap_motion": 123.4, "step": 123.4, "motion": 123.4, "dissolve": 123.4}}
    console = Console(width=80, file=io.StringIO())
    console.print(table_of(rows, others), table_of_loops(loops))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1 + len(rows) + len(others) + 2
    assert "…" not in "".join(lines)
    for words in [row.words for row in kinds.values()] + [words for words, _ in others]:
        assert any(line.startswith(words) for line in lines), words


OTHER_CLIPS = {
    "too short": moving_frames(10),
    "another shape": moving_frames(16, 32, 48),
    "another picture": 255 - moving_frames()[:, :, ::-1],
}


@pytest.mark.parametrize("kind", OTHER_CLIPS)
def test_eval_refuses_another_clip_at_once(
    bundle: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alive_cli.report.living.evaluate_liveness", lambda *_, **__: pytest.fail("it measures"))
    other = tmp_path / "other.mp4"
    write_video(other, OTHER_CLIPS[kind], fps=10)
    assert cli.run(["eval", str(bundle), str(other)]) == 2
    words = " ".join(capsys.readouterr().err.split())
    assert words == "other.mp4 is not the clip that the scene was fitted to; give swing.mp4."


def test_a_file_is_of_the_clip_however_badly_the_scene_draws_it(
    bundle: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alive_cli.report.comparison.is_same_clip", lambda *_: False)
    assert clip_frames(Scene.open(bundle, device="cpu"), clip, pytest.fail).own_file
