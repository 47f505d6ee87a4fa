"""From a clip to a bundle: the pipeline, its options, fits of many clips, and the table of recipes."""
