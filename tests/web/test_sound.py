"""What a scene in a page hears: the same beats as in Python, what they drive, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alive_cli.errors import InputError
from alive_cli.runtime.hearing import Hearing
from alive_cli.runtime.mappings import read_mappings
from bundle_spec import conformance as conformance_package
from bundle_spec.container import read_bundle
from tests.drums import RATE, clicks, drums
from tests.web.modules import run_module
from tests.web.scripts import answer
from tests.web.steerable import steerable
from tests.web.test_panel import on_page

VALID = Path(conformance_package.__file__).parent / "valid"
MOODY = (VALID / "moods.alive").read_bytes()
AT_ONCE = "--autoplay-policy=no-user-gesture-required"
"""With this option Chromium plays sound in a page that nobody has clicked."""
FAKE_MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""With these options Chromium has a microphone that beeps once a second, and people allow it."""
REFUSED_MICROPHONE = ("--use-fake-device-for-media-stream", "--deny-permission-prompts")

SOUND = """
const { AliveScene } = await import("/alive-scene.js");
const place = async (attributes) => {
  const element = scene({ src: "/scene.alive", workers: "1", engine: "cpu", ...attributes });
  await happened(element, "ready");
  return element;
};
// A sound that somebody makes in this page: silence at first, and clicks of noise.
const instrument = () => {
  const context = new AudioContext();
  const target = new MediaStreamAudioDestinationNode(context);
  const gain = new GainNode(context, { gain: 0 });
  const noise = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate });
  noise.copyToChannel(Float32Array.from({ length: noise.length }, () => Math.random() - 0.5), 0);
  const source = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
  source.connect(gain).connect(target);
  source.start();
  const play = (loud, seconds = Infinity) => {
    const now = context.currentTime + 0.01;
    gain.gain.setValueAtTime(loud, now);
    if (seconds < Infinity) gain.gain.setValueAtTime(0, now + seconds);
    return performance.now() + 10;
  };
  return { stream: target.stream, play };
};
const refusalOf = (attempt) => attempt.then(() => "", ({ message }) => message);
"""


def heard(script: str, player: Path, bundle: bytes, *options: str) -> Any:
    return answer(SOUND + script, player, {"scene.alive": bundle}, AT_ONCE, *options)


@pytest.mark.parametrize("rate", [RATE, 44_100, 48_000])
def test_beats_and_loudness_equal_those_of_python(tmp_path: Path, rate: int) -> None:
    sound = np.concatenate([drums(3)[0], clicks(3)[0], 0.02 * drums(2)[0]])
    times = np.arange(round(len(sound) / RATE * rate)) / rate
    sound = np.round(np.interp(times, np.arange(len(sound)) / RATE, sound), 6)
    script = """
    import { Hearing } from "./src/sound/hearing.js";
    const [rate, samples] = question;
    const hearing = new Hearing(rate);
    const rows = [];
    for (let first = 0; first < samples.length; first += 1000) {
      hearing.hear(samples.slice(first, first + 1000));
      rows.push([hearing.beats, hearing.loud, hearing.strength, Math.min(hearing.since, 1e6)]);
    }
    return rows;
    """
    rows = run_module(script, [rate, sound.tolist()], tmp_path)
    hearing = Hearing(rate)
    for first, row in zip(range(0, len(sound), 1000), rows, strict=True):
        hearing.hear(sound[first : first + 1000])
        own = [hearing.beats, hearing.loud, hearing.strength, min(hearing.since, 1e6)]
        np.testing.assert_allclose(row, own, atol=1e-6)
    assert hearing.beats >= 8


def test_what_people_write(tmp_path: Path) -> None:
    """The same mappings, and the same sentences, as in Python."""
    script = """
    import { readMappings } from "./src/sound/mappings.js";
    return question.map((text) => {
      try { return readMappings(text).map(({ signal, target, strength }) => [signal, target, strength]); }
      catch ({ message }) { return message; }
    });
    """
    texts = ["", "loud=temperature:2 beat=nudge", "loud=a,beat=a", "loud", "loud=", "=nudge", "bass=nudge"]
    texts += ["loud=speed:fast", "loud=speed:", "loud=speed loud=speed:2", " ".join(f"loud=a{n}" for n in range(17))]
    for text, result in zip(texts, run_module(script, texts, tmp_path), strict=True):
        try:
            expected: Any = [[each.signal, each.target, each.strength] for each in read_mappings([text])]
        except InputError as error:
            expected = str(error)
        assert result == expected


def test_a_beat_nudges_the_picture_soon(player: Path) -> None:
    """From the onset to the first picture that has moved, ten times."""
    result = heard(
        """
        const element = await place({ on: "beat=nudge" });
        const { canvas } = inside(element);
        const pixels = () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const { stream, play } = instrument();
        await element.listen(stream);
        const delays = [];
        for (let beat = 0; beat < 10; beat++) {
          await sleep(2.5 + Math.random() * 0.1);
          const still = pixels();
          const onset = play(0.5, 0.03);
          do await new Promise(requestAnimationFrame); while (pixels().every((value, place) => value === still[place]));
          delays.push(performance.now() - onset);
        }
        await sleep(2);
        const { offset } = await happened(element, "frame");
        element.stopListening();
        report({ delays, rest: offset && Math.max(...offset.map(Math.abs)), listening: element.listening });
        """,
        player,
        steerable(),
    )
    assert np.median(result["delays"]) < 100, result
    assert not result["rest"]
    assert not result["listening"]


def test_loudness_drives_a_control_and_returns(player: Path) -> None:
    """Temperature is the clock of this scene: at 0 it stands still, and a sound makes it live."""
    result = heard(
        """
        const element = await place({ temperature: "0" });
        const { stream, play } = instrument();
        const moved = async (seconds) => {
          const frames = [];
          const end = performance.now() + 1000 * seconds;
          while (performance.now() < end) frames.push((await happened(element, "frame")).embedding.join());
          return new Set(frames).size;
        };
        const states = [];
        element.addEventListener("sound", ({ detail }) => states.push(detail.state));
        const still = await moved(1);
        await element.listen(stream);
        play(0.5);
        const loud = await moved(1.5);
        play(0);
        await sleep(3);
        const quiet = await moved(1);
        play(0.5);
        await sleep(0.5);
        element.setAttribute("on", "beat=pull");
        await sleep(1.5);
        const other = await moved(1);
        stream.getTracks()[0].stop();
        await sleep(0.2);
        report({ still, loud, quiet, other, states, own: element.temperature, listening: element.listening });
        """,
        player,
        MOODY,
    )
    assert result["still"] == 1
    assert result["loud"] > 5
    assert result["quiet"] <= 2
    assert result["other"] <= 2
    assert result["own"] == 0  # what the page chose stays
    assert result["states"] == ["on", "ended"]
    assert not result["listening"]


def test_loudness_puts_the_scene_in_a_mood(player: Path) -> None:
    result = heard(
        """
        const element = await place({ on: "loud=calm:0.8", mood: "constructor:0.5" });
        const put = [];
        const { player } = element;
        const own = player.putIn.bind(player);
        player.putIn = (strengths) => (put.push(Object.fromEntries(strengths)), own(strengths));
        const { stream, play } = instrument();
        await element.listen(stream);
        await sleep(0.5);
        const silent = put.length;
        play(0.5);
        await sleep(3);
        await happened(element, "frame");
        element.stopListening();
        report({ silent, put, own: Object.fromEntries(element.moods) });
        """,
        player,
        MOODY,
    )
    assert result["silent"] == 0
    assert 2 <= len(result["put"]) <= 5  # at most one a second
    strengths = [each["calm"] for each in result["put"]]
    assert strengths[-2] == pytest.approx(0.8)
    assert strengths[-1] == 0
    assert all(each["constructor"] == 0.5 for each in result["put"])
    assert result["own"] == {"calm": 0, "constructor": 0.5}  # what the page chose stays


def test_a_microphone_is_heard(player: Path) -> None:
    """The fake microphone of Chromium beeps once a second."""
    result = heard(
        """
        const element = await place({ on: "beat=nudge" });
        await element.listen("mic");
        let moved = null;
        while (!moved?.some(Boolean)) moved = (await happened(element, "frame")).offset;
        const listening = element.listening;
        element.remove();
        report({ listening, after: element.listening });
        """,
        player,
        steerable(),
        *FAKE_MICROPHONE,
    )
    assert result["listening"]
    assert not result["after"]


def test_what_can_not_be_heard_gets_one_sentence(player: Path) -> None:
    result = heard(
        """
        const early = scene({ src: "/scene.alive" });
        const first = await refusalOf(early.listen("mic"));
        early.remove();
        const element = await place({});
        const said = [first, await refusalOf(element.listen("mic")), await refusalOf(element.listen("drum"))];
        said.push(await refusalOf(element.listen(new MediaStream())));
        said.push(await refusalOf(element.listen(new Audio())));
        for (const mapping of ["loud=smile", "loud=temperature:999", "beat=nudge", "loud=calm:2", "bass=pull"]) {
          element.setAttribute("on", mapping);
          said.push(await refusalOf(element.listen(instrument().stream)));
        }
        element.setAttribute("on", "loud=pull");
        await element.listen(instrument().stream);
        const warning = happened(element, "warning");
        element.setAttribute("on", "loud=smile");
        said.push((await warning).message);
        await happened(element, "frame");
        report({ said, listening: element.listening });
        """,
        player,
        MOODY,
        *REFUSED_MICROPHONE,
    )
    expected = [
        "not ready yet",
        "The microphone was refused",
        'hears "mic", a MediaStream',
        "has no sound",
        "has no sound",
        "no 'smile' for a sound to drive; it has temperature",
        "needs a temperature from 0 to 100",
        "doesn't say how its picture moves",
        "The mood calm has the strength 2",
        "no signal 'bass'",
        "no 'smile'",
    ]
    for sentence, part in zip(result["said"], expected, strict=True):
        assert part in sentence
        assert sentence.endswith(".")
    assert result["listening"]


def test_a_page_without_a_click_says_so(player: Path) -> None:
    script = "const element = await place({}); report(await refusalOf(element.listen(instrument().stream)));"
    bundles = {"scene.alive": MOODY}
    policy = "--autoplay-policy=document-user-activation-required"
    assert "after a click or key" in answer(SOUND + script, player, bundles, policy)


def test_the_button_of_the_page_listens(player: Path, tmp_path: Path) -> None:
    (tmp_path / "moods.alive").write_bytes(MOODY)
    result = on_page(
        """
        await happened(element, "ready");
        await sleep(0.5);
        const button = document.querySelector("[data-key=l]");
        button.click();
        const { message } = await happened(element, "sound");
        const on = button.ariaPressed;
        button.click();
        await sleep(0.2);
        report({ message, on, off: button.ariaPressed, said: document.querySelector("#message").textContent });
        """,
        read_bundle(tmp_path / "moods.alive"),
        AT_ONCE,
        *FAKE_MICROPHONE,
        on="loud=temperature",
    )
    assert result == {
        "message": "The scene hears; nothing is recorded or sent.",
        "on": "true",
        "off": "false",
        "said": "listening is off",
    }
