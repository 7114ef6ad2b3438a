"""What a call needs of the world: one Protocol and its frozen messages per file."""
