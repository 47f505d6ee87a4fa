"""`alive mood`: teach a scene a mood, from examples in its clip or from words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alive_cli.commands.name import check_form, in_seconds
from alive_cli.console import data, progress_bar, say
from alive_cli.errors import InputError
from alive_cli.shells import command_line

if TYPE_CHECKING:
    import numpy as np

    from alive_cli.runtime.scene import Scene
    from bundle_spec.manifest import Source

DRAWN_SIDE = 320
"""Words are compared with pictures whose longest side has so many pixels, a little more than CLIP sees."""
TRIED_SECONDS = 60
"""A new mood is tried for so many seconds of a life, which takes about a second."""
SHOWN_RUNS = 6
"""The list shows at most so many places of the clip for each mood."""
NO_BEHAVIOR = "This scene's behavior takes no moods; fit the clip with --recipe living."
"""People read this where frames can't be favoured."""
NO_MOODS_OF_PHOTOGRAPHS = "A photograph that flows has no moods; change its temperature or speed."
"""People read this of scenes that were made from one photograph."""


def mood(
    bundle: Annotated[Path, typer.Argument(help="An exported .alive bundle.", show_default=False)],
    name: Annotated[str | None, typer.Argument(help="Name of the mood, as calm.", show_default=False)] = None,
    like: Annotated[
        list[str] | None,
        typer.Option(
            "--like",
            metavar="SECONDS",
            help="Seconds (3.0-5.5, 4) or frames (90f-165f) that are examples of the mood; may be repeated.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="What the mood looks like, in words; needs CLIP.", show_default=False),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="With --text: what its opposite looks like.", show_default=False),
    ] = None,
    clip_model: Annotated[str, typer.Option(help="Name of an open_clip model, for --text.")] = "ViT-B-32",
    clip_weights: Annotated[
        str | None, typer.Option(metavar="TAG_OR_FILE", help="Tag of open_clip weights, or a local checkpoint.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="NAME", help="Remove a mood.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a mood that exists already.")] = False,
) -> None:
    """Teach a scene a mood, or list its moods; alive play --mood NAME then puts it in one."""
    from alive_cli.files.bundles import is_photograph, named_errors, open_bundle
    from alive_cli.files.outputs import check_output
    from alive_cli.media.alpha import NEUTRAL
    from alive_cli.runtime.mood_making import graded, likeness
    from alive_cli.runtime.moods import unknown_mood
    from alive_cli.runtime.scene import Scene
    from alive_cli.runtime.seconds import read_range
    from bundle_spec.container import write_bundle
    from bundle_spec.features.moods import can_have_moods, with_moods
    from bundle_spec.limits import MAX_MOODS

    _check_options(name, like, text, against)
    opened = open_bundle(bundle, exported=True)
    with named_errors(bundle):
        scene = Scene(opened, device="cpu", net="fine").on(NEUTRAL)
    source, known = opened.manifest.source, scene.moods
    if name is None and not remove:
        for each, much in known.items():
            data().print(f"{each:<32} {places(source, much)}", markup=False, highlight=False)
        if not known and is_photograph(opened):
            say(NO_MOODS_OF_PHOTOGRAPHS)
        elif not known:
            say(f"{bundle.name} has no moods yet; give it some as in alive mood {bundle.name} calm --like 3.0-5.5.")
        return
    for each in remove or []:
        if each not in known:
            raise InputError(unknown_mood(each, known))
        del known[each]
    if name is not None:
        if not can_have_moods(opened.manifest.behavior, scene.declared_controls):
            raise InputError(NO_MOODS_OF_PHOTOGRAPHS if is_photograph(opened) else NO_BEHAVIOR)
        if name in known and not force:
            raise InputError(f"{bundle.name} has the mood {name} already; use --force to replace it.")
        if len(known) + (name not in known) > MAX_MOODS:
            raise InputError(f"A scene has at most {MAX_MOODS} moods; these would be {len(known) + 1}.")
        if like:
            ranges = [read_range(source, len(scene.embeddings), each) for each in like]
            known[name] = graded(likeness(scene.embeddings, ranges))
        else:
            known[name] = graded(_likeness_to_words(scene, text or "", against, clip_model, clip_weights))
    check_output(bundle, force=True)
    written = with_moods(opened, known)
    write_bundle(bundle, written.manifest, written.parts)
    if name is not None:
        _say_how_it_lives(Scene(written, device="cpu", net="fine"), name, bundle)
    typer.echo(bundle)


def _check_options(name: str | None, like: list[str] | None, text: str | None, against: str | None) -> None:
    """Refuse options that don't go together, before anything is read."""
    if against is not None and text is None:
        raise InputError("--against goes with --text; say in words what the mood looks like as well.")
    if name is None:
        if like or text is not None:
            raise InputError("The mood has no name; write it as in alive mood BUNDLE calm --like 3.0-5.5.")
        return
    check_form(name, "a mood")
    if like and text is not None:
        raise InputError("Give --like or --text, not both.")
    if not like and not (text or "").strip():
        raise InputError(f"Say what {name} is like: --like 3.0-5.5 gives an example, --text describes it in words.")


def places(source: "Source", much: "np.ndarray") -> str:
    """Where in the clip a mood, float32 [N], is strong, the longest such places first."""
    from alive_cli.runtime.mood_making import runs

    strong = sorted(runs(much >= 0.5), key=lambda run: run[0] - run[1])
    shown = [in_seconds(source, run) for run in sorted(strong[:SHOWN_RUNS])]
    return ", ".join(shown + ["…"] * (len(strong) > SHOWN_RUNS))


def _likeness_to_words(scene: "Scene", text: str, against: str | None, model: str, weights: str | None) -> "np.ndarray":
    """How like each observed frame is to words, [N]: the cosine of their CLIP embeddings, less that of other words.

    The scene's own pictures of the frames are compared, because the bank holds at most a part of what CLIP said of
    them, and nothing if the scene was fitted without CLIP or with another model.

    Raises:
        WeightsError: CLIP can't be had.
    """
    import numpy as np

    from alive_cli.encoders.clip import ClipEncoder, UnreachableWeightsError, find_weights
    from alive_cli.errors import WeightsError

    try:
        path, tag = find_weights(model, weights)
    except UnreachableWeightsError:
        raise WeightsError(
            "Words need CLIP's weights, which are not on this machine and can't be downloaded now; give a local "
            "checkpoint with --clip-weights FILE, or examples with --like."
        ) from None
    encoder = ClipEncoder.load(model, path, tag=tag, device="cpu")
    words = encoder.encode_words([text] if against is None else [text, against])
    embedded: list[np.ndarray] = []
    with progress_bar() as progress:
        for picture in scene.draw_all(scene.embeddings, scene.size_up_to(DRAWN_SIDE)):
            embedded.append(encoder.encode(picture[None])[0])
            progress("Comparing frames with the words", len(embedded), len(scene.embeddings))
    cosines = np.stack(embedded) @ words.T
    return np.asarray(cosines[:, 0] if against is None else cosines[:, 0] - cosines[:, 1])


def _say_how_it_lives(scene: "Scene", name: str, bundle: Path) -> None:
    """Say how much of a life in the new mood has it, and how to see one."""
    import numpy as np

    life = scene.life(moods={name: 1.0})
    nodes = []
    for _ in range(round(TRIED_SECONDS * scene.fps)):
        life.advance()
        nodes.append(life.node)
    share = float((scene.moods[name][np.array(nodes)] >= 0.5).mean())
    hint = "; a scene of an older version may do better after alive export" if share < 0.5 else ""
    play = command_line(["alive", "play", str(bundle), "--mood", name])
    say(f"With --mood {name}, {100 * share:.0f} % of its time is like that{hint}.")
    say(f"Next: {play}")
