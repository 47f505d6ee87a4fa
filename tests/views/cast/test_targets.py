"""The targets: their libraries, the sentences of their errors, and what is held."""

import importlib
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.views.cast import camera, ndi
from alive_cli.views.cast.camera import open_camera
from alive_cli.views.cast.casting import read_name
from alive_cli.views.cast.holding import held
from alive_cli.views.cast.ndi import open_ndi
from alive_cli.views.cast.sender import Order
from alive_cli.views.cast.spout import open_spout
from alive_cli.views.cast.targets import TARGETS, library_of
from tests.views.cast import stand_ins


@pytest.mark.parametrize("name", ["camera", "ndi", "spout"])
def test_a_missing_library_is_an_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, TARGETS[name].library, None)
    with pytest.raises(InputError, match=rf"pip install 'alive-scene\[{name}\]'"):
        library_of(TARGETS[name])


@pytest.mark.parametrize("system", TARGETS["camera"].systems)
def test_whose_library_is_missing_learns_of_the_driver_too(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(InputError) as error:
        library_of(TARGETS["camera"])
    assert "alive-scene[camera]" in str(error.value)
    assert camera.DRIVERS[system] in str(error.value)


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cyndilib.py").write_text("raise OSError('libndi.so.6: cannot open shared object file')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cyndilib", raising=False)
    with pytest.raises(InputError, match=r"cyndilib doesn't load \(libndi.so.6: cannot .*\); install it again"):
        library_of(TARGETS["ndi"])


def test_spout_is_for_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(InputError, match="cast with --to camera or --to ndi"):
        library_of(TARGETS["spout"])


@pytest.mark.parametrize(
    ("system", "message", "name", "sentence"),
    [
        ("linux", stand_ins.NO_DRIVER, None, "sudo modprobe v4l2loopback devices=1 exclusive_caps=1"),
        ("win32", "'obs' backend: OBS Virtual Camera device not found! Did you install OBS?", None, "install OBS"),
        ("darwin", "'obs' backend: OBS Virtual Camera is not installed in your system.", None, "Start Virtual Camera"),
        ("sunos", "'x' backend: no camera", None, "cast with --to ndi"),
        (
            "linux",
            "could not be configured: Device or resource busy",
            "/dev/video2",
            "/dev/video2 is in use by another",
        ),
        ("win32", "'obs' backend: virtual camera output could not be started", None, "in use by another program"),
        ("darwin", "Couldn't start stream", None, "in use by another program"),
        ("linux", "Could not access /dev/video2 due to missing permissions.", "/dev/video2", "usermod -aG video"),
        ("linux", "Device /dev/video7 does not exist.", "/dev/video7", "There is no camera /dev/video7"),
        ("linux", "Device /dev/null is not a video output device.", "/dev/null", "is no virtual camera"),
        (
            "linux",
            "'v4l2loopback' backend: What\n ever.",
            None,
            r"can't be opened ('v4l2loopback' backend: What ever);",
        ),
        ("linux", "", None, "(no reason given)"),
    ],
)
def test_what_drivers_say(
    system: str, message: str, name: str | None, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    library = stand_ins.camera(monkeypatch)
    library.refusal = message
    with pytest.raises(InputError) as caught:
        open_camera(sys.modules["pyvirtualcam"], Order(name, (64, 48), 30))
    assert sentence in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_ndi_gets_four_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    senders = stand_ins.ndi(monkeypatch)
    picture = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(2, 4, 3)
    sender = open_ndi(sys.modules["cyndilib"], Order("a scene", (4, 2), 29.97))
    sender.send(picture)
    [opened] = senders.opened
    assert (sender.name, opened.clocked) == ("HERE (a scene)", False)
    assert opened.frame.fourcc is stand_ins.FourCC.RGBX
    assert float(opened.frame.rate) == pytest.approx(29.97, abs=1e-4)
    whole = opened.sent[0].reshape(2, 4, 4)
    np.testing.assert_array_equal(whole[..., :3], picture)
    assert (whole[..., 3] == 255).all()
    clear = open_ndi(sys.modules["cyndilib"], Order("a scene", (4, 2), 30, alpha=True))
    clear.send(np.full((2, 4, 4), 7, np.uint8))
    assert senders.opened[1].frame.fourcc is stand_ins.FourCC.RGBA
    assert senders.opened[1].sent[0].tolist() == [7] * 32
    clear.close()
    with pytest.raises(OSError, match="closed"):
        clear.send(np.full((2, 4, 4), 7, np.uint8))
    senders.refusal = "out of memory"
    with pytest.raises(InputError, match=r"NDI can't announce 'a scene' \(out of memory\)"):
        open_ndi(sys.modules["cyndilib"], Order("a scene", (4, 2), 30))


def test_ndi_needs_its_announcer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ndi, "ANNOUNCER", tmp_path / "none")
    assert "sudo apt install avahi-daemon" in str(ndi.unannounced())
    monkeypatch.setattr(ndi, "ANNOUNCER", tmp_path)
    assert ndi.unannounced() is None


@pytest.mark.parametrize("alpha", [False, True])
def test_spout_gets_pictures(alpha: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    senders = stand_ins.spout(monkeypatch)
    sender = open_spout(sys.modules["SpoutGL"], Order("a scene", (6, 2), 30, alpha=alpha))
    picture = np.full((2, 6, 4 if alpha else 3), 9, np.uint8)
    sender.send(picture)
    assert senders.opened[0].sent[-1] == (6, 2, 4 if alpha else 3, picture.tobytes())
    senders.takes = False
    with pytest.raises(OSError, match="didn't take"):
        sender.send(picture)
    sender.close()
    assert senders.opened[0].released
    with pytest.raises(InputError, match="DirectX 11"):
        open_spout(sys.modules["SpoutGL"], Order("a scene", (6, 2), 30, alpha=alpha))
    assert senders.opened[1].released


def test_one_cast_a_device() -> None:
    camera_, ndi_ = TARGETS["camera"], TARGETS["ndi"]
    with held(camera_, None), held(camera_, "/dev/video2"), held(ndi_, "a"), held(ndi_, "b"):
        with pytest.raises(InputError, match=r"camera of this computer already; stop it, or choose another device"):
            held(camera_, None).__enter__()
        with pytest.raises(InputError, match="camera /dev/video2 already"), held(camera_, "/dev/video2"):
            pass
        with pytest.raises(InputError, match="NDI source A already; stop it, or choose another name"), held(ndi_, "A"):
            pass
    with held(camera_, "/dev/video2"):
        pass


def test_without_a_folder_nothing_is_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ALIVE_CACHE", str(tmp_path / "file" / "folder"))
    with held(TARGETS["ndi"], "a"), held(TARGETS["ndi"], "a"):
        pass


def test_names() -> None:
    assert read_name(None, "A title", TARGETS["camera"]) is None
    assert read_name(None, "\x1b[2J\x00Tïtle\u202e\n" + 200 * "x", TARGETS["ndi"]) == "[2JTïtle" + 52 * "x"
    assert read_name(None, "\x00 ", TARGETS["spout"]) == "alive"
    assert read_name(" mine ", "A title", TARGETS["ndi"]) == "mine"
    for name in ("", "  ", "a\x00b", "a\nb", 61 * "x"):
        with pytest.raises(InputError, match="--device-name"):
            read_name(name, "A title", TARGETS["ndi"])


PUBLIC = [
    ("pyvirtualcam", "Camera", "__init__"),
    ("pyvirtualcam", "Camera", "send"),
    ("pyvirtualcam", "Camera", "close"),
]
"""What is used of libraries in Python; others have no signatures to compare."""


@pytest.mark.parametrize(("library", "kind", "method"), PUBLIC)
def test_the_stand_in_has_the_real_signature(library: str, kind: str, method: str) -> None:
    pytest.importorskip(library)
    real = getattr(getattr(importlib.import_module(library), kind), method)
    own = getattr(getattr(stand_ins, kind), method)
    shapes = [[(p.name, p.kind) for p in inspect.signature(each).parameters.values()] for each in (own, real)]
    assert shapes[0] == shapes[1]


def test_the_stand_in_has_what_the_real_ndi_has() -> None:
    real = pytest.importorskip("cyndilib")
    for kind in ("Sender", "VideoSendFrame", "FourCC"):
        names = [name for name in vars(getattr(stand_ins, kind)) if not name.startswith("_")]
        own = {"refusal", "opened", "name", "clocked", "running", "sent", "frame"}
        assert [name for name in names if name not in own and not hasattr(getattr(real, kind), name)] == []


def test_the_real_camera_library_has_no_driver_here() -> None:
    library = pytest.importorskip("pyvirtualcam")
    if sys.platform != "linux" or list(Path("/dev").glob("video*")):
        pytest.skip("there may be a camera")
    with pytest.raises(InputError, match="sudo modprobe v4l2loopback"):
        open_camera(library, Order(None, (64, 48), 30))


def test_every_system_has_a_remedy() -> None:
    assert set(camera.DRIVERS) == set(TARGETS["camera"].systems)
