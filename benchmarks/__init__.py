"""How fast and how lean the library is: `python -m benchmarks`. Not part of the package."""
