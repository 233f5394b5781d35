"""Pooling: from the states of a layer to one vector per row, for arrays and tensors alike."""


def global_average(maps):
    """Average feature maps `(n, channels, height, width)` over their places."""
    return maps.mean((2, 3))


def mean_over_mask(states, mask):
    """Average states `(n, steps, d)` over the steps where `mask`, `(n, steps)`, is 1."""
    weights = mask[..., None]
    return (states * weights).sum(1) / weights.sum(1)


def last_of_mask(states, mask):
    """Return the state of the last step where `mask` is 1, whichever side is padded."""
    last = mask.shape[1] - 1 - mask[:, list(range(mask.shape[1]))[::-1]].argmax(1)
    return states[list(range(len(states))), last]


def pool_states(states, mask, how):
    """
    Return one vector per row, and in words how it came about.

    Parameters
    ----------
    states : ndarray or tensor of shape (n, d), (n, steps, d) or (n, channels, height, width)
        The states of one layer. Vectors are what they are, and maps are averaged.
    mask : ndarray or tensor of shape (n, steps), of the dtype of `states`
        1 where a step is one of the row, 0 where it is padding.
    how : "mean", "cls" or "last"
        For states of several steps.

    Returns
    -------
    features : ndarray or tensor of shape (n, d)
    used : str
        What stands in the manifest.
    """
    if states.ndim == 2:
        return states, "vector as the model gives it"
    if states.ndim == 4:
        _check_can_average(how)
        return global_average(states), "global average"
    if states.ndim != 3:
        msg = f"A layer must give arrays of 2 to 4 dimensions, got shape {tuple(states.shape)}."
        raise ValueError(msg)
    if how == "cls":
        return states[:, 0], "first token"
    if how == "last":
        return last_of_mask(states, mask), "last token"
    return mean_over_mask(states, mask), "mean over the attention mask"


def _check_can_average(how):
    if how != "mean":
        msg = f'Feature maps have no tokens: `pooling` must be "auto" or "mean", got {how!r}.'
        raise ValueError(msg)


def is_causal(states_of, token_ids):
    """
    Whether tokens see those before them and none behind, as in a decoder.

    Found out by changing the first token, and the last: the configuration does not tell,
    because the same architecture is trained either way.

    Parameters
    ----------
    states_of : callable
        From a list of token ids to states of shape (n_tokens, d).
    token_ids : list of int
        At least three, all different.
    """
    first, *middle, last = token_ids
    states = states_of(token_ids)
    sees_behind = _differ(states[:-1], states_of([first, *middle, middle[0]])[:-1])
    sees_before = _differ(states[-1], states_of([middle[0], *middle, last])[-1])
    return sees_before and not sees_behind


def _differ(states, others):
    return bool(abs(states - others).max() > 1e-6 * abs(states).max())
