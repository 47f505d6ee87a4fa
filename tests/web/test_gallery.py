"""`alive gallery`: the folder that it writes, what it refuses, and which scenes of the grid are alive in a browser."""

import base64
import hashlib
import html
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from alive_cli import cli
from alive_cli.errors import OutputError
from alive_cli.web import gallery, page
from alive_cli.web.folder import page_kind
from alive_cli.web.gallery import LONGEST_SLUG, MOST_SCENES, slugs
from bundle_spec.conformance.valid import VALID
from bundle_spec.container import POSTER_NAME, pack_picture, read_bundle, write_bundle
from tests.stand_ins import tiny_player
from tests.web.browsers import REPORT, Site, chromium


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player of a few bytes: what the folder holds doesn't depend on it."""
    dist = tmp_path / "dist"
    dist.mkdir()
    tiny_player(dist)
    files = {file.name: file for file in dist.iterdir() if file.name not in page.OTHER_SCRIPTS}
    for room in (page, gallery):
        monkeypatch.setattr(room, "player_files", lambda: files)
    monkeypatch.setattr(gallery, "built_file", lambda name: dist / name)


def scene(path: Path, title: str = "ring") -> Path:
    """A scene with a poster."""
    path.write_bytes(VALID["plain"].build())
    plain = read_bundle(path)
    poster = pack_picture(np.full((90, 1200, 3), 120, np.uint8))
    write_bundle(path, msgspec.structs.replace(plain.manifest, title=title), plain.parts | {POSTER_NAME: poster})
    return path


def run(*arguments: object) -> int:
    return cli.run(["gallery", *map(str, arguments)])


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (["Cats & Dogs", "cats_dogs"], ["cats-dogs", "cats-dogs-2"]),
        (["a", "a", "a-2", "a"], ["a", "a-2", "a-2-2", "a-3"]),
        (["Müller", "日本", "…", "../x"], ["muller", "scene", "scene-2", "x"]),
        (["player", "CON", "lpt1"], ["scene-player", "scene-con", "scene-lpt1"]),
        (["x" * 99], ["x" * LONGEST_SLUG]),
    ],
)
def test_folders_have_safe_names(names: list[str], folders: list[str]) -> None:
    assert slugs(names) == folders


@pytest.mark.usefixtures("built")
def test_a_folder_that_holds_all_it_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = scene(tmp_path / "one.alive"), scene(tmp_path / "One!.alive", "Two <b>")
    site = tmp_path / "site"
    assert run(one, two, one, "-o", site, "--title", "Mine & yours") == 0
    assert capsys.readouterr().out == f"{site}\n"
    for index, folders in (
        (site / "index.html", 2),
        (site / "one" / "index.html", 0),
        (site / "one-2" / "index.html", 0),
    ):
        text = index.read_text()
        assert "default-src 'none'; script-src 'self' 'wasm-unsafe-eval';" in text
        assert not re.search(r"<style|style=|<script>|onload|<b>", text)
        named = re.findall(r'(?:src|href)="([^"?]+)\?[0-9a-f]{12}"(?: integrity="sha384-([^"]+)")?', text)
        assert len(named) > 3
        for name, digest in named:
            data = (index.parent / name).read_bytes()
            assert not digest or base64.b64decode(digest) == hashlib.sha384(data).digest()
        assert text.count("<li ") == folders
    grid = (site / "index.html").read_text()
    assert "<h1>Mine &amp; yours</h1>" in grid
    assert '<a href="one-2/">Two &lt;b&gt;</a>' in grid
    assert '<a class="home" href="../">' in (site / "one" / "index.html").read_text()
    assert 'src="../player/alive-scene.js?' in (site / "one" / "index.html").read_text()
    assert len(list(site.rglob("alive-scene.js"))) == 1  # one player for all
    assert read_bundle(site / "one" / "scene.alive").manifest.title == "ring"
    assert "MIME" in (site / "README.txt").read_text()


@pytest.mark.usefixtures("built")
def test_texts_of_strangers_are_escaped(tmp_path: Path) -> None:
    title = '"><script>alert(1)</script>\x1b\u202e CARDS ' + "long " * 100
    assert run(scene(tmp_path / '"><img src=x>.alive', title), "-o", tmp_path / "site", "--title", title) == 0
    text = (tmp_path / "site" / "index.html").read_text()
    assert "<script>alert" not in text
    assert "<img src=x>" not in text
    assert html.escape('"><script>alert(1)</script> CARDS long') in text
    assert text.count("long") < 150


@pytest.mark.usefixtures("built")
def test_a_gallery_is_made_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene(tmp_path / "a.alive"), scene(tmp_path / "b.alive")
    site = tmp_path / "site"
    assert run(tmp_path, "-o", site) == 0
    (site / "notes.txt").write_text("mine")
    capsys.readouterr()
    assert run(tmp_path / "b.alive", "-o", site) == 0
    assert "no longer shows a;" in " ".join(capsys.readouterr().err.split())
    assert (site / "notes.txt").read_text() == "mine"
    assert (site / "index.html").read_text().count("<li ") == 1
    assert not list(tmp_path.rglob("*part-*"))


@pytest.mark.usefixtures("built")
def test_a_title_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene(tmp_path / "a.alive")
    site = tmp_path / "my site"
    assert run(tmp_path, "-o", site, "--title", "Mine & <yours>") == 0
    assert f"http.server -d '{site}', and open http://localhost:8000/" in capsys.readouterr().err
    for options, title in ((), "Mine &amp; &lt;yours&gt;"), (("--title", ""), "Living scenes"):
        assert run(tmp_path, "-o", site, *options) == 0
        assert f"<title>{title}</title>" in (site / "index.html").read_text()


@pytest.mark.usefixtures("built")
def test_a_title_of_a_stranger_is_harmless(tmp_path: Path) -> None:
    scene(tmp_path / "a.alive")
    site = tmp_path / "site"
    site.mkdir()
    rude = "<title>" + "&lt;script&gt;" * 9999 + "</title>"
    (site / "index.html").write_text(f'<meta name="generator" content="alive-scene gallery">{rude}')
    assert run(tmp_path, "-o", site) == 0
    assert "<title>Living scenes</title>" in (site / "index.html").read_text()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("name", ["insect", "player"])
def test_folders_of_others_inside_it_are_left_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cat, insect = scene(tmp_path / "cat.alive"), scene(tmp_path / "insect.alive")
    site = tmp_path / "site"
    assert run(cat, "-o", site) == 0
    notes = (site / "README.txt").read_bytes()
    if name == "player":
        (site / name / "alive-scene.js").unlink()
    (site / name).mkdir(exist_ok=True)
    (site / name / "index.html").write_text("mine")
    with monkeypatch.context() as patched:
        patched.setattr(gallery, "_fill", lambda *_: pytest.fail("this takes long"))
        assert run(insect, "-o", site) == 2
    with pytest.raises(OutputError, match=f"{name} contains other files"):
        gallery.write_gallery([("insect", read_bundle(insect))], site)
    assert (site / name / "index.html").read_text() == "mine"
    assert (site / "README.txt").read_bytes() == notes
    assert run(insect, "-o", site, "--force") == 0
    assert f"{name} contains other files" in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("built")
def test_a_file_in_the_place_of_a_scene_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "b").write_text("mine")
    scene(tmp_path / "a.alive"), scene(tmp_path / "b.alive")
    assert run(tmp_path, "-o", site, "--force") == 2
    (site / "b").unlink()
    (site / "b").symlink_to(tmp_path / "nothing")
    assert run(tmp_path, "-o", site, "--force") == 2
    assert [path.name for path in site.iterdir()] == ["b"]
    error = " ".join(capsys.readouterr().err.split())
    assert "is a file, where the gallery needs a folder" in error
    assert "leads nowhere" in error


@pytest.mark.usefixtures("built")
def test_pages_say_their_kinds(tmp_path: Path) -> None:
    one = scene(tmp_path / "one.alive")
    site = tmp_path / "site"
    assert run(one, "-o", site) == 0
    grid = (site / "index.html").read_text()
    assert "<p>One scene. Open it to play with it.</p>" in grid
    assert len(re.findall('<alive-scene [^>]*aria-hidden="true"', grid)) == 1
    assert (page_kind(site), page_kind(site / "one")) == ("gallery", "scene")
    index = site / "one" / "index.html"
    index.write_text(index.read_text().replace("alive-scene scene", "alive-scene"))  # as version 0.1 wrote it
    assert run(one, "-o", site) == 0
    assert page_kind(site / "one") == "scene"


@pytest.mark.usefixtures("built")
def test_what_cant_be_done_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = scene(tmp_path / "good.alive"), tmp_path / "bad.alive"
    bad.write_bytes(b"no bundle")
    other = tmp_path / "photos"
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"jpeg")
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MOST_SCENES + 1):
        (many / f"{number}.alive").touch()
    unexported = tmp_path / "unexported.alive"
    unexported.write_bytes(VALID["unexported"].build())
    for arguments, words in (
        ((good, bad), "bad.alive"),
        ((good, tmp_path / "none.alive"), "no file"),
        ((good, unexported), "unexported.alive"),
        ((other,), "no .alive files in"),
        ((many,), f"at most {MOST_SCENES}"),
        ((good, "-o", other), "contains other files"),
        ((good, "-o", good), "not a folder"),
        ((good, "-o", tmp_path / "x" / "y"), "doesn't exist"),
    ):
        assert run(*(arguments if "-o" in arguments else (*arguments, "-o", tmp_path / "site"))) == 2
        error = capsys.readouterr().err
        assert words in " ".join(error.split())
        assert "Traceback" not in error
        assert not (tmp_path / "site").exists()
    assert [path.name for path in other.iterdir()] == ["holiday.jpg"]
    assert not list(tmp_path.rglob("*part-*"))


def test_without_the_player_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gallery, "player_files", dict)
    monkeypatch.setattr(gallery, "built_file", lambda name: tmp_path / name)
    assert run(scene(tmp_path / "a.alive"), "-o", tmp_path / "site") == 2
    assert "make web" in capsys.readouterr().err


GRID = """
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const scenes = [...document.querySelectorAll("alive-scene")];
const alive = () => scenes.flatMap((scene, place) => (scene.src === null ? [] : [place]));
const shown = new Set();
scenes.forEach((scene, place) => scene.addEventListener("frame", () => shown.add(place)));
const until = async (condition) => {
  for (let tries = 0; tries < 400 && !condition(); tries++) await sleep(0.1);
};
const posters = scenes.map((scene) => !scene.shadowRoot.querySelector("img").hidden);
await until(() => alive().length && alive().every((place) => shown.has(place)));
const first = alive();
const last = scenes.length - 1;
scenes[last].closest("li").scrollIntoView({ block: "center" });
scenes[last].closest("li").querySelector("a").focus();
await until(() => shown.has(last));
const [then, button] = [alive(), document.querySelector("header button")];
button.click();
const still = alive().length;
const held = document.querySelector("header p").textContent;
button.click();
const again = alive().length;
const freed = document.querySelector("header p").textContent;
const wide = document.documentElement.scrollWidth;
report({ posters, first, then, last, shown: shown.has(last), still, again, held, freed, wide });
"""


def test_a_few_scenes_are_alive_in_a_browser(player: Path, tmp_path: Path) -> None:
    if not (player / "gallery.js").is_file():
        pytest.skip("the web player is older than galleries: make web")
    for number in range(12):
        scene(tmp_path / f"{number:02d}.alive")
    folder = tmp_path / "site"
    assert run(tmp_path, "-o", folder) == 0
    text = (folder / "index.html").read_text()
    files = {
        "index.html": text.replace("</body>", '<script type="module" src="/test.js"></script></body>').encode(),
        "test.js": (REPORT + GRID).encode(),
    }
    site = Site([folder], files)
    try:
        with chromium(site.address, "--window-size=700,600"):
            answer = site.wait(150)
    finally:
        site.close()
    result = answer["result"]
    assert not answer["violations"]
    assert all(result["posters"])
    assert 1 <= len(result["first"]) <= 4
    assert result["last"] not in result["first"]
    assert result["shown"]
    assert result["last"] in result["then"]
    assert len(result["then"]) <= 4
    assert (result["still"], result["again"]) == (0, len(result["then"]))
    assert result["held"].startswith("All scenes are held still.")
    assert "are alive" in result["freed"]
    assert result["wide"] <= 700
