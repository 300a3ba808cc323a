"""Cube: what is rendered for it. Pure: no resource is made here."""
