"""The nine tools, one file a noun."""
