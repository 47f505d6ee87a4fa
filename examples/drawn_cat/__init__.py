"""The parts of the drawn cat: how fur is painted, the cat's parts, how they bend, and the room around it."""
