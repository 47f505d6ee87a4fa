"""Views: they show the pictures of a scene, or write them into files."""
