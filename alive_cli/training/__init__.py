"""The parts of training that all recipes share: trainer, checkpoint, device, film."""
