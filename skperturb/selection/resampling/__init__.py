"""Resampling: which rows are looked at, and what other rows would have said."""
