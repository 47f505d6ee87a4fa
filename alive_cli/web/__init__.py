"""A scene in a web page: the player of `player/`, built into `dist/`, and the folders that are put on a host."""
