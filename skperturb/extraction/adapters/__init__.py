"""Adapters: one per framework and kind of row; each is imported when a model asks for it."""
