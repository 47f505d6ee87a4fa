"""From a photograph and its flow to a bundle."""

from pathlib import Path

from alive_cli.behaviors.circle.behavior import CircleBehavior
from alive_cli.errors import InputError
from alive_cli.export.exporter import export_bundle
from alive_cli.files.bundles import PHOTOGRAPH
from alive_cli.files.outputs import check_output
from alive_cli.fitting.depth import check_depth, find_depth
from alive_cli.fitting.options import FitOptions
from alive_cli.fitting.pipeline import Fit
from alive_cli.generators.flowing.generator import REACH, FlowingGenerator
from alive_cli.media.pictures import shrunk, shrunk_size
from alive_cli.media.sources import PICTURES, clip_name, fingerprint
from alive_cli.observation.photograph.photograph import FlowSource, prepare_photograph
from alive_cli.progress import Listener, Stopwatch
from alive_cli.training.copies import COPIES, DIMENSION
from alive_cli.version import __version__
from bundle_spec.container import BANK_NAME, POSTER_NAME, WEIGHTS_NAME, Bundle, pack_picture, pack_tensors, write_bundle
from bundle_spec.features.depth import DEPTH
from bundle_spec.limits import MAX_KEYFRAME_SIDE
from bundle_spec.manifest import Defaults, EncoderInfo, Manifest, Recipe, Source, Tool

FPS = 30.0
"""A photograph that flows has so many frames a second."""
NOTE = "One photograph."
"""The manifest says with this sentence what was observed."""
POSTER_SIDE = 384
"""The longest side of the poster has at most so many pixels."""
SOURCES = ("hints", "flow_of", "flow_model")
"""One of these options says how a photograph flows."""
USED_OPTIONS = frozenset(
    {
        *(*SOURCES, "depth", "depth_model", "clips", "output", "region", "mask"),
        *("size", "seed", "export", "json_progress", "force", "device"),
    }
)
"""These options of `alive fit` mean something for a photograph."""
NAMES = {"base": "continue"}
"""Users know these options by other names."""


def bundle_of(photographs: list[Path], output: Path | None, chosen: frozenset[str], *, force: bool) -> Path:
    """The bundle to write for one photograph.

    Args:
        photographs: what the user named.
        output: the bundle that the user named; None for the photograph's name.
        chosen: the options that the user chose.

    Raises:
        InputError: there is not one photograph, an option means nothing for it, or the bundle can't be written.
    """
    sources = [f"--{name.replace('_', '-')}" for name in SOURCES if name in chosen]
    if len(sources) > 1:
        raise InputError(f"{' and '.join(sources)} each say how the photograph flows; give one of them.")
    used = USED_OPTIONS if sources else USED_OPTIONS - {"region", "mask"}
    others = [f"--{NAMES.get(name, name).replace('_', '-')}" for name in sorted(chosen - used)]
    if others:
        raise InputError(f"A photograph has no use for {', '.join(others)}; leave it out.")
    if len(photographs) != 1:
        raise InputError(
            f"{sources[0]} belongs to one photograph; name it, as in: alive fit photo.jpg {sources[0]} FILE."
        )
    path = photographs[0]
    if path.is_dir():
        raise InputError(f"{path} is a folder; name one photograph.")
    if path.is_file() and path.suffix.lower() not in PICTURES:
        raise InputError(f"{path.name} is no photograph, so it can't flow; name a picture, or leave out {sources[0]}.")
    output = output or Path(f"{clip_name(path)}.alive")
    check_output(output, force=force, suffixes=(".alive",))
    return output


def fit_photograph(path: Path, flow: FlowSource | None, output: Path, options: FitOptions, listener: Listener) -> Fit:
    """Let a photograph flow, and write the bundle `output`.

    Args:
        flow: what says how it flows; None if nothing flows.

    Raises:
        InputError: the photograph, its flow or its depth can't be used.
    """
    check_depth(options)
    watch = Stopwatch(listener.progress, None)
    sampling = options.sampling()
    longest = min(sampling.size, MAX_KEYFRAME_SIDE)
    photograph = prepare_photograph(path, flow, longest, sampling.height, REACH, watch)
    rows, columns = photograph.trajectories.modes.shape[1:3]
    depth = find_depth(photograph.picture[None], (columns, rows), options)
    life = photograph.trajectories.life
    frames = round(life * FPS / COPIES)
    if photograph.unhinted:
        listener.warn(
            f"{photograph.unhinted} of the parts that flow {'has' if photograph.unhinted == 1 else 'have'} no hint; "
            "there it flows as the nearest part does."
        )
    if flow is not None:
        listener.say(f"A period takes {frames / FPS:.2f} s; novelty 0 repeats it exactly.")
    generator, behavior = FlowingGenerator(), CircleBehavior()
    drawing, circle = generator.of_photograph(photograph), behavior.around(frames, options.seed)
    width, height = photograph.size
    digest, size = fingerprint(path)
    title = clip_name(path)
    manifest = Manifest(
        written_by=Tool(name="alive-scene", version=__version__),
        title=title,
        source=Source(name=path.name, sha256=digest, bytes=size, width=width, height=height, fps=FPS, frames=frames),
        encoder=EncoderInfo(
            id="phase",
            dimension=DIMENSION,
            note=NOTE if flow is None else f"{NOTE[:-1]} that flows.",
        ),
        recipe=Recipe(name=PHOTOGRAPH, settings={**drawing.settings, **circle.settings, "seed": options.seed}),
        defaults=Defaults(width=width, height=height, seed=options.seed),
        figures={**drawing.figures, "period": round(frames / FPS, 3)},
    )
    poster = shrunk(photograph.picture, shrunk_size(photograph.size, POSTER_SIDE))
    parts = {
        BANK_NAME: pack_tensors(circle.bank | drawing.bank | ({} if depth is None else {DEPTH: depth})),
        WEIGHTS_NAME: pack_tensors(drawing.weights),
        POSTER_NAME: pack_picture(poster),
        **drawing.parts,
    }
    bundle = Bundle(manifest, parts)
    if options.export:
        bundle, _ = export_bundle(bundle, generator, behavior, watch)
    write_bundle(output, bundle.manifest, bundle.parts)
    return Fit(bundle, output.stat().st_size, watch.seconds())
