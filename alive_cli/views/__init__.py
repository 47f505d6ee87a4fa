"""Where frames go while a scene plays."""
