"""The conversation as pure values and machines: no clock, no randomness, no I/O."""
