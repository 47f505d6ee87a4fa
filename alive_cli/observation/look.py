"""A look at a clip before the training: what it is like, and what to change if it won't live well."""

import math
from dataclasses import dataclass

import numpy as np

MOST_TRIPLES = 60
"""Motion is measured at so many evenly spread frames, each against one before and one after, so that it takes a second."""
FLOW_SIDE = 256
"""Motion is measured on pictures of at most so many pixels a side, which shows everything that matters."""
THUMB_SIDE = 64
"""Frames are compared as thumbnails of about so many pixels on their longest side."""
MOST_COMPARED = 1000
"""All pairs of at most so many evenly spread frames are compared, because their number grows with the square."""
REACH_SECONDS = 4 / 30
"""Motion is measured over this time to either side: four frames at 30 a second."""
AWAY_SECONDS = 1.0
"""A frame that resembles another one counts as a return if they lie at least so far apart."""
LEAST_SIDE = 16
"""Smaller pictures, in pixels a side, get no flow, because it needs patches."""
