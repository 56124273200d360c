"""Recordings → words: files of sound, silence, long recordings, the search, and checkpoints of Whisper."""

from __future__ import annotations

import io
import itertools
import math
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from panmath.convert.errors import InputError, MissingExtraError, OptionError, PanmathError, UnsupportedError
from panmath.models import beams, ngrams, sound_files, whisper
from panmath.models.audio import MELS, RATE, Samples, log_mels, resampled
from panmath.models.listen import Sound
from panmath.models.prediction import Options
from panmath.models.sound_files import samples_of
from panmath.models.speech_to_spoken import read_many, segments
from panmath.models.transcript import transcript, written_in
from panmath.models.windows import windows


def tone(seconds: float, pitch: float = 440.0, rate: int = RATE) -> Samples:
    return (0.3 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def file(samples: Any, rate: int = RATE, format: str = "WAV", subtype: str | None = None) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype, format=format)
    return out.getvalue()


# Files


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
@pytest.mark.parametrize("rate", [8000, 22050, 44100])
def test_files_become_samples_at_the_rate_of_the_models(format: str, rate: int) -> None:
    found = samples_of(file(tone(1.0, rate=rate), rate, format))
    assert found.dtype == np.float32
    assert abs(len(found) - RATE) < 0.08 * RATE
    spectrum = np.abs(np.fft.rfft(found))
    assert abs(np.argmax(spectrum) / len(found) * RATE - 440) < 5


def test_channels_are_averaged() -> None:
    one, other = tone(0.5), np.zeros(RATE // 2, np.float32)
    assert np.allclose(samples_of(file(np.stack([one, other], 1), subtype="FLOAT")), one / 2, atol=1e-6)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 44100, 48000, 96000])
def test_resampling_keeps_tones_and_drops_what_is_above(rate: int) -> None:
    low = resampled(tone(1.0, 1000.0, rate), rate)
    assert abs(len(low) - RATE) <= 1
    middle = slice(RATE // 4, 3 * RATE // 4)
    assert np.abs(low[middle] - tone(1.0, 1000.0)[middle]).max() < 2e-3
    if rate > 2 * RATE:
        high = resampled(tone(1.0, 0.45 * rate, rate), rate)
        assert np.abs(high[middle]).max() < 2e-3


def test_floats_that_are_no_numbers_do_no_harm() -> None:
    samples = np.array([np.nan, np.inf, -np.inf, 1e30, 0.5] * 2000, np.float32)
    found = samples_of(file(samples, subtype="FLOAT"))
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 8


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", InputError, "the recording is empty: it has no bytes"),
        (file(np.zeros(0, np.float32)), InputError, "the recording is empty: it has no samples"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), InputError, "no sound that can be read: "),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", InputError, "no sound that can be read: "),
        (b"#EXTM3U\n/etc/passwd\n", InputError, "no sound that can be read: "),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", InputError, "no sound that can be read: "),
    ],
)
def test_what_holds_no_sound_is_said_to(content: bytes, error: type[PanmathError], message: str) -> None:
    with pytest.raises(error) as caught:
        samples_of(content)
    assert str(caught.value).startswith(message)


def test_damaged_files_are_read_or_refused() -> None:
    dice = random.Random(1)
    whole = [file(tone(0.2), format=format) for format in ("WAV", "FLAC", "OGG", "MP3")]
    for number in range(80):
        content = bytearray(whole[number % 4])
        for _ in range(dice.randint(1, 20)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            found = samples_of(bytes(content[: dice.randint(1, len(content))]))
        except PanmathError:
            continue
        assert np.isfinite(found).all()


def test_sizes_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_files, "MAX_SECONDS", 3600 * 1)
    monkeypatch.setattr(sound_files, "MAX_BYTES", 1000)
    with pytest.raises(UnsupportedError, match=r"^a recording of 32,044 bytes is more than the 1,000 that are read$"):
        samples_of(file(tone(1.0)))
    monkeypatch.setattr(sound_files, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(sound_files, "MAX_SECONDS", 0)
    with pytest.raises(UnsupportedError, match=r"^the recording is longer than 0 hours$"):
        samples_of(file(tone(1.0)))
    with pytest.raises(UnsupportedError, match=r"^33 channels at 16000 Hz: a recording has at most 32"):
        samples_of(file(np.zeros((10, 33), np.float32)))


def test_other_files_need_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"^MPEG-4 audio needs ffmpeg, which is not installed"):
        samples_of(b"\0\0\0\x20ftypM4A " + bytes(100))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ffmpeg_reads_the_others(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "a.wav").write_bytes(file(tone(1.0)))
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "a.wav"), str(tmp_path / "a.m4a")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    assert abs(len(samples_of((tmp_path / "a.m4a").read_bytes())) - RATE) < 0.1 * RATE


# Windows and spectra


def test_a_long_recording_is_cut_in_its_pauses() -> None:
    pause = np.zeros(RATE, np.float32)
    parts = list(windows(np.concatenate([tone(4.0), pause, tone(4.0), pause, tone(4.0)]), 8.0))
    assert [(round(part.start), round(part.end)) for part in parts] == [(0, 5), (5, 10), (10, 14)] or all(
        part.end - part.start <= 8 for part in parts
    )
    assert parts[0].start == 0
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert 4.0 <= parts[0].end <= 5.0


def test_windows_in_which_nothing_sounds_are_left_out() -> None:
    assert list(windows(np.zeros(40 * RATE, np.float32), 12.0)) == []
    assert list(windows(np.zeros(0, np.float32), 12.0)) == []
    heard = list(windows(np.concatenate([np.zeros(30 * RATE, np.float32), tone(2.0)]), 12.0))
    assert sum(part.end - part.start for part in heard) <= 12


def test_a_spectrum_does_not_depend_on_loudness() -> None:
    quiet, loud = log_mels(tone(1.0) * 0.01), log_mels(tone(1.0) * 0.9)
    assert quiet.shape == (101, MELS)
    assert torch.allclose(quiet, loud, atol=1e-2)
    assert torch.isfinite(log_mels(np.zeros(8000, np.float32))).all()


# Words


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("x squared, plus 25", "en", "x squared plus twenty five"),
        ("f of x; minus 0.5", "en", "f of x minus zero point five"),
        ("икс в квадрате плюс 3", "ru", "икс в квадрате плюс три"),
        ("ещё", "ru", "еще"),
        ("x = 2", "en", None),
        ("икс плюс y", "ru", None),
    ],
)
def test_a_transcript_is_what_one_hears(text: str, language: Any, words: str | None) -> None:
    assert transcript(text, language) == words


def test_pieces_belong_to_the_alphabet_of_the_language() -> None:
    assert written_in("▁plus", "en")
    assert not written_in("▁plus", "ru")
    assert written_in("▁плюс", "ru")
    assert not written_in("▁плюс", "en")


# The search


def test_beams_find_what_adding_up_all_paths_finds() -> None:
    dice = np.random.default_rng(0)
    for _ in range(5):
        logprobs = np.log(dice.dirichlet(np.ones(4), 5)).astype(np.float32).clip(-6.9)
        every: dict[tuple[int, ...], float] = {}
        for path in itertools.product(range(4), repeat=5):
            merged = tuple(piece for piece, _ in itertools.groupby(path) if piece)
            every[merged] = every.get(merged, 0.0) + math.exp(sum(logprobs[at][piece] for at, piece in enumerate(path)))
        wanted = sorted(every.items(), key=lambda pair: -pair[1])[:4]
        found = beams.search(logprobs, lambda before, piece: 0.0, 1000, 4, [True] * 4)
        assert [heard.pieces for heard in found] == [pieces for pieces, _ in wanted]
        assert [heard.sound for heard in found] == pytest.approx([math.log(likely) for _, likely in wanted], abs=1e-4)
        assert all(len(heard.logprobs) == len(heard.frames) == len(heard.pieces) for heard in found)


def test_pieces_of_another_language_are_never_heard() -> None:
    logprobs = np.log(np.full((6, 4), 0.25)).astype(np.float32)
    found = beams.search(logprobs, lambda before, piece: 0.0, 50, 50, [True, True, False, True])
    assert all(2 not in heard.pieces for heard in found)


def test_the_language_decides_between_what_sounds_alike() -> None:
    logprobs = np.log(np.array([[0.1, 0.45, 0.45]])).astype(np.float32)
    found = beams.search(logprobs, lambda before, piece: 1.0 if piece == 2 else 0.0, 8, 1, [True] * 3)
    assert found[0].pieces == (2,)


def test_an_ngram_model_is_a_distribution_and_comes_back_from_its_file(tmp_path: Path) -> None:
    dice = random.Random(3)
    texts = [[dice.choice((1, 2, 2, 3)) for _ in range(dice.randint(1, 9))] for _ in range(200)]
    model = ngrams.fitted(texts, 3, 6, 2)
    for context in ((), (0,), (0, 1), (2, 2), (5, 5)):
        assert sum(math.exp(model.after(context, piece)) for piece in range(6)) == pytest.approx(1, abs=2e-3)
    assert model.score((1,), 2) > model.score((1,), 3) > model.score((1,), 5)
    ngrams.save({"en": model}, tmp_path / "ngrams.safetensors")
    again = ngrams.load(tmp_path / "ngrams.safetensors")["en"]
    assert again.score((1, 2), 2) == pytest.approx(model.score((1, 2), 2), abs=1e-3)
    (tmp_path / "bad.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match=r"^bad\.safetensors: no n-gram models: "):
        ngrams.load(tmp_path / "bad.safetensors")


# Checkpoints of Whisper, made on the spot: what they say means nothing, how they are asked is what counts


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    folder = tmp_path_factory.mktemp("tiny-whisper")
    vocabulary = {char: number for number, char in enumerate(bytes_to_unicode().values())}
    tokenizer = WhisperTokenizer(vocab=vocabulary, merges=[])
    special = "startoftranscript en ru transcribe translate nospeech notimestamps".split()
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{name}|>" for name in special]})
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    start, end = (tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in ("startoftranscript", "endoftext"))
    config = WhisperConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_target_positions=24, pad_token_id=end,
        bos_token_id=end, eos_token_id=end, decoder_start_token_id=start, suppress_tokens=[], begin_suppress_tokens=[],
    )  # fmt: skip
    torch.manual_seed(0)
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_checkpoint_of_whisper_answers(tiny: Path, language: str) -> None:
    recordings = [file(tone(1.0)), file(tone(2.0, 200.0)), b"no sound"]
    found = read_many(recordings, limit=3, language=language, model=str(tiny), device="cpu", beams=3)
    assert isinstance(found[2], InputError)
    for answers in found[:2]:
        assert isinstance(answers, list)
        assert 1 <= len(answers) <= 3
        assert all(0 <= answer.weight <= 1 for answer in answers)
        assert [answer.weight for answer in answers] == sorted((answer.weight for answer in answers), reverse=True)
    again = read_many(recordings[:1], limit=3, language=language, model=str(tiny), device="cpu", beams=3)
    assert again[0] == found[0]


def test_whisper_hears_long_recordings_in_windows(tiny: Path) -> None:
    quiet = np.zeros(3 * RATE, np.float32)
    long = np.concatenate([tone(20.0), quiet, tone(20.0, 300.0), np.zeros(40 * RATE, np.float32)])
    found = segments(file(long), model=str(tiny), device="cpu", beams=1)
    assert all(segment.end - segment.start <= 30 for segment in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_silence_gives_no_words_and_no_confidence(tiny: Path) -> None:
    found = read_many([file(np.zeros(5 * RATE, np.float32))], limit=2, model=str(tiny), device="cpu")
    assert [(answer.value.text, answer.weight) for answer in found[0]] == [("", 0.0)]  # type: ignore[union-attr]
    assert [str(loss) for loss in found[0][0].losses] == [  # type: ignore[union-attr]
        "the recording: no words were heard: it is silent, or in another language than --language says"
    ]


def test_whisper_that_hears_nobody_says_nothing(tiny: Path) -> None:
    model = whisper.of_hub(tiny, "cpu", "fp32")
    assert model._prediction([65, 66, 67], [-2.0, -3.0, -2.0], 0.9).value == ""
    assert model._prediction([65, 66, 67], [-0.1, -0.1, -0.1], 0.9).value != ""
    assert model.predict([Sound(tone(0.5), "en")], Options(1, 2, 5))[0][0].logprobs


def test_whisper_for_one_language_refuses_others(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "en", dirs_exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "added_tokens.json", "special_tokens_map.json"):
        path = tmp_path / "en" / name
        if path.is_file():
            path.write_text(path.read_text("utf-8").replace("<|ru|>", "<|xx|>"), "utf-8")
    with pytest.raises(OptionError, match=r"^this checkpoint does not hear the language ru$"):
        read_many([file(tone(1.0))], limit=1, language="ru", model=str(tmp_path / "en"), device="cpu")


def test_names_of_openais_package_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "whisper", None)
    monkeypatch.setattr(whisper, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r'^checkpoints of OpenAI.* pip install "panmath\[whisper\]"'):
        read_many([file(tone(1.0))], limit=1, model="whisper:small")


def test_a_pt_file_has_to_be_there() -> None:
    with pytest.raises(InputError, match=r"^nowhere\.pt: there is no such file$"):
        read_many([file(tone(1.0))], limit=1, model="nowhere.pt")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ('{"model_type": "bert"}', "a checkpoint of kind bert; speech takes whisper and panmath-listen"),
        ("{", "config.json is damaged: "),
        ("[]", "config.json is damaged: "),
    ],
)
def test_folders_of_other_models_are_refused(tmp_path: Path, config: str, message: str) -> None:
    (tmp_path / "config.json").write_text(config)
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        read_many([file(tone(1.0))], limit=1, model=str(tmp_path))
    assert str(caught.value).startswith(f"{tmp_path.name}: {message}")
