"""Texts through transformers: the values of a plain loop, whatever the batches."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import (
    SMALL,
    TEXTS,
    WORDS,
    framework,
    save_bert,
    save_gpt2,
    save_text_model,
    tiny_torch,
)

transformers = framework("transformers")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves


def _one_by_one(encoder, tokenizer, pool, texts=TEXTS):
    """Return what a loop over single texts gives, where nothing is padded."""
    found = []
    with torch.inference_mode():
        for text in texts:
            tokens = tokenizer(text, truncation=True, return_tensors="pt")
            inputs = {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
            found.append(pool(encoder(**inputs).last_hidden_state[0]).numpy())
    return np.stack(found)


def _mean(states):
    return states.mean(0)


def _last(states):
    return states[-1]


def _first(states):
    return states[0]


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text") / "bert"
    return folder, *save_bert(folder)


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_an_encoder_means_over_its_tokens_without_padding(bert, batch_size):
    folder, model, tokenizer = bert
    found = FeatureExtractor(folder, batch_size=batch_size).transform(TEXTS)
    np.testing.assert_allclose(found, _one_by_one(model, tokenizer, _mean), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("pooling", "pool"), [("cls", _first), ("last", _last), ("mean", _mean)])
def test_pooling_by_choice(bert, pooling, pool):
    folder, model, tokenizer = bert
    found = FeatureExtractor(folder, pooling=pooling).transform(TEXTS)
    np.testing.assert_allclose(found, _one_by_one(model, tokenizer, pool), rtol=1e-5, atol=1e-5)


def test_a_decoder_gives_its_last_token_although_it_cannot_pad(tmp_path):
    model, tokenizer = save_gpt2(tmp_path / "gpt2")
    extractor = FeatureExtractor(tmp_path / "gpt2")
    found = extractor.transform(TEXTS)
    np.testing.assert_allclose(found, _one_by_one(model, tokenizer, _last), rtol=1e-5, atol=1e-5)
    assert extractor.pooling_ == {None: "last token"}


def test_a_llama_is_a_decoder(tmp_path):
    model, tokenizer = save_text_model(
        tmp_path / "llama", "LlamaModel", "LlamaConfig", vocab_size=len(WORDS), **SMALL
    )
    found = FeatureExtractor(tmp_path / "llama").transform(TEXTS)
    np.testing.assert_allclose(found, _one_by_one(model, tokenizer, _last), rtol=1e-5, atol=1e-5)


def test_an_encoder_decoder_goes_through_its_encoder(tmp_path):
    model, tokenizer = save_text_model(
        tmp_path / "t5", "T5Model", "T5Config",
        vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2,
    )  # fmt: skip
    found = FeatureExtractor(tmp_path / "t5").transform(TEXTS)
    expected = _one_by_one(model.get_encoder(), tokenizer, _mean)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def _two_towers(kind, folder):
    vision = {**SMALL, "image_size": 32, "patch_size": 8}
    text = {**SMALL, "vocab_size": len(WORDS), "max_position_embeddings": 16, "eos_token_id": 3}
    return save_text_model(
        folder, f"{kind}Model", f"{kind}Config", text_config=text, vision_config=vision
    )


def test_the_text_tower_of_clip_is_causal(tmp_path):
    model, tokenizer = _two_towers("CLIP", tmp_path / "clip")
    found = FeatureExtractor(tmp_path / "clip").transform(TEXTS)
    expected = _one_by_one(model.text_model, tokenizer, _last)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_tower_trained_without_mask_gets_full_length_and_none(tmp_path):
    model, _ = _two_towers("Siglip", tmp_path / "siglip")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "siglip")
    tokenizer.model_input_names = ["input_ids"]
    tokenizer.model_max_length = 16
    tokenizer.save_pretrained(tmp_path / "siglip")
    found = FeatureExtractor(tmp_path / "siglip", batch_size=2).transform(TEXTS)
    expected = []
    with torch.inference_mode():
        for text in TEXTS:
            ids = tokenizer(text, padding="max_length", max_length=16, return_tensors="pt")[
                "input_ids"
            ]
            states = model.text_model(input_ids=ids).last_hidden_state[0]
            expected.append(states[ids[0] != 0].mean(0).numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_all_layers_end_with_the_output(bert):
    folder, model, tokenizer = bert
    found = FeatureExtractor(folder, layers="all").transform(TEXTS)
    with torch.inference_mode():
        states = model(**tokenizer(TEXTS[0], return_tensors="pt"), output_hidden_states=True)
    expected = np.hstack([each[0].mean(0) for each in states.hidden_states])
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found[:, -16:], FeatureExtractor(folder).transform(TEXTS))


def test_layers_that_there_are_not(bert):
    with pytest.raises(ValueError, match=r"`layers` must be between -3 and 2, .* got 7"):
        FeatureExtractor(bert[0], layers=[7]).transform(TEXTS)


def test_long_texts_are_cut_at_what_the_tokenizer_says(bert):
    folder, model, tokenizer = bert
    long = ["good bad day " * 50]
    found = FeatureExtractor(folder).transform(long)
    np.testing.assert_allclose(
        found, _one_by_one(model, tokenizer, _mean, long), rtol=1e-5, atol=1e-5
    )
    short = FeatureExtractor(folder, max_length=5).transform(long)
    expected = _one_by_one(model, tokenizer, _mean, ["good bad day"])
    np.testing.assert_allclose(short, expected, rtol=1e-5, atol=1e-5)


def test_positions_kept_for_padding_are_not_for_tokens(tmp_path):
    folder = tmp_path / "roberta"
    save_text_model(
        folder, "RobertaModel", "RobertaConfig",
        vocab_size=len(WORDS), max_position_embeddings=20, pad_token_id=0, **SMALL,
    )  # fmt: skip
    transformers.AutoTokenizer.from_pretrained(folder, model_max_length=10**30).save_pretrained(
        folder
    )
    extractor = FeatureExtractor(folder)
    assert np.isfinite(extractor.transform(["good " * 50])).all()
    assert extractor._load("text").max_length == 19


def test_a_prompt_comes_before_each_text(bert):
    found = FeatureExtractor(bert[0], prompt="a ").transform(["good"])
    np.testing.assert_array_equal(found, FeatureExtractor(bert[0]).transform(["a good"]))


def test_weights_that_are_not_in_the_checkpoint_are_noted(tmp_path, bert):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "bert"
    save_bert(folder)
    weights = load_file(folder / "model.safetensors")
    # A pooler that is not there is not missed: it is not used.
    kept = {
        name: each
        for name, each in weights.items()
        if not name.startswith(("pooler", "encoder.layer.1.output.dense.b"))
    }
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    extractor = FeatureExtractor(folder).fit(TEXTS)
    extractor.transform(TEXTS)
    (note,) = extractor.notes_
    assert note == (
        "1 weights are not in the checkpoint and are random, "
        "such as encoder.layer.1.output.dense.bias"
    )
    intact = FeatureExtractor(bert[0])
    intact.transform(TEXTS)
    assert intact.notes_ == []


def test_an_image_model_does_not_take_texts(tmp_path):
    from tiny_models import save_image_model

    save_image_model(
        tmp_path / "vit", "ViTModel", "ViTConfig", image_size=32, patch_size=8, **SMALL
    )
    with pytest.raises(ValueError, match=r"ViTModel .* takes pixel_values, and the rows are text"):
        FeatureExtractor(tmp_path / "vit").transform(TEXTS)


def test_the_caller_s_random_numbers_stay(bert):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    FeatureExtractor(bert[0]).transform(TEXTS)
    assert torch.rand(1) == expected
