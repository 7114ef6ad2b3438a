"""Brains: what decides what to say next. The dialogue brain needs no network; the chain falls back to it."""
