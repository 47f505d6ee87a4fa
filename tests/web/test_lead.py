"""Another video leads a scene in a page: the same poses as in Python, what is shown, and how a lead ends."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli.runtime.steering import Steering
from bundle_spec import conformance as conformance_package
from bundle_spec.container import Bundle, read_bundle
from tests.textures import hill, pulled, texture
from tests.web.modules import run_module
from tests.web.scripts import answer
from tests.web.steerable import steerable
from tests.web.test_panel import on_page

VALID = Path(conformance_package.__file__).parent / "valid"
SIZE = (128, 84)
GRID = (24, 16)
SPREAD = np.array([2.0, 1.0, 0.5])
POSE_SCALE, REACH, FPS = 0.1, 4.0, 30.0
SECOND = 1 / FPS

LEADING = """
import { LeadDriver } from "./src/lead/driver.js";
import { Leader } from "./src/lead/leader.js";
import { Steering } from "./src/steering.js";
const float = (values) => Float32Array.from(values);
const source = {
  ...question.source,
  tensors: Object.fromEntries(Object.entries(question.source.tensors).map(([name, own]) => [name, float(own)])),
  modes: float(question.source.modes),
  embeddings: float(question.source.embeddings),
};
const leader = new Leader(source);
const words = (picture) => new Uint32Array(Uint8Array.from(Buffer.from(picture, "base64")).buffer);
leader.know(leader.numbers.map((number) => words(question.observed[number])));
const steering = new Steering(source.warp, source.tensors, source.modes, source.fps);
const driver = new LeadDriver(steering);
const own = source.embeddings.slice(0, source.embeddings.length / source.frames);
return question.pictures.map((picture) => {
  const news = leader.see(Uint8Array.from(Buffer.from(picture, "base64")));
  if (news.state === "leading") driver.follow(news.pose);
  const led = driver.after(own, question.seconds);
  return {
    state: news.state,
    pose: news.pose ? [[...news.pose.base], [...news.pose.pose]] : null,
    led: led ? [[...led.embedding], [...led.offset]] : null,
  };
});
"""


def modes() -> np.ndarray:
    """The middle moves across, and down; two hills move apart: float32 [S, gh, gw, 2]."""
    fields = np.zeros((3, GRID[1], GRID[0], 2), np.float32)
    fields[0, ..., 0] = 0.02 * hill(*GRID)
    fields[1, ..., 1] = 0.02 * hill(*GRID)
    fields[2, ..., 0] = 0.015 * (hill(*GRID, (0.3, 0.5), 0.1) - hill(*GRID, (0.7, 0.5), 0.1))
    return (fields / SPREAD[:, None, None, None]).astype(np.float32)


def steering() -> Steering:
    return Steering(
        modes=modes().astype(np.float64) * SPREAD[:, None, None, None],
        size=SIZE,
        spread=SPREAD,
        frequency=np.full(3, FPS),
        look=np.zeros((2, 3)),
        reach=REACH,
        pose=(0, 3),
        pose_scale=POSE_SCALE,
    )


def shown(pose: np.ndarray, seed: int = 0) -> np.ndarray:
    """A texture in a pose, [3] in spreads: uint8 [H, W, 3]."""
    from alive_cli.runtime.lead.registration import bilinear

    field = np.tensordot(pose, steering().modes, 1)
    columns, rows = np.tile(np.arange(SIZE[0]), SIZE[1]), np.repeat(np.arange(SIZE[1]), SIZE[0])
    x, y = (columns + 0.5) / SIZE[0] * GRID[0] - 0.5, (rows + 0.5) / SIZE[1] * GRID[1] - 0.5
    fine = bilinear((field[..., 0], field[..., 1]), x, y).T.reshape(SIZE[1], SIZE[0], 2)
    return np.asarray(pulled(texture(*SIZE, seed, 3.0), fine.astype(np.float32)))


def embedding_of(pose: np.ndarray) -> np.ndarray:
    row = np.array([*(pose * SPREAD * POSE_SCALE), 1.0])
    return (row / np.linalg.norm(row)).astype(np.float32)


class DrawnScene:
    """As much of a scene as a leader needs; its pictures are textures in known poses."""

    def __init__(self) -> None:
        angles = 2 * np.pi * np.arange(24) / 24
        self.poses = np.stack([1.6 * np.cos(angles), 1.4 * np.sin(angles), np.sin(2 * angles)], 1)
        self.poses += np.random.default_rng(1).normal(0, 0.1, self.poses.shape)  # so that no two are equally calm
        self.steering = steering()
        self.embeddings = np.stack([embedding_of(pose) for pose in self.poses])

    def on(self, colour: tuple[int, int, int]) -> "DrawnScene":
        return self

    def renderer(self, size: tuple[int, int]) -> "DrawnScene":
        assert size == SIZE
        return self

    def render(self, embedding: np.ndarray) -> np.ndarray:
        return shown(steering().own(embedding))


def packed(picture: np.ndarray) -> str:
    """A picture as a page reads it: pixels of four bytes each."""
    import base64

    return base64.b64encode(np.concatenate([picture, np.full((*picture.shape[:2], 1), 255, np.uint8)], 2)).decode()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("like", ["relative", "absolute"])
def test_poses_agree_with_python(like: str, mirrored: bool, tmp_path: Path) -> None:
    """On the same reduced pictures, among them some that show something else, and what is drawn then."""
    leading = pytest.importorskip("alive_cli.runtime.lead.leader")
    from alive_cli.runtime.drivers.lead import LeadDriver

    scene, random = DrawnScene(), np.random.default_rng(3)
    walk = np.cumsum(random.normal(0, 0.25, (70, 3)), 0) * 0.6
    walk[:30] *= 0.1
    pictures = [shown(np.clip(pose, -1.6, 1.6)) for pose in walk]
    pictures[45:48] = [texture(*SIZE, 9, 3.0)] * 3
    if mirrored:
        pictures = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures]
    leader = leading.Leader(scene, like=like, mirrored=mirrored)
    driver = LeadDriver()
    source = {
        "warp": {
            "width": SIZE[0],
            "height": SIZE[1],
            "motion_modes": 3,
            "motion_grid": GRID,
            "steering": {"reach": REACH, "pose": [0, 3], "pose_scale": POSE_SCALE},
        },
        "tensors": {"spread": SPREAD.tolist(), "frequency": [1, 1, 1], "look": [0] * 6},
        "modes": modes().transpose(1, 2, 0, 3).ravel().astype(float).tolist(),
        "fps": FPS,
        "embeddings": scene.embeddings.ravel().astype(float).tolist(),
        "frames": len(scene.embeddings),
        "like": like,
        "mirrored": mirrored,
    }
    observed = [packed(scene.render(embedding)) for embedding in scene.embeddings]
    question = {
        "source": source,
        "observed": observed,
        "pictures": [packed(each) for each in pictures],
        "seconds": SECOND,
    }
    results = run_module(LEADING, question, tmp_path)
    led = 0
    for picture, result in zip(pictures, results, strict=True):
        pose = leader.see(picture)
        assert (pose is None) == (result["pose"] is None)
        if pose is not None:
            driver.follow(pose)
            led += 1
            for own, theirs in zip((pose.base, pose.pose), result["pose"], strict=True):
                np.testing.assert_allclose(theirs, own, atol=1e-6)
        embedding, offset = driver.led(scene.steering, scene.embeddings[0], SECOND)
        assert (offset is None) == (result["led"] is None)
        if offset is not None:
            np.testing.assert_allclose(result["led"][0], embedding, atol=1e-6)
            np.testing.assert_allclose(result["led"][1], offset, atol=1e-6)
    assert led >= 35
    states = [result["state"] for result in results]
    assert states[:30] == (["choosing"] * 30 if like == "relative" else ["leading"] * 30)
    assert "lost" in states[45:48]


def test_parts_of_pictures_agree_with_python(tmp_path: Path) -> None:
    pyramid = pytest.importorskip("alive_cli.runtime.lead.pyramid")
    random = np.random.default_rng(8)
    cases = []
    for _ in range(200):
        width, height = (int(each) for each in random.integers(1, 2000, 2))
        x, y = random.uniform(0, 0.9, 2)
        region = [x, y, random.uniform(0.01, 1 - x), random.uniform(0.01, 1 - y)]
        proportions = [1.0, float(random.uniform(0.05, 1))][:: 1 if random.random() < 0.5 else -1]
        cases.append([[width, height], region, proportions])
    script = """
    import { fitted, reducedSize, regionOf } from "./src/lead/pyramid.js";
    const refused = [[0, 0, 1.1, 1], [0.5, 0, 0.6, 1], [0, 0, 0, 1], [-0.1, 0, 1, 1], [0, 0, 1], [NaN, 0, 1, 1]];
    return {
      parts: question.map(([size, region, sides]) => [fitted(size, regionOf(region), sides), reducedSize(sides)]),
      refused: refused.map((region) => { try { return regionOf(region); } catch ({ message }) { return message; } }),
    };
    """
    result = run_module(script, cases, tmp_path)
    for (size, region, proportions), (part, reduced) in zip(cases, result["parts"], strict=True):
        places = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), 2)
        own = pyramid.fitted(places, pyramid.Region(*region), tuple(proportions))
        assert part == [*own[0, 0].tolist(), own.shape[1], own.shape[0]]
        assert tuple(reduced) == pyramid.reduced_size(tuple(proportions))
    assert all("lies within its picture" in sentence for sentence in result["refused"])


VIDEO = """
// A video of a white square, which `move` puts somewhere, in shares of the picture.
const film = Object.assign(document.createElement("canvas"), { width: 240, height: 160 });
const pen = film.getContext("2d");
const move = (x, y = 0) => {
  pen.fillStyle = "rgb(60 60 60)";
  pen.fillRect(0, 0, 240, 160);
  pen.fillStyle = "rgb(250 250 250)";
  pen.fillRect(100 + 240 * x, 60 + 240 * y, 40, 40);
};
let place = [0, 0];
setInterval(() => move(...place), 30);
const streamed = () => film.captureStream(30);
// Where the square is in the scene's picture, in pixels from its middle.
const square = (element) => {
  const { canvas } = inside(element);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [sum, across, down] = [0, 0, 0];
  for (let pixel = 0; pixel < canvas.width * canvas.height; pixel++) {
    if (data[4 * pixel] < 150) continue;
    sum++;
    across += (pixel % canvas.width) + 0.5;
    down += Math.floor(pixel / canvas.width) + 0.5;
  }
  return [across / sum - canvas.width / 2, down / sum - canvas.height / 2];
};
const states = (element) => {
  const heard = [];
  element.addEventListener("lead", ({ detail }) => heard.push(detail));
  return heard;
};
const until = async (condition, seconds = 20) => {
  for (let turn = 0; turn < 20 * seconds && !condition(); turn++) await sleep(0.05);
  return condition();
};
"""


def led(script: str, player: Path, bundle: bytes | None = None) -> Any:
    before = f"""
    await import("/alive-scene.js");
    {VIDEO}
    const element = scene({{ src: "/a.alive", workers: "1", engine: "cpu" }});
    const heard = states(element);
    await happened(element, "ready");
    """
    return answer(before + script, player, {"a.alive": bundle or steerable()})


def test_the_picture_follows_a_video(player: Path) -> None:
    script = """
    await element.lead(streamed());
    await until(() => heard.some(({ state }) => state === "leading"));
    place = [0.08, 0];
    await sleep(2);
    const right = square(element);
    place = [0, -0.06];
    await sleep(2);
    const up = square(element);
    const frames = await framesOf(element, 1);
    element.leadAway();
    await sleep(3);
    const home = square(element);
    await element.lead(streamed(), { mirrored: true });
    place = [0, 0];
    heard.length = 0;
    await until(() => heard.some(({ state }) => state === "leading"));
    place = [0.08, 0];
    await sleep(2);
    const mirrored = square(element);
    await report({ right, up, home, mirrored, offset: frames[0].offset, messages });
    """
    result = led(script, player)
    assert result["right"][0] == pytest.approx(0.08 * 120, abs=3)
    assert abs(result["right"][1]) < 2
    assert result["up"][1] == pytest.approx(-0.06 * 120, abs=3)
    assert abs(result["up"][0]) < 2
    assert np.abs(result["home"]).max() < 1
    assert result["mirrored"][0] == pytest.approx(-0.08 * 120, abs=3)
    assert len(result["offset"]) == 3
    assert result["messages"] == []


def test_a_lead_that_ends_leaves_the_scene_alive(player: Path) -> None:
    script = """
    const began = async (options) => {
      heard.length = 0;
      const stream = streamed();
      await element.lead(stream, options);
      return stream;
    };
    const lives = async () => (await framesOf(element, 3)).length;
    const ends = [];
    const stream = await began();
    await until(() => heard.some(({ state }) => state === "choosing"));
    stream.getVideoTracks()[0].dispatchEvent(new Event("ended"));
    ends.push([heard.at(-1), await lives()]);
    await began();
    await began();
    ends.push([heard.filter(({ state }) => state === "ended").length, await lives()]);
    const racing = element.lead(streamed()).then(() => "began", ({ message }) => message);
    element.leadAway();
    ends.push([await racing, await lives()]);
    await began();
    // A scene that is held looks at no pictures.
    element.pause();
    await sleep(0.3);
    let read = 0;
    const get = CanvasRenderingContext2D.prototype.getImageData;
    CanvasRenderingContext2D.prototype.getImageData = function (...rest) { read++; return get.apply(this, rest); };
    await sleep(0.5);
    const held = read;
    element.play();
    await until(() => read);
    ends.push([held, read > 0]);
    element.remove();
    await sleep(0.2);
    ends.push([heard.at(-1).state, 0]);
    await report({ ends, messages });
    """
    result = led(script, player)
    ended = {"state": "ended", "message": "The lead has ended; the scene lives on."}
    assert result["ends"][0] == [ended, 3]
    assert result["ends"][1] == [1, 3]
    assert result["ends"][2] == ["Another lead was chosen, or none, before this one began.", 3]
    assert result["ends"][3] == [0, True]
    assert result["ends"][4] == ["ended", 0]
    assert result["messages"] == []


def test_what_can_not_lead_is_refused(player: Path) -> None:
    script = """
    const said = [];
    const refuse = (source, options) => element.lead(source, options).then(
      () => said.push("began"),
      ({ name, message }) => said.push(`${name}: ${message}`),
    );
    await refuse({});
    await refuse(null);
    await refuse(streamed(), { like: "toString" });
    await refuse(streamed(), { region: [0, 0, 2, 1] });
    await refuse(new MediaStream());
    const broken = document.createElement("video");
    broken.src = "/nothing.webm";
    await refuse(broken);
    const early = document.createElement("alive-scene");
    await early.lead(streamed()).catch(({ message }) => said.push(message));
    await report({ said, frames: (await framesOf(element, 2)).length });
    """
    # The page's policy lets no video come, which is an error of the video as well.
    report = answer_with_violations(script, player)
    assert report["said"] == [
        "PlayerError: A lead is a video element or a stream.",
        "PlayerError: A lead is a video element or a stream.",
        "PlayerError: A lead is relative or absolute, not 'toString'.",
        "PlayerError: The region of a lead lies within its picture: "
        "x,y,width,height in shares of that, as 0.25,0,0.5,1.",
        "PlayerError: This stream has no pictures that come.",
        "PlayerError: This video shows no pictures.",
        "The scene is not ready yet; wait for the event ready.",
    ]
    assert report["frames"] == 2


def answer_with_violations(script: str, player: Path) -> Any:
    """As `led`, where the page asks for something that its policy forbids."""
    from tests.web.browsers import ask
    from tests.web.scripts import ELEMENT

    before = f"""
    await import("/alive-scene.js");
    {VIDEO}
    const element = scene({{ src: "/a.alive", workers: "1", engine: "cpu" }});
    await happened(element, "ready");
    """
    report = ask(ELEMENT + before + script, [player], {"a.alive": steerable()}, seconds=120)
    assert "crash" not in report["result"], report["result"]
    return report["result"]


def test_a_scene_without_modes_is_not_led(player: Path) -> None:
    script = """
    const said = await element.lead(streamed()).then(() => "", ({ message }) => message);
    await report({ said });
    """
    result = led(script, player, (VALID / "plain.alive").read_bytes())
    assert "doesn't say how its picture moves" in result["said"]


@pytest.fixture
def draggable(player: Path, tmp_path: Path) -> Bundle:
    (tmp_path / "a.alive").write_bytes(steerable())
    return read_bundle(tmp_path / "a.alive")


def test_a_press_lets_a_camera_lead(draggable: Bundle) -> None:
    """It leads mirrored, is let go when the lead ends, and the page says so; a refusal is one sentence."""
    script = f"""
    {VIDEO}
    const wishes = [];
    let refuse = null;
    const devices = {{
      getUserMedia: async (wish) => {{
        wishes.push(wish);
        if (refuse) throw new DOMException("no", refuse);
        return streamed();
      }},
    }};
    Object.defineProperty(navigator, "mediaDevices", {{ configurable: true, get: () => devices }});
    const heard = states(element);
    await happened(element, "frame");
    const button = find("[data-key=c]");
    const results = {{ before: [wishes.length, button.hidden, button.ariaPressed], refused: [] }};
    for (const reason of ["NotAllowedError", "NotFoundError", "NotReadableError"]) {{
      refuse = reason;
      button.click();
      await sleep(0.1);
      results.refused.push([said(), button.ariaPressed]);
    }}
    refuse = null;
    press("c");
    await until(() => heard.some(({{ state }}) => state === "leading"));
    results.leading = [said(), button.ariaPressed, JSON.stringify(wishes.at(-1))];
    place = [0.08, 0];
    await sleep(2);
    results.square = square(element);
    press("c");
    await sleep(0.3);
    results.after = [said(), button.ariaPressed];
    button.click();
    await until(() => heard.at(-1).state === "choosing");
    results.again = button.ariaPressed;
    Object.defineProperty(navigator, "mediaDevices", {{ configurable: true, get: () => undefined }});
    press("c");
    press("c");
    await sleep(0.1);
    results.insecure = said();
    report(results);
    """
    result = on_page(script, draggable)
    assert result["before"] == [0, False, "false"]
    assert [sentence for sentence, _ in result["refused"]] == [
        "The camera was refused; allow it for this page, and press the button again.",
        "There is no camera here.",
        "The camera can't be used; another program may have it.",
    ]
    assert {pressed for _, pressed in result["refused"]} == {"false"}
    sentence, pressed, wish = result["leading"]
    assert (sentence, pressed) == ("The camera leads the scene; nothing is recorded or sent.", "true")
    assert '"audio":false' in wish
    assert result["square"][0] == pytest.approx(-0.08 * 120, abs=3)
    assert result["after"] == ["The lead has ended; the scene lives on.", "false"]
    assert result["again"] == "true"
    assert "only to pages that come over https" in result["insecure"]
