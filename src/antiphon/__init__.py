"""Antiphon: a self-hosted platform for voice agents that answer real calls."""
