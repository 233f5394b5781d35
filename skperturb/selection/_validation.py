"""Validation: what a selector is given, checked before any work."""
