"""What every recipe's training shares: the trainer, checkpoints, devices, interruption, the film."""
