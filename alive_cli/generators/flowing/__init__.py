"""The generator of recipe `flowing`: three displaced copies of a photograph, mixed."""

from alive_cli.generators.flowing.generator import FlowingGenerator as FlowingGenerator
