"""Another video leads: its pictures are registered in the space of the scene's motion modes."""
