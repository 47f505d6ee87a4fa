"""Everything that is known of a painting before a scene's motion is carried over to it."""
