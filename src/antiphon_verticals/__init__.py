"""Trades: each a folder with an agent, tools, tables and seed."""
