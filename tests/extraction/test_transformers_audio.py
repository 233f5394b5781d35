"""Recordings through transformers: a row does not depend on its neighbours, nor on padding."""

import numpy as np
import pytest

from skperturb.extraction import FeatureExtractor
from tiny_models import SMALL, WORDS, framework, tiny_torch

transformers = framework("transformers")
torch = tiny_torch()
pytestmark = pytest.mark.filterwarnings("ignore")  # of the frameworks, about themselves


def _recordings(lengths=(3000, 2000, 3000, 2500)):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(length).astype(np.float32) for length in lengths]


@pytest.fixture
def wav2vec2(tmp_path):
    """A wav2vec2 with group norm and no tokenizer beside it."""
    config = transformers.Wav2Vec2Config(
        **SMALL, conv_dim=(8, 8), conv_stride=(5, 2), conv_kernel=(10, 3), vocab_size=10,
        num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    model = transformers.Wav2Vec2Model(config).eval()
    model.save_pretrained(tmp_path)
    processor = transformers.Wav2Vec2FeatureExtractor(sampling_rate=16000)
    processor.save_pretrained(tmp_path)
    return tmp_path, model, processor


@pytest.mark.parametrize("batch_size", [1, 4])
def test_recordings_of_several_lengths_do_not_touch_each_other(wav2vec2, batch_size):
    folder, model, processor = wav2vec2
    found = FeatureExtractor(folder, batch_size=batch_size).transform(_recordings())
    expected = []
    with torch.inference_mode():
        for waveform in _recordings():
            inputs = processor(waveform, sampling_rate=16000, return_tensors="pt")
            expected.append(model(**inputs).last_hidden_state[0].mean(0).numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_another_sampling_rate_is_resampled(wav2vec2):
    folder, *_ = wav2vec2
    time = np.arange(16000) / 16000
    slow, fast = np.sin(440 * time[::2] * 2 * np.pi), np.sin(440 * time * 2 * np.pi)
    extractor = FeatureExtractor(folder)
    (at_8k,) = extractor.transform([(slow, 8000)])
    (at_16k,) = extractor.transform([{"array": fast, "sampling_rate": 16000}])
    (wrong,) = extractor.transform([slow])
    error = np.abs(at_8k - at_16k).max()
    assert error < 0.2 * np.abs(wrong - at_16k).max()


def test_files_are_read_and_their_channels_averaged(wav2vec2, tmp_path):
    soundfile = framework("soundfile")
    folder, *_ = wav2vec2
    stereo = np.stack(_recordings((3000, 3000)), axis=1) / 10
    soundfile.write(tmp_path / "a.wav", stereo, 16000, subtype="FLOAT")
    found = FeatureExtractor(folder).transform([tmp_path / "a.wav"])
    expected = FeatureExtractor(folder).transform([stereo.mean(1)])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_whisper_means_over_the_frames_that_are_sound(tmp_path):
    config = transformers.WhisperConfig(
        vocab_size=len(WORDS), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
        decoder_ffn_dim=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
        decoder_start_token_id=1, max_source_positions=50,
    )  # fmt: skip
    model = transformers.WhisperModel(config).eval()
    model.save_pretrained(tmp_path)
    processor = transformers.WhisperFeatureExtractor(chunk_length=1)
    processor.save_pretrained(tmp_path)
    found = FeatureExtractor(tmp_path).transform(_recordings((8000, 16000)))
    expected = []
    with torch.inference_mode():
        for waveform, n_frames in zip(_recordings((8000, 16000)), (25, 50), strict=True):
            inputs = processor(waveform, sampling_rate=16000, return_tensors="pt")
            states = model.encoder(inputs["input_features"]).last_hidden_state[0]
            assert len(states) == 50
            expected.append(states[:n_frames].mean(0).numpy())
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
