"""Audio: from a path or an array to one channel of sound at a model's sampling rate."""

import io
from math import gcd

import numpy as np
from scipy.signal import resample_poly

from skperturb.extraction._frameworks import import_framework

AUDIO_SUFFIXES = (".aif", ".aiff", ".flac", ".mp3", ".ogg", ".wav")


def open_audio(source):
    """
    Return a recording as `(waveform, sampling_rate)`.

    Parameters
    ----------
    source : path-like, ndarray, (ndarray, rate) or dict with "array" and "sampling_rate"
        A bare array has no rate: None, which stands for the one that the model wants.
    """
    if isinstance(source, dict):
        waveform, rate = source["array"], source["sampling_rate"]
    elif isinstance(source, tuple):
        waveform, rate = source
    elif isinstance(source, np.ndarray):
        waveform, rate = source, None
    else:
        waveform, rate = _read(source)
    return mix_channels(np.asarray(waveform, dtype=np.float32)), rate


def mix_channels(waveform):
    """Average the channels of a recording of shape (n,), (n, channels) or (channels, n)."""
    if waveform.ndim == 1:
        return waveform
    return waveform.mean(axis=int(np.argmin(waveform.shape)))


def resample(waveform, rate, wanted):
    """Return a waveform at the sampling rate that is wanted."""
    if rate is None or rate == wanted:
        return waveform
    common = gcd(int(rate), int(wanted))
    return resample_poly(waveform, int(wanted) // common, int(rate) // common).astype(np.float32)


def check_audio(content):
    """Raise where a recording, given as the bytes of its file, cannot be decoded or is empty."""
    waveform, _ = _read(io.BytesIO(content))
    if not len(waveform):
        msg = "it holds no sound"
        raise ValueError(msg)


def _read(source):
    return import_framework("soundfile", "A recording").read(source, dtype="float32")
