"""What all models of transformers have in common: the Auto classes, and the tower of a modality."""

import inspect
from contextlib import contextmanager

from skperturb.extraction._frameworks import import_framework
from skperturb.extraction.adapters._torch import TorchAdapter

# What holds the encoder of one modality in a model of several.
_TOWERS = {
    "image": ("vision_model", "vision_tower", "visual"),
    "text": ("text_model", "language_model"),
    "audio": ("audio_model", "audio_tower"),
}
_INPUTS = {
    "image": ("pixel_values",),
    "text": ("input_ids",),
    "audio": ("input_values", "input_features"),
}


class TransformersAdapter(TorchAdapter):
    """A model of transformers by name or folder; its encoder of one modality."""

    packages = ("torch", "transformers")

    def _load_model(self):
        library = import_framework("transformers", f"{self.target!r}")
        with quiet(library):
            model, info = library.AutoModel.from_pretrained(
                self.target,
                dtype=self.dtype,
                output_loading_info=True,
                trust_remote_code=self.settings.trust_remote_code,
            )
        tower = find_tower(model, self._input_modality())
        self._check_takes(tower, model)
        self._note_untrained(tower, model, info["missing_keys"])
        self._accepted = set(inspect.signature(tower.forward).parameters)
        return tower

    def _input_modality(self):
        """Return what goes into the model; words are texts."""
        return "text" if self.modality == "words" else self.modality

    def _load_auto(self, kind, **options):
        """Load a tokenizer or processor by the Auto class of that kind."""
        library = import_framework("transformers", f"{self.target!r}")
        with quiet(library):
            return getattr(library, kind).from_pretrained(
                self.target, trust_remote_code=self.settings.trust_remote_code, **options
            )

    def _check_takes(self, tower, model):
        takes = getattr(tower, "main_input_name", model.main_input_name)
        modality = self._input_modality()
        if takes not in _INPUTS[modality]:
            msg = (
                f"{type(model).__name__} of {self.target!r} takes {takes}, and the rows are "
                f"{modality}: leave it out, or give it other rows."
            )
            raise ValueError(msg)

    def _note_untrained(self, tower, model, missing):
        """Note the weights that the checkpoint does not hold, other than those of a pooler."""
        own = {id(each) for each in tower.parameters()}
        used = {name for name, each in model.named_parameters() if id(each) in own}
        absent = sorted(name for name in used & set(missing) if "pooler" not in name)
        if absent:
            self.notes.append(
                f"{len(absent)} weights are not in the checkpoint and are random, "
                f"such as {absent[0]}"
            )

    def _run(self, inputs):
        """Return the output of the model, with all its layers where they are asked for."""
        accepted = {name: each for name, each in inputs.items() if name in self._accepted}
        if "use_cache" in self._accepted:
            accepted["use_cache"] = False
        all_layers = self.settings.layers != "last"
        return self.model(**accepted, output_hidden_states=all_layers, return_dict=True)

    def _layer_states(self, output):
        """Return the states of all layers; the last one as it leaves the model, normalised."""
        last = output.last_hidden_state
        if self.settings.layers == "last":
            return [last]
        hidden = getattr(output, "hidden_states", None)
        if hidden is None:
            msg = f'{type(self.model).__name__} shows no hidden states; leave `layers` at "last".'
            raise ValueError(msg)
        return [*hidden[:-1], last]


def find_tower(model, modality):
    """Return the part of a model that encodes one modality: a tower, the encoder, or all of it."""
    for name in _TOWERS[modality]:
        if hasattr(model, name):
            return getattr(model, name)
    return model.get_encoder() if model.config.is_encoder_decoder else model


@contextmanager
def quiet(library):
    """Keep the progress bars and load reports of transformers off stderr, then as it was."""
    logging = library.utils.logging
    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
