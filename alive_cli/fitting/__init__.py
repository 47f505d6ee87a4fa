"""From a clip to a bundle: the pipeline, its options, many clips at once, and the table of recipes."""
