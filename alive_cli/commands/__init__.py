"""Commands. Each has one file, which parses the options, calls one function and prints the result."""
