"""The study: which metrics and perturbations order real networks as their transfer did.

What it asks stands in PLAN.md, written before the figures.

python -m study IMAGES_FOLDER TEXT_FOLDER [--out DIR] [--cache DIR] [--jobs N] [--docs docs]
"""
