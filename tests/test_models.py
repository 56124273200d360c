"""Learned edges: their checkpoints, what they answer, how answers are checked, and what they say of bad input."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from panmath.convert import Pipeline
from panmath.convert.errors import InputError, OptionError, UnsupportedError, UnverifiedError
from panmath.convert.fi import fi
from panmath.convert.normal import equal
from panmath.convert.readers import tex as tex_reader
from panmath.convert.source import Source
from panmath.models import cards, store
from panmath.models.drawn_back import drawn_back
from panmath.models.grammar import END, State, state
from panmath.models.layout import read as read_layout
from panmath.models.sequence import heard, tex_text, tex_tokens
from panmath.models.symbols import Bar, Page, Symbol
from panmath.renderers.formula import draw
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    DeiTConfig,
    DeiTImageProcessorPil,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
    TrOCRConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
)

FORMULAS = [r"x^2+1", r"\frac{a}{b}=c", r"\sqrt{x+1}", r"\alpha\le\beta", r"\sum_{i=1}^{n}a_i", r"f(x)=0", r"a_{n+1}"]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def node(tex: str):
    return tex_reader.read(Source(tex), losses=[])


def picture(tex: str, *, dpi: float = 200, size: float = 10, **options: object) -> bytes:
    return draw(node(tex), format="png", embed=False, dpi=dpi, size=size, **options)


# Checkpoints


@pytest.mark.parametrize("card", cards.cards(), ids=lambda card: card.name)
def test_a_shipped_checkpoint_is_what_its_card_says(card: cards.Card) -> None:
    weights = card.folder / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == card.sha256
    assert weights.stat().st_size < 25e6
    assert (card.folder / "README.md").read_text("utf-8").startswith(f"# {card.name}")
    assert store.find(card.name) == card.folder


@pytest.mark.parametrize(
    "name, message",
    [
        (
            "nothing",
            (
                "nothing: no folder, and no checkpoint of that name; shipped are panmath-write, panmath-see, "
                "panmath-draw, panmath-listen"
            ),
        ),
        ("{tmp}", "{tmp}: the folder has no config.json, so it is no checkpoint"),
    ],
)
def test_what_is_no_checkpoint_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        store.find(name.replace("{tmp}", str(tmp_path)))
    assert str(caught.value) == message.replace("{tmp}", str(tmp_path))


def test_pickled_weights_are_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(InputError, match="pickled weights can run code and are not loaded"):
        store.find(str(tmp_path))


def test_weights_that_do_not_load_say_so(tmp_path: Path) -> None:
    T5Config().save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    result = next(Pipeline("spoken.en", "tex", model=str(tmp_path)).map(["x prime of y over"], on_error="return"))
    assert isinstance(result.error, InputError)


# Notations and grammar


@pytest.mark.parametrize("tex", FORMULAS)
def test_a_formula_comes_back_from_its_tokens_and_is_well_formed(tex: str) -> None:
    tokens = tex_tokens(node(tex))
    assert equal(node(tex_text(tokens)), node(tex))
    here = State()
    for token in tokens:
        assert here.allows(token)
        here = here.after(token)
    assert here.allows(END)


@pytest.mark.parametrize(
    "tokens, forbidden", [(r"\frac { a }", "+"), ("x ^", "^"), ("{ a", END), ("a", "}"), ("a", "&")]
)
def test_what_would_be_ill_formed_is_not_allowed(tokens: str, forbidden: str) -> None:
    assert not state(tokens.split()).allows(forbidden)


def test_words_as_the_models_read_them() -> None:
    assert heard("The Sine of X equals 25.") == "the sine of X equals 2 5 ."


# Words


def test_words_are_read_by_rules_unless_a_model_is_named() -> None:
    assert [hop.target for hop in Pipeline("spoken.en", "tex")("x squared").provenance] == ["ast", "tex"]
    result = Pipeline("spoken.en", "tex", model="panmath-write")("x squared plus y squared equals one over two")
    assert [hop.target for hop in result.provenance] == ["tex"]
    assert 0 < result.confidence <= 1


def test_several_answers_of_a_model_all_parse_and_are_always_the_same() -> None:
    ask = Pipeline("spoken.en", "tex", model="panmath-write", nbest=4)
    first, again = (ask("the sum of a sub n from n equals one to infinity") for _ in range(2))
    assert (first.value, first.alternatives) == (again.value, again.alternatives)
    for answer in (first.value, *(other.value for other in first.alternatives)):
        tex_reader.read(Source(answer), losses=[], strict=True)


def test_an_answer_that_says_the_words_again_is_verified() -> None:
    result = Pipeline("spoken.en", "tex", model="panmath-write", verify=True)("x squared plus 1")
    assert (result.value, result.verification.state) == ("x^2+1", "verified")
    assert result.verification.method == "said again, the same words"


def tokenizer(folder: Path, words: str) -> PreTrainedTokenizerFast:
    vocabulary = {word: at for at, word in enumerate(("<pad>", "</s>", "<unk>", *words.split()))}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    made.save_pretrained(folder)
    return made


@pytest.mark.parametrize("kind", ["t5", "llama"])
def test_public_architectures_load_through_the_same_edge(kind: str, tmp_path: Path) -> None:
    size = len(tokenizer(tmp_path, "x y plus equals a b c 1 2"))
    torch.manual_seed(0)
    if kind == "t5":
        T5ForConditionalGeneration(
            T5Config(vocab_size=size, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0)
        ).save_pretrained(tmp_path)
    else:
        LlamaForCausalLM(
            LlamaConfig(vocab_size=size, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                        num_attention_heads=2, pad_token_id=0, eos_token_id=1)
        ).save_pretrained(tmp_path)  # fmt: skip
    result = Pipeline("spoken.en", "tex", model=str(tmp_path), nbest=3)("x plus y equals one")
    assert result.alternatives
    for answer in (result.value, *(other.value for other in result.alternatives)):
        tex_reader.read(Source(answer), losses=[], strict=True)


# Pictures


@pytest.mark.parametrize("tex", [r"x^2+y^2=1", r"\frac{1}{2}+\frac{3}{4}", r"2x-3=0"])
def test_a_picture_is_read(tex: str) -> None:
    result = Pipeline("image", "tex")(picture(tex))
    assert fi(result.value) == fi(tex)
    assert 0 < result.confidence < 1


@pytest.mark.parametrize("look", [{"color": "white", "background": "black"}, {"dpi": 110}, {"margin": 30}])
def test_colours_sizes_and_margins_do_not_matter(look: dict[str, object]) -> None:
    assert fi(Pipeline("image", "tex")(picture("x+2=5", **look)).value) == fi("x+2=5")


def test_a_picture_that_carries_its_source_gives_it_back_as_it_was_written() -> None:
    drawn = Pipeline("tex", "image")(r"\frac{a }{b}").value
    result = Pipeline("image", "tex")(drawn)
    assert (result.value, result.confidence) == (r"\frac{a }{b}", 1.0)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data, message",
    [
        (png(np.full((40, 60), 255, np.uint8)), "the picture holds no formula"),
        (png(np.full((40, 60), 7, np.uint8)), "the picture holds no formula"),
        (b"\xff\xd8\xff nonsense", "the picture cannot be read: "),
    ],
)
def test_a_picture_without_a_formula_says_so(data: bytes, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        Pipeline("image", "tex")(data)
    assert str(caught.value).startswith(message)


def test_a_formula_drawn_again_is_compared_with_the_picture() -> None:
    shown = picture(r"\frac{a+b}{c}=d", size=12)
    assert drawn_back(shown, Source(r"\frac{a+b}{c}=d")).state == "verified"
    assert drawn_back(shown, Source(r"x")).state == "refuted"


def test_an_answer_that_nothing_confirms_fails_where_proof_is_asked_for() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (60, 200)).astype(np.uint8)
    with pytest.raises((UnverifiedError, UnsupportedError)):
        Pipeline("image", "tex", verify=True)(png(noise))


def test_a_vision_encoder_decoder_loads_through_the_same_edge(tmp_path: Path) -> None:
    size = len(tokenizer(tmp_path, "x y + = a b c 1 2"))
    DeiTImageProcessorPil(size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(
        tmp_path
    )
    torch.manual_seed(0)
    shapes = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        DeiTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32),
        TrOCRConfig(vocab_size=size, d_model=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
                    max_position_embeddings=300, cross_attention_hidden_size=16),
    )  # fmt: skip
    shapes.decoder_start_token_id, shapes.pad_token_id, shapes.eos_token_id = 1, 0, 1
    VisionEncoderDecoderModel(shapes).save_pretrained(tmp_path)
    result = next(Pipeline("image", "tex", model=str(tmp_path)).map([picture("x+1")], on_error="return"))
    if result.error is None:
        tex_reader.read(Source(result.value), losses=[], strict=True)
    else:
        assert str(result.error) == "the model reads no well-formed formula from the picture"


def test_a_device_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(OptionError, match="there is no cuda on this machine; device is cpu"):
        Pipeline("image", "tex", device="cuda")(picture("x"))


# Layout


def symbol(name: str, left: float, baseline: float, size: float = 20, width: float = 10) -> Symbol:
    return Symbol(name, left, baseline - 0.6 * size, left + width, baseline, baseline, size)


PAGES = [
    ([symbol("x", 0, 50), symbol("2", 10, 42, 14, 7)], [], "x^2"),
    ([symbol("a", 0, 50), symbol("n", 10, 53, 14, 7), symbol("+", 25, 50), symbol("1", 40, 50)], [], "a_n+1"),
    ([symbol("a", 3, 30), symbol("b", 3, 60)], [Bar(0, 16, 40)], r"\frac{a}{b}"),
    ([symbol(r"\hat", 0, 40), symbol("x", 0, 50)], [], r"\hat{x}"),
    ([symbol("rm:s", 0, 50, width=7), symbol("rm:i", 7, 50, width=5), symbol("rm:n", 12, 50), symbol("x", 26, 50)], [],
     r"\sin x"),
    ([symbol(".", x, 50, width=4) for x in (0, 8, 16)], [], r"\ldots"),
    ([symbol("bb:R", 0, 50), symbol(r"\not=", 20, 50), symbol(r"\varbigtriangleup", 40, 50)], [],
     r"\mathbb{R}\ne\triangle"),
]  # fmt: skip


@pytest.mark.parametrize("symbols, bars, tex", PAGES, ids=lambda value: value if isinstance(value, str) else "")
def test_symbols_where_they_stand_make_a_formula(symbols: list[Symbol], bars: list[Bar], tex: str) -> None:
    assert fi(read_layout(Page(tuple(symbols), tuple(bars)))) == fi(tex)


# The command line


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    from panmath.convert.cli import main

    assert main(["models", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [
        "panmath-write",
        "panmath-see",
        "panmath-draw",
        "panmath-listen",
    ]
    assert main(["models"]) == 0
    assert "spoken → tex" in capsys.readouterr().out
