"""Local pages on which a person marks pictures: what flows, which way, what lives (extra `serve`)."""
