"""The study: which metrics and perturbations order real networks as their transfer did.

python -m study ZOO_FOLDER [--out DIR] [--cache DIR] [--jobs N] [--docs docs] [--quick]
"""
