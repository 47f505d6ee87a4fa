"""A photograph and hints of where it flows: from them to a steady flow, and to the pictures that are displaced."""
