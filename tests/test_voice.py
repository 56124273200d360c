"""Words said aloud: how letters sound, how long it takes, what is written, and that no text becomes anything but words.

The tests of sounds are about every engine that is there: espeak-ng always, flite where it is installed.
"""

from __future__ import annotations

import array
import io
import math
import random
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from panmath.convert import Pipeline, convert
from panmath.convert.errors import EdgeError, Losses, MissingExtraError, OptionError, ParseError, UnsupportedError
from panmath.convert.source import Source
from panmath.renderers import engines, voice
from panmath.renderers.child import Child
from panmath.renderers.engines import ENGINES, Engine, Espeak
from panmath.renderers.pronunciation import pronunciation, respelled
from panmath.renderers.ssml import Run, Utterance, utterances
from panmath.renderers.voice import Options, record, sound, speak, voices

HERE = Path(__file__).parent
ESPEAK = Espeak()
VOICES = {voice.name: voice for voice in ESPEAK.voices()}
THERE = [pytest.param(engine, id=engine.name) for engine in ENGINES if engine.installed()]
SENTENCE = "the integral from 0 to 1 of x squared plus y squared d x equals alpha"


def samples(file: bytes) -> array.array[int]:
    with wave.open(io.BytesIO(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth()) == (1, 2)
        values = array.array("h", opened.readframes(opened.getnframes()))
    if sys.byteorder == "big":
        values.byteswap()
    return values


def seconds(words: str, **options: object) -> float:
    return sum(block.seconds for block in sound([words], **options))  # type: ignore[arg-type]


def loudness(values: array.array[int]) -> float:
    return math.sqrt(sum(value * value for value in values) / len(values))


# How it sounds


def pronounced() -> Iterator[object]:
    for line in (HERE / "cases/voice/pronunciation.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            name, said, sounds = line.split("\t")
            yield pytest.param(name, said, sounds, id=f"{name}: {said}")


@pytest.mark.parametrize(("name", "said", "sounds"), list(pronounced()))
def test_words_sound_as_mathematicians_say_them(name: str, said: str, sounds: str) -> None:
    chosen = VOICES[name]
    language = "ru" if chosen.speaks == "ru" else "en"
    assert ESPEAK.phonemes(respelled(said, "espeak", language), chosen) == sounds


@pytest.mark.parametrize(
    ("name", "word"),
    [(name, word) for name in ("en-gb", "ru") for word in pronunciation("espeak", VOICES[name].speaks).words],
)
def test_every_row_of_the_table_is_needed(name: str, word: str) -> None:
    """And is nothing but phonemes, the stress among them, as long as the engine knows them."""
    said = ESPEAK.phonemes(respelled(word, "espeak", VOICES[name].speaks), VOICES[name])
    assert said != ESPEAK.phonemes(word, VOICES[name])
    assert said.count("ˈ") == 1
    assert " " not in said


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyz")
@pytest.mark.parametrize("name", [name for name in VOICES if name.startswith("en")])
def test_a_letter_sounds_alike_wherever_it_stands(name: str, letter: str) -> None:
    """Alone, and before a word; the r that some accents add before a vowel is no other name."""
    chosen = VOICES[name]
    alone = ESPEAK.phonemes(respelled(letter, "espeak", "en"), chosen)
    among = ESPEAK.phonemes(respelled(f"{letter} plus {letter.upper()}", "espeak", "en"), chosen).split()
    assert [among[0], among[-1]] == [alone, alone]


@pytest.mark.parametrize("engine", THERE)
def test_the_greek_letters_all_sound_different(engine: Engine) -> None:
    names = (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi "
        "chi psi omega"
    ).split()
    assert len({b"".join(block.samples for block in sound([name], engine=engine.name)) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a over b", "[['eI]] over b"),
        ("a number a", "a number [['eI]]"),
        ("[[bi]] x", "open bracket open bracket bi [[kl'oUz]] bracket [[kl'oUz]] bracket x"),
        ("<b>x</b>", "less than b greater than x less than slash b greater than"),
        ("x − y, x - y, x-ray", "x minus y, x minus y, x-ray"),
        ("ξ = α", "[[ks'aI]] equals alpha"),
        ("x\0y\x1b[31m", "x y open bracket 31m"),
    ],
)
def test_what_an_engine_is_given(text: str, said: str) -> None:
    assert respelled(text, "espeak", "en") == said


@given(st.text())
def test_only_our_own_phonemes_stand_in_brackets(text: str) -> None:
    for language in ("en", "ru"):
        said = respelled(text, "espeak", language)  # type: ignore[arg-type]
        outside = "".join(part.partition("]]")[2] if number else part for number, part in enumerate(said.split("[[")))
        assert not set(outside) & set("[]<>&\\{}\0")


# How long


@pytest.mark.parametrize("engine", THERE)
def test_there_is_sound_in_it(engine: Engine) -> None:
    values = samples(speak(SENTENCE, losses=[], engine=engine.name))
    assert loudness(values) > 1000
    assert max(map(abs, values)) <= 32767


@pytest.mark.parametrize("engine", THERE)
def test_more_words_take_longer(engine: Engine) -> None:
    short, long = (seconds(words, engine=engine.name) for words in ("x squared", "x squared plus y squared"))
    assert short < long


@pytest.mark.parametrize("engine", THERE)
def test_twice_the_rate_takes_half_the_time(engine: Engine) -> None:
    slow, fast = (seconds(SENTENCE, engine=engine.name, rate=rate) for rate in (120.0, 240.0))
    assert slow / fast == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("engine", THERE)
def test_the_engines_agree_on_what_a_rate_is(engine: Engine) -> None:
    assert seconds(SENTENCE, engine=engine.name) == pytest.approx(seconds(SENTENCE, engine="espeak"), rel=0.15)


@pytest.mark.parametrize("engine", THERE)
def test_the_pitch_changes_the_sound(engine: Engine) -> None:
    low, usual, high = (speak("x", losses=[], engine=engine.name, pitch=pitch) for pitch in (20.0, 50.0, 80.0))
    assert len({low, usual, high}) == 3


def test_a_pause_is_as_long_as_it_says() -> None:
    marked = '<speak>x <break time="{}ms"/> y</speak>'
    short, long = (seconds(marked.format(time)) for time in (100, 1100))
    assert long - short == pytest.approx(1, abs=0.005)  # espeak-ng rounds to its own steps


# Markup


def read(text: str) -> tuple[list[Utterance], Losses]:
    losses: Losses = []
    return list(utterances(Source(text), losses)), losses


def test_plain_words_are_taken_sentence_by_sentence() -> None:
    assert read("x is 3.14. Hence y!\n\nz")[0] == [
        Utterance((Run("x is 3.14."),), 0.35),
        Utterance((Run("Hence y!"),), 0.35),
        Utterance((Run("z"),), 0.35),
    ]


def test_pauses_and_letters_of_markup() -> None:
    text = '<speak>f of <say-as interpret-as="characters">a</say-as><break time="200ms"/> plus 1</speak>'
    assert read(text)[0] == [
        Utterance((Run("f of"), Run("a", spelled=True)), 0.2, ends=False),
        Utterance((Run("plus 1"),), 0.0),
    ]


def test_what_the_spoken_writer_marks_is_understood() -> None:
    marked = convert(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix} = A", to="spoken.en", ssml=True).value
    found, losses = read(marked)
    assert len(found) > 2
    assert losses == []
    assert Run("a", spelled=True) in [run for utterance in found for run in utterance.runs]


def test_nothing_is_played_and_nothing_fetched() -> None:
    found, losses = read('<speak>x <audio src="file:///etc/passwd">y</audio> <prosody rate="1%">z</prosody></speak>')
    assert [run.text for utterance in found for run in utterance.runs] == ["x", "y", "z"]
    assert [loss.what for loss in losses] == ["<audio>", "<prosody>"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<speak>x", "1:9: not well-formed SSML: no element found"),
        ("<speak>x</p></speak>", "1:11: not well-formed SSML: mismatched tag"),
        ('<speak><break time="soon"/></speak>', "1:8: 'soon' is no time, such as 200ms or 1.5s"),
        ("<speak>&foo;</speak>", "1:8: not well-formed SSML: undefined entity"),
    ],
)
def test_markup_that_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        speak(Source(text), losses=[])
    assert str(caught.value).split("\n")[0] == f"<input>:{message}"


def test_declarations_are_refused() -> None:
    bomb = '<speak><!DOCTYPE x [<!ENTITY a "aaaa">]>&a;</speak>'
    with pytest.raises(ParseError):
        speak(bomb, losses=[])
    with pytest.raises(UnsupportedError, match="there is nothing to say"):
        speak('<!DOCTYPE x [<!ENTITY a "…">]>', losses=[]) and speak("…", losses=[])


@given(st.text(max_size=60))
def test_any_text_is_spoken_or_refused(text: str) -> None:
    with suppress(ParseError, UnsupportedError):
        assert speak(text, losses=[]).startswith(b"RIFF")


# Files


@pytest.mark.parametrize(("audio", "format"), [("wav", "WAV"), ("flac", "FLAC"), ("ogg", "OGG"), ("mp3", "MP3")])
def test_kinds_of_files(audio: voice.Audio, format: str) -> None:
    exact = soundfile.SoundFile(io.BytesIO(speak(SENTENCE, losses=[])))
    with soundfile.SoundFile(io.BytesIO(speak(SENTENCE, losses=[], audio=audio))) as opened:
        assert opened.format == format
        assert (opened.channels, opened.samplerate) == (1, exact.samplerate)
        assert opened.frames == pytest.approx(exact.frames, rel=0.02)
        assert abs(opened.read()).max() > 0.1


@pytest.mark.parametrize("audio", ["wav", "flac"])
def test_what_is_not_compressed_by_ear_loses_nothing(audio: voice.Audio) -> None:
    block = next(sound(["x"]))
    file = io.BytesIO()
    with voice._encoder(file, audio, block.sample_rate) as write:
        write(block.samples)
    assert soundfile.read(io.BytesIO(file.getvalue()), dtype="int16")[0].tobytes() == block.samples


def test_a_long_text_is_recorded_a_piece_at_a_time(tmp_path: Path) -> None:
    asked: list[int] = []

    def lines() -> Iterator[str]:
        for number in range(30):
            asked.append(number)
            assert not (tmp_path / "long.ogg").exists()
            yield f"x sub {number}"

    lasts = record(lines(), tmp_path / "long.ogg")
    assert len(asked) == 30
    assert soundfile.info(tmp_path / "long.ogg").duration == pytest.approx(lasts, abs=0.1)
    assert [path.name for path in tmp_path.iterdir()] == ["long.ogg"]


def test_what_fails_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ParseError):
        record(["x", "<speak>"], tmp_path / "half.wav")
    assert list(tmp_path.iterdir()) == []


def test_blocks_come_before_all_is_read() -> None:
    endless = (f"x plus {number}" for number in iter(int, 1))
    assert next(sound(endless)).seconds > 0.3


def test_a_sentence_without_end_is_cut() -> None:
    found = list(utterances(Source("x plus " * 1000), []))
    assert max(len(run.text) for utterance in found for run in utterance.runs) <= 600
    assert sum(len(run.text.split()) for utterance in found for run in utterance.runs) == 2000


@pytest.mark.parametrize("engine", THERE)
def test_what_an_engine_cannot_read_is_a_loss(engine: Engine) -> None:
    losses: Losses = []
    assert sum(block.seconds for block in sound(["x plus \u0e01"], losses=losses, engine=engine.name)) > 0.5
    assert [loss.what for loss in losses] == (["\u0e01"] if engine.name == "flite" else [])


def test_too_much_for_memory() -> None:
    with pytest.raises(UnsupportedError, match=r"^100,001 characters are more than the 100,000 that"):
        speak("x" * 100_001, losses=[])


# Voices


def test_each_language_has_one_default() -> None:
    assert sorted(voice.name for voice in voices().defaults) == ["en-gb", "ru"]
    assert {voice.speaks for voice in voices().voices} == {"en", "ru"}
    assert {voice.language for voice in voices("ru").voices} == {"ru", "ru-cl", "ru-lv"}


@pytest.mark.parametrize("name", ["en-gb", "EN-GB", "English (Great Britain)", "gmw/en", "en"])
def test_what_a_voice_may_be_called(name: str) -> None:
    (found,) = {chosen.name for _, chosen, _ in [voice._choose(name, "en", None)]}
    assert found == "en-gb"


@pytest.mark.parametrize("chosen", [pytest.param(voice, id=voice.name) for voice in voices().voices])
def test_every_voice_speaks(chosen: engines.Voice) -> None:
    words = "икс плюс один" if chosen.speaks == "ru" else "x plus 1"
    assert loudness(samples(speak(words, losses=[], language=chosen.speaks, voice=chosen.name))) > 500


def test_a_variant_sounds_different() -> None:
    assert speak("x", losses=[], voice="en-gb+f3") != speak("x", losses=[], voice="en-gb")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"voice": "en-gp"}, "there is no voice 'en-gp'; did you mean en-gb"),
        ({"voice": "nobody"}, "there is no voice 'nobody'; panmath voices lists those there are"),
        ({"voice": "../../etc/passwd"}, "there is no voice '../../etc/passwd'; panmath voices lists"),
        ({"voice": "en-gb+/etc/x"}, "there is no variant '/etc/x' of the voices of espeak; panmath voices lists them"),
        ({"voice": "ru"}, "the voice ru speaks Russian, and the words are English; language ru makes them Russian"),
        ({"rate": 20.0}, "rate is 20, and should be from 80 to 450"),
        ({"pitch": 120.0}, "pitch is 120, and should be from 0 to 100"),
        ({"language": "de"}, "language is 'en' or 'ru', not 'de'"),
        ({"engine": "festival"}, "there is no engine 'festival' that speaks; there are espeak and flite"),
        ({"audio": "aiff"}, "audio is one of wav, flac, ogg, mp3, not 'aiff'"),
    ],
)
def test_what_is_not_there(options: Options, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        speak("x", losses=[], **options)
    assert str(caught.value).startswith(message)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Espeak, "installed", lambda self: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    for ask in (lambda: speak("x", losses=[]), voices):
        with pytest.raises(MissingExtraError, match=r'pip install "panmath\[speech-gpl\]" \(.* GPL-3\)$'):
            ask()
    with pytest.raises(MissingExtraError, match=r"^flite is not installed"):
        speak("x", losses=[], engine="flite")


def test_wav_needs_no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "find_spec", lambda name: None)
    assert speak("x", losses=[]).startswith(b"RIFF")
    with pytest.raises(MissingExtraError, match=r'^mp3 needs soundfile.* pip install "panmath\[speech\]"; wav does'):
        speak("x", losses=[], audio="mp3")


# The process


def test_data_in_a_folder_with_a_long_name(tmp_path: Path) -> None:
    """The library has 160 characters for it."""
    deep = tmp_path.joinpath(*["x" * 60] * 4)
    shutil.copytree(Path(engines._espeak_paths()["data"]), deep / "espeak-ng-data")
    program = Path(engines.__file__).with_name("espeak.py")
    code = f"""
import runpy
handle = runpy.run_path({str(program)!r})["handle"]
asked = {{"library": {engines._espeak_paths()["library"]!r}, "data": {str(deep / "espeak-ng-data")!r}}}
asked |= {{"task": "speak", "voice": "gmw/en", "rate": 160, "pitch": 50}}
print(len(handle(asked, b"x squared")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert int(done.stdout) > 20_000


def test_data_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = engines._espeak_paths() | {"data": str(tmp_path / "espeak-ng-data")}
    monkeypatch.setattr(engines, "_espeak_paths", lambda: paths)
    monkeypatch.setattr(engines, "_ESPEAK", Child("espeak.py", "espeak-ng"))
    with pytest.raises(EdgeError, match=r"^espeak-ng failed: RuntimeError: espeak-ng finds no data in "):
        speak("x", losses=[])


def test_what_was_said_before_changes_nothing() -> None:
    """But for the little by which espeak-ng varies, as a person does."""
    first = seconds(SENTENCE)
    noise = random.Random(1)
    for _ in range(5):
        speak("".join(noise.choices("xyz plus [[]] <>& 12", k=40)), losses=[], rate=300, pitch=90, voice="en-us+f3")
    assert seconds(SENTENCE) == pytest.approx(first, rel=0.01)


def test_a_sentence_that_takes_too_long_is_given_up_and_the_next_is_spoken() -> None:
    with pytest.raises(EdgeError, match=r"^espeak-ng was stopped: it took more than 0\.001 s$"):
        speak(SENTENCE * 8, losses=[], timeout=0.001)
    assert seconds("x") > 0.3


def test_threads_take_turns() -> None:
    alone = seconds(SENTENCE)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(seconds, [SENTENCE] * 8))
    assert together == pytest.approx([alone] * 8, rel=0.01)


# In the graph


@pytest.mark.parametrize(
    ("source", "options", "route"),
    [
        ("tex", {}, ["tex", "ast", "spoken.en", "speech"]),
        ("tex", {"language": "ru"}, ["tex", "ast", "spoken.ru", "speech"]),
        ("tex", {"voice": "ru-cl"}, ["tex", "ast", "spoken.ru", "speech"]),
        ("tex", {"voice": "en-us+f3"}, ["tex", "ast", "spoken.en", "speech"]),
        ("spoken.ru", {}, ["spoken.ru", "speech"]),
        ("spoken.en", {}, ["spoken.en", "speech"]),
        ("spoken.en", {"language": "ru"}, ["spoken.en", "ast", "spoken.ru", "speech"]),
    ],
)
def test_the_language_picks_the_route(source: str, options: dict[str, object], route: list[str]) -> None:
    words = {"tex": "x", "spoken.en": "x", "spoken.ru": "икс"}
    result = convert(words[source], to="speech", source=source, **options)
    assert [result.provenance[0].source, *(hop.target for hop in result.provenance)] == route


def test_pauses_are_said_unless_told_otherwise() -> None:
    tex = r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}"
    with_pauses, without = (len(convert(tex, to="speech", **options).value) for options in ({}, {"ssml": False}))
    assert with_pauses > without


def test_the_options_of_the_spoken_writer_are_those_of_speech() -> None:
    said = Pipeline("tex", "speech", letters="nato", capital="cap")("A").value
    assert len(said) == pytest.approx(len(speak("cap alfa", losses=[])), rel=0.05)
    assert len(said) > 1.5 * len(convert("A", to="speech").value)


def test_a_name_of_a_kind_of_file_is_a_format() -> None:
    assert convert("x", to="flac").value.startswith(b"fLaC")
    assert convert("x", to=".mp3").value[:1] == b"\xff"


def test_a_result_plays_in_a_notebook() -> None:
    html = convert("x", to="ogg")._repr_html_()
    assert html is not None
    assert html.startswith('<audio controls src="data:audio/ogg;base64,T2dnU')
