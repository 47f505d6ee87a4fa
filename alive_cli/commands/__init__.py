"""One file a command: each parses its options, calls down, and prints."""
