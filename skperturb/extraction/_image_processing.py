"""Image processing as a `preprocessor_config.json` of transformers describes it, with Pillow."""

import numpy as np


class ImageProcessor:
    """
    From an RGB image of Pillow to an array of shape (3, height, width).

    Parameters
    ----------
    config : dict
        ``do_resize``, ``size``, ``resample``, ``do_center_crop``, ``crop_size``,
        ``do_rescale``, ``rescale_factor``, ``do_normalize``, ``image_mean``, ``image_std``.
    """

    def __init__(self, config):
        self.config = config
        self._factor = (
            config.get("rescale_factor", 1 / 255) if config.get("do_rescale", True) else 1
        )
        has_mean = config.get("do_normalize", "image_mean" in config)
        self._mean = np.array(config["image_mean"] if has_mean else 0.0, dtype=np.float32)
        self._std = np.array(config["image_std"] if has_mean else 1.0, dtype=np.float32)

    def __call__(self, image):
        """Return the pixels as the model takes them."""
        config = self.config
        if config.get("do_resize", "size" in config):
            size = resized(config["size"], image.size)
            image = image.resize(size, resample=config.get("resample", 2))
        if config.get("do_center_crop", "crop_size" in config):
            image = crop_center(image, config["crop_size"])
        pixels = np.asarray(image, dtype=np.float32) * self._factor
        return ((pixels - self._mean) / self._std).astype(np.float32).transpose(2, 0, 1)


def resized(size, image_size):
    """Return width and height after resizing, from what the configuration says."""
    if isinstance(size, int):
        size = {"shortest_edge": size}
    if "height" in size:
        return size["width"], size["height"]
    width, height = image_size
    scale = size["shortest_edge"] / min(width, height)
    return max(1, int(width * scale)), max(1, int(height * scale))


def crop_center(image, size):
    """Cut a rectangle out of the middle; what lies outside of the image is black."""
    if isinstance(size, int):
        size = {"height": size, "width": size}
    top, left = (image.height - size["height"]) // 2, (image.width - size["width"]) // 2
    return image.crop((left, top, left + size["width"], top + size["height"]))
