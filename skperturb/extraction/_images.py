"""Images: from a path or an array to an RGB picture, and whether a file is whole."""

import io
from pathlib import Path

import numpy as np

from skperturb.extraction._frameworks import import_framework

# What Pillow, torchvision's ImageFolder and `datasets` take for a picture.
IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def open_image(source):
    """
    Return an RGB image of Pillow, upright.

    Parameters
    ----------
    source : path-like, PIL.Image.Image or ndarray of shape (height, width[, channels])
        Arrays hold 0 to 255.
    """
    pillow = import_framework("PIL.Image", "An image")
    orientation = import_framework("PIL.ImageOps", "An image")
    if isinstance(source, np.ndarray):
        return pillow.fromarray(_check_bytes(source)).convert("RGB")
    if isinstance(source, str | Path):
        with pillow.open(source) as image:
            return as_rgb(orientation.exif_transpose(image))
    return as_rgb(source)


def as_rgb(image):
    """Return an image as RGB, whatever its mode."""
    if image.mode.startswith("I"):  # 16 bits; `convert` would cut at 255 and leave white
        deep = np.asarray(image).astype(np.float64)
        shades = (deep / (257 if deep.max(initial=0) > 255 else 1)).astype(np.uint8)
        image = import_framework("PIL.Image", "An image").fromarray(shades)
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")  # the way that Pillow asks for
    return image.convert("RGB")


def check_image(content):
    """Raise where a picture, given as the bytes of its file, cannot be decoded to its end."""
    with import_framework("PIL.Image", "An image").open(io.BytesIO(content)) as image:
        # A JPEG is decoded at an eighth of its size: enough to find a file that is cut off.
        image.draft("RGB", (image.width // 8, image.height // 8))
        image.load()


def _check_bytes(pixels):
    if pixels.dtype != np.uint8:
        msg = (
            f"An image given as an array must hold uint8, 0 to 255, got {pixels.dtype}; "
            "scale it, or give its file."
        )
        raise TypeError(msg)
    return pixels
