"""`alive export --web`: the folder that it writes, and what it refuses."""

import base64
import hashlib
import html
import re
from pathlib import Path

import msgspec
import pytest

from alive_cli import cli
from alive_cli.errors import OutputError
from alive_cli.web import folder as web
from alive_cli.web import page as web_page
from bundle_spec import conformance
from bundle_spec.container import POSTER_NAME, WEIGHTS_NAME, pack_tensors, read_bundle, write_bundle
from tests.web.steerable import steerable

VALID = Path(conformance.__file__).parent / "valid"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player of a few bytes: what the folder holds doesn't depend on it."""
    files = {"alive-scene.js": b"player", "page.js": b"panel", "worker.js": b"worker", "ort.wasm": b"runtime"}
    dist = tmp_path / "dist"
    dist.mkdir()
    for name, data in files.items():
        (dist / name).write_bytes(data)
    monkeypatch.setattr(web_page, "player_files", lambda: {file.name: file for file in dist.iterdir()})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A scene with a poster and training weights."""
    plain = read_bundle(VALID / "plain.alive")
    poster = read_bundle(VALID / "layers.alive").parts["background.png"]
    path = tmp_path / "ring.alive"
    write_bundle(path, plain.manifest, plain.parts | {POSTER_NAME: poster, WEIGHTS_NAME: pack_tensors({})})
    return path


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


@pytest.mark.usefixtures("built")
def test_a_folder_that_holds_all_it_names(tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "page"
    before = bundle.read_bytes()
    assert run("export", bundle, "--web", target) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert bundle.read_bytes() == before
    page = (target / "index.html").read_text()
    assert "default-src 'none'; script-src 'self' 'wasm-unsafe-eval';" in page
    named = re.findall(r'(?:src|href)="([^"?]+)\?[0-9a-f]{12}"(?: integrity="sha384-([^"]+)")?', page)
    assert {name for name, _ in named} == {"page.css", "page.js", "alive-scene.js", "scene.alive", "poster.png"}
    for name, digest in named:
        data = (target / name).read_bytes()
        assert not digest or base64.b64decode(digest) == hashlib.sha384(data).digest()
    assert "http" not in page.replace("http-equiv", "")
    assert not re.search(r"<style|style=|<script>|onload", page)
    scene = read_bundle(target / "scene.alive")
    assert scene.manifest.behavior == read_bundle(bundle).manifest.behavior
    assert WEIGHTS_NAME not in scene.parts
    assert "MIME" in (target / "README.txt").read_text()


@pytest.mark.usefixtures("built")
def test_embed_prints_the_snippet(tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", bundle, "--web", tmp_path / "cat", "--embed") == 0
    out = capsys.readouterr().out
    assert re.match(r'<script type="module" src="cat/alive-scene\.js\?[0-9a-f]{12}" integrity="sha384-', out)
    assert '<alive-scene src="cat/scene.alive?' in out


@pytest.mark.usefixtures("built")
def test_visitors_may_touch_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = tmp_path / "square.alive"
    bundle.write_bytes(steerable())
    page = tmp_path / "page"
    assert run("export", bundle, "--web", page, "--embed", "--interactive", "touch  look") == 0
    assert 'interactive="touch look"' in capsys.readouterr().out
    assert 'interactive="touch look"' in (page / "index.html").read_text()
    assert run("export", bundle, "--web", page) == 0
    assert "interactive=" not in (page / "index.html").read_text()


@pytest.mark.usefixtures("built")
def test_texts_of_strangers_are_escaped(tmp_path: Path) -> None:
    rude = read_bundle(VALID / "plain.alive")
    title = '"><script>alert(1)</script>\x1b\u202e STYLE_ADDRESS'
    rude = msgspec.structs.replace(rude.manifest, title=title), rude.parts
    write_bundle(tmp_path / "rude.alive", *rude)
    web.write_folder(read_bundle(tmp_path / "rude.alive"), tmp_path / "page")
    page = (tmp_path / "page" / "index.html").read_text()
    assert "<script>alert" not in page
    assert html.escape('"><script>alert(1)</script> STYLE_ADDRESS') in page


@pytest.mark.usefixtures("built")
def test_folders_of_others_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    assert run("export", VALID / "plain.alive", "--web", other) == 0  # an empty one is welcome
    (other / "index.html").write_text("mine")
    assert run("export", VALID / "plain.alive", "--web", other) == 2
    assert (other / "index.html").read_text() == "mine"
    (other / "holiday.jpg").write_bytes(b"jpeg")
    assert run("export", VALID / "plain.alive", "--web", other, "--force") == 0
    assert (other / "holiday.jpg").read_bytes() == b"jpeg"
    assert run("export", VALID / "plain.alive", "--web", other) == 0  # it is one of ours now
    assert "--force" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*part-*"))


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("alive-scene", "web"),
        ("alive-scene gallery", "gallery"),
        ("alive-scene <b>", None),
        ("alive-scene " + 21 * "x", None),
        ("other", None),
    ],
)
def test_pages_say_their_kind(tag: str, kind: str | None, tmp_path: Path) -> None:
    assert web.page_kind(tmp_path) is None
    (tmp_path / "index.html").write_text(f'<meta name="generator" content="{tag}">')
    assert web.page_kind(tmp_path) == kind
    web.check_folder(tmp_path, "kiosk", force=True)
    with pytest.raises(OutputError, match="other files" if kind is None else f"another kind .{kind}"):
        web.check_folder(tmp_path, "kiosk", force=False)


def test_what_cant_be_written_is_no_error_of_the_bundle(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    (folder / "README.txt").mkdir(parents=True)
    with pytest.raises(OutputError, match="page can't be written"), web.drafted(folder) as draft:
        (draft / "README.txt").write_text("text")
    assert [path.name for path in folder.iterdir()] == ["README.txt"]
    with pytest.raises(OSError, match="ours"), web.drafted(tmp_path / "new") as draft:
        raise OSError("ours")
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("built")
def test_what_cant_be_done_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = VALID / "plain.alive"
    (tmp_path / "file").write_text("a file")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for arguments, word in (
        ((plain, "--web", tmp_path / "file"), "not a folder"),
        ((plain, "--web", tmp_path / "link"), "leads nowhere"),
        ((plain, "--web", tmp_path / "a" / "b"), "doesn't exist"),
        ((plain, "--web", tmp_path / "c", "-o", tmp_path / "d.alive"), "not both"),
        ((plain, "--embed"), "goes with --web"),
        ((plain, "--interactive", "touch"), "goes with --web"),
        ((plain, "--web", tmp_path / "c", "--interactive", "shake"), "touch, look and view"),
        ((plain, "--web", tmp_path / "c", "--interactive", " "), "touch, look and view"),
        ((plain, "--web", tmp_path / "c", "--interactive", "touch"), "run alive export on it"),
        ((tmp_path / "none.alive", "--web", tmp_path / "c"), "no file"),
        ((VALID / "unexported.alive", "--web", tmp_path / "c"), ""),
    ):
        assert run("export", *arguments) == 2
        error = capsys.readouterr().err
        assert word in " ".join(error.split())
        assert "Traceback" not in error
    assert not (tmp_path / "c").exists()


def test_without_the_player_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web_page, "files", lambda _: tmp_path)
    assert run("export", VALID / "plain.alive", "--web", tmp_path / "page") == 2
    assert "make web" in capsys.readouterr().err
