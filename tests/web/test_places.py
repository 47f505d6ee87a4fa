"""Pages in one file: what they hold, what hosts of wallpapers read beside them, and which options don't go together."""

import base64
import hashlib
import html
import json
import re
import zlib
from pathlib import Path

import msgspec
import pytest

from alive_cli import cli
from alive_cli.commands import export as commands
from alive_cli.web import page as web_page
from alive_cli.web import places
from alive_cli.web.folder import page_kind
from alive_cli.web.wallpaper import host_files, sliders
from bundle_spec import conformance
from bundle_spec.container import (
    POSTER_NAME,
    WEIGHTS_NAME,
    Bundle,
    pack_tensors,
    read_bundle,
    unpack_bundle,
    write_bundle,
)
from bundle_spec.manifest import Control
from tests.web.steerable import steerable

VALID = Path(conformance.__file__).parent / "valid"
SCRIPT = 'const text = "</script><!--";'


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player of a few bytes: what pages hold doesn't depend on it."""
    dist = tmp_path / "dist"
    dist.mkdir()
    for name, text in {"place.js": SCRIPT, "place_worker.js": "worker", web_page.RUNTIME_NAME: "runtime"}.items():
        (dist / name).write_text(text)
    monkeypatch.setattr(web_page, "player_files", dict)
    monkeypatch.setattr(places, "built_file", lambda name: dist / name)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A scene with a poster, training weights, and a stranger's title."""
    rude = read_bundle(VALID / "rude.alive")
    poster = read_bundle(VALID / "layers.alive").parts["background.png"]
    path = tmp_path / "rude.alive"
    write_bundle(path, rude.manifest, rude.parts | {POSTER_NAME: poster, WEIGHTS_NAME: pack_tensors({})})
    return path


def run(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def blocks(page: str) -> dict[str, bytes]:
    """The files that a page holds."""
    tags = re.findall(r'<script type="text/plain" data-name="([^"]+)">([^<]*)</script>', page)
    return {name: zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS) for name, text in tags}


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("options", "place"),
    [(("--web", "--transparent"), "transparent"), (("--web", "--kiosk"), "kiosk"), (("--wallpaper",), "wallpaper")],
)
def test_a_page_that_is_one_file(
    options: tuple[str, ...], place: str, tmp_path: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "page"
    assert run("export", bundle, options[0], target, *options[1:]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    page = (target / "index.html").read_text()
    assert f'data-place="{place}"' in page
    held = blocks(page)
    assert set(held) == {*places.HELD, "scene.alive"}
    scene = unpack_bundle(held["scene.alive"])
    assert WEIGHTS_NAME not in scene.parts
    assert "<script>alert" not in page
    # Nothing is fetched; the policy names the script and the style that stand in the page.
    assert not re.search(r'(?:src|href)="(?!#scene\.alive|data:)', page)
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[0]
    for tag in ("script", "style"):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[0]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert ("connect-src" in policy) == (place == "kiosk")
    assert r'"\x3c/script>\x3c!--"' in page
    assert ('battery="calm"' in page) == (place == "wallpaper")
    assert (target / "README.txt").read_text()


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("options", [("--web",), ("--web", "--transparent"), ("--web", "--kiosk"), ("--wallpaper",)])
def test_a_page_costs_no_more_than_people_chose(
    options: tuple[str, ...], tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (web_page.PLAYER_NAME, web_page.PANEL_NAME):
        (tmp_path / "dist" / name).write_text(name)
    monkeypatch.setattr(web_page, "player_files", lambda: {file.name: file for file in (tmp_path / "dist").iterdir()})
    for number, limits in enumerate([("--cpu", "25%", "--fps", "12"), ("--fps", "0.5"), ()]):
        target = tmp_path / f"page{number}"
        assert run("export", bundle, options[0], target, *options[1:], *limits) == 0
        element = re.findall("<alive-scene [^>]*>", (target / "index.html").read_text())[0]
        assert re.findall(r'cpu="([^"]*)"', element) == (["25"] if "--cpu" in limits else [])
        rate = [limits[-1]] if "--fps" in limits else []
        assert re.findall(r'fps="([^"]*)"', element) == rate
        if options == ("--wallpaper",):
            slider = json.loads((target / "LivelyProperties.json").read_text())["page_rate"]
            assert slider["value"] == float(*rate or [60])
            assert slider["min"] <= slider["value"] <= slider["max"]


@pytest.mark.usefixtures("built")
def test_what_people_may_do_suits_the_place(tmp_path: Path) -> None:
    path = tmp_path / "square.alive"
    path.write_bytes(steerable())
    bundle = read_bundle(path)
    words = {
        place: re.findall(r'interactive="([^"]*)"', places.place_page(bundle, place, None)) for place in places.Place
    }
    assert words == {"transparent": [], "wallpaper": ["look"], "kiosk": ["touch look"]}
    assert 'interactive="touch"' in places.place_page(bundle, places.Place.transparent, "touch")


@pytest.mark.usefixtures("built")
def test_what_hosts_of_wallpapers_read(tmp_path: Path, bundle: Path) -> None:
    target = tmp_path / "wall"
    assert run("export", bundle, "--wallpaper", target) == 0
    names = {file.name for file in target.iterdir()}
    assert names == {
        "index.html",
        "README.txt",
        "preview.jpg",
        "LivelyInfo.json",
        "LivelyProperties.json",
        "project.json",
    }
    info, properties, project = (
        json.loads((target / name).read_text()) for name in ("LivelyInfo.json", "LivelyProperties.json", "project.json")
    )
    assert (info["FileName"], info["Type"], info["Thumbnail"]) == ("index.html", 1, "preview.jpg")
    assert info["Arguments"] == "--pause-event true"
    assert (project["file"], project["type"], project["preview"]) == ("index.html", "web", "preview.jpg")
    assert not re.search("[<>&]", info["Title"] + project["title"])
    settings = project["general"]["properties"]
    assert properties["temperature"] == {
        "type": "slider",
        "text": "Temperature",
        "value": 1,
        "min": 0,
        "max": 2,
        "step": 0.05,
    }
    assert settings["temperature"]["type"] == "slider"
    assert [each["order"] for each in settings.values()] == list(range(100, 100 + len(settings)))
    assert properties["page_fit"]["items"][0] == "covers the screen"
    assert settings["page_fit"]["value"] == "cover"
    shown = json.loads(html.unescape(re.findall(r'data-settings="([^"]*)"', (target / "index.html").read_text())[0]))
    assert set(shown) == set(properties) - {"page_fit", "page_rate", "page_battery"}


def test_hosts_offer_only_numbers_that_people_set() -> None:
    plain = read_bundle(VALID / "plain.alive")
    control = Control(name="gust", dtype="float32", shape=[], default=-5, minimum=None, maximum=None)
    others = [
        msgspec.structs.replace(control, name="page_fit"),
        msgspec.structs.replace(control, name="wind", shape=[2]),
        msgspec.structs.replace(control, name="go", dtype="int64", role="next_frame"),
    ]
    assert plain.manifest.behavior is not None
    behavior = msgspec.structs.replace(plain.manifest.behavior, controls=[control, *others])
    bundle = Bundle(msgspec.structs.replace(plain.manifest, behavior=behavior), plain.parts)
    offered = sliders(bundle)
    assert [each.name for each in offered] == ["gust"]
    files = host_files(bundle, offered)
    assert "preview.jpg" not in files  # it has no poster
    gust = json.loads(files["LivelyProperties.json"])["gust"]
    assert (gust["min"], gust["value"], gust["max"]) == (-10, -5, 10)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--transparent",), "--transparent goes with --web"),
        (("--kiosk",), "--kiosk goes with --web"),
        (("--wallpaper", "w", "--kiosk"), "--kiosk goes with --web"),
        (("--web", "w", "--wallpaper", "v"), "--web or --wallpaper, not both"),
        (("--web", "w", "--kiosk", "--transparent"), "--transparent or --kiosk, not both"),
        (("--wallpaper", "w", "-o", "a.alive"), "--output or --wallpaper, not both"),
        (("--wallpaper", "w", "--max-size", "1MB"), "and then with --wallpaper"),
        (("--wallpaper", "w", "--slim"), "and then with --wallpaper"),
        (("--web", "w", "--slim"), "export with --slim first, and then with --web"),
        (("--web", "w", "--kiosk", "--embed"), "--embed is for a page of your own"),
        (("--wallpaper", "w", "--embed"), "--embed is for a page of your own"),
        (("--wallpaper", "w", "--interactive", "dance"), "--interactive takes touch, look and view"),
        (("--cpu", "25%"), "--cpu goes with --web or --wallpaper"),
        (("--fps", "12"), "--fps goes with --web or --wallpaper"),
        (("-o", "a.alive", "--fps", "12"), "--fps goes with --web or --wallpaper"),
        (("--web", "w", "--cpu", "much"), "no share of a core"),
        (("--web", "w", "--cpu", "0"), "can't live on 0 of a core; give --cpu 1% to 1600%"),
        (("--web", "w", "--fps", "0"), "--fps"),
    ],
)
@pytest.mark.usefixtures("built")
def test_options_that_contradict_each_other(
    options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("export", VALID / "plain.alive", *options) == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("built")
def test_folders_of_others_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"jpeg")
    for options in (["--wallpaper", other], ["--web", other, "--kiosk"]):
        assert run("export", VALID / "plain.alive", *options) == 2
        assert "contains other files" in " ".join(capsys.readouterr().err.split())
    assert [file.name for file in other.iterdir()] == ["holiday.jpg"]


@pytest.mark.usefixtures("built")
def test_a_page_of_another_kind_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wall = tmp_path / "wall"
    assert run("export", VALID / "plain.alive", "--wallpaper", wall) == 0
    assert run("export", VALID / "plain.alive", "--wallpaper", wall) == 0
    before = (wall / "index.html").read_bytes()
    for options in ([], ["--kiosk"], ["--transparent"]):
        assert run("export", VALID / "plain.alive", "--web", wall, *options) == 2
        assert "another kind (wallpaper)" in " ".join(capsys.readouterr().err.split())
    assert (wall / "index.html").read_bytes() == before
    assert run("export", VALID / "plain.alive", "--web", wall, "--kiosk", "--force") == 0
    assert page_kind(wall) == "kiosk"


@pytest.mark.parametrize("missing", ["folder", "player"])
@pytest.mark.usefixtures("built")
def test_what_is_wrong_is_said_before_the_export(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "exported", lambda *_: pytest.fail("this takes long"))
    if missing == "player":
        (tmp_path / "dist" / "place.js").unlink()
    page = tmp_path / ("no" if missing == "folder" else "") / "page"
    assert run("export", VALID / "unexported.alive", "--wallpaper", page) == 2
    words = "doesn't exist" if missing == "folder" else "make web"
    assert words in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("built")
def test_an_opaque_scene_hides_what_lies_behind_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, opaque in (("plain", True), ("warp-alpha-lossy", False)):
        assert run("export", VALID / f"{name}.alive", "--web", tmp_path / name, "--transparent") == 0
        assert ("isn't transparent" in " ".join(capsys.readouterr().err.split())) == opaque
