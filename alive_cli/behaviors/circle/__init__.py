"""The behavior of recipe `flowing`: around a circle, with copies that begin anew farther up or down the stream."""

from alive_cli.behaviors.circle.behavior import CircleBehavior as CircleBehavior
