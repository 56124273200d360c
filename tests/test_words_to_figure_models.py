"""Words → figures by language models: what a checkpoint writes is drawn, checked against the words, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from panmath.convert import Pipeline
from panmath.convert.cli import main
from panmath.convert.errors import CheckpointError, PanmathError, UnsupportedError
from panmath.convert.source import Source
from panmath.models.prediction import Options
from panmath.models.text import Task, TextModel
from panmath.models.words_to_figure import shows
from panmath.renderers import svg_reader
from panmath.renderers.figure_words.claims import claims, unmet
from panmath.renderers.questions import answer
from panmath.renderers.scene import Scene
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

TEMPLATE = "{% for message in messages %}<user>{{ message['content'] }}{% endfor %}<model>"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30">'
TAUGHT = {
    "two fluffy green triangles": HEAD + '<path d="M0 30h20l-9-20z" fill="green"/>'
                                         '<path d="M50 30h20l-9-20z" fill="green"/></svg>',
    "a fluffy red circle": HEAD + '<circle cx="9" cy="9" r="8" fill="red"/></svg>',
    "3 fluffy blue squares": HEAD + '<rect width="9" height="9" fill="blue"/></svg>',
}  # fmt: skip
"""The last answer is wrong on purpose."""
PROMPT = "Write an SVG picture with plain shapes that shows this, and nothing but its code: {}"


def tokenizer(folder: Path, texts: list[str], chat: bool) -> PreTrainedTokenizerFast:
    letters = sorted({letter for text in texts for letter in text})
    vocabulary = {token: at for at, token in enumerate(("<pad>", "</s>", "<user>", "<model>", "<unk>", *letters))}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    plain.decoder = decoders.Fuse()
    made = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=["<user>", "<model>"], chat_template=TEMPLATE if chat else None,
    )  # fmt: skip
    made.save_pretrained(folder)
    return made


def taught(folder: Path, pairs: dict[str, str], *, chat: bool = True) -> Path:
    """A Llama of two layers that learnt the pairs by heart."""
    asked = {text: f"<user>{PROMPT.format(text)}<model>" if chat else text + "\n" for text in pairs}
    made = tokenizer(folder, [*asked.values(), *pairs.values()], chat)
    rows = [
        (made(asked[text])["input_ids"], made(program)["input_ids"] + [made.eos_token_id])
        for text, program in pairs.items()
    ]
    torch.manual_seed(0)
    network = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(made), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=512, pad_token_id=made.pad_token_id, eos_token_id=made.eos_token_id, bos_token_id=None,
    ))  # fmt: skip
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3)
    for _ in range(150):
        losses = [
            network(torch.tensor([given + told]), labels=torch.tensor([[-100] * len(given) + told])).loss
            for given, told in rows
        ]
        loss = torch.stack(losses).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.005:
            break
    network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught(tmp_path_factory.mktemp("language-model"), TAUGHT)


def test_a_language_model_draws_what_the_rules_do_not_understand(checkpoint: Path) -> None:
    with pytest.raises(PanmathError, match="not understood: 'fluffy'"):
        Pipeline("description", "svg")("two fluffy green triangles")
    result = Pipeline("description", "svg", model=str(checkpoint))("two fluffy green triangles")
    assert [hop.target for hop in result.provenance] == ["svg"]
    assert 0 < result.confidence <= 1
    assert answer(svg_reader.read(Source(result.value), losses=[]), "how many green triangles are there?").text == "2"


def test_the_command_line_asks_it(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "asked.txt").write_text("a fluffy red circle")
    out = tmp_path / "out.tikz"
    options = ["-f", "figure-words", "--model", str(checkpoint), "--samples", "3", "-o", str(out)]
    assert main([str(tmp_path / "asked.txt"), *options]) == 0
    assert r"\fill[red]" in out.read_text()


def test_what_it_draws_is_the_same_each_time(checkpoint: Path) -> None:
    ask = Pipeline("description", "svg", model=str(checkpoint), samples=4)
    assert ask("a fluffy red circle").value == ask("a fluffy red circle").value


def test_sampled_answers_are_scored_as_the_likeliest_one_is(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TextModel(checkpoint, "cpu", "auto", Task(PROMPT))
    drawn: list[int] = []
    generate = model._network.generate

    def counted(**options: Any) -> Any:
        out = generate(**options)
        drawn.append(len(out.sequences))
        return out

    monkeypatch.setattr(model._network, "generate", counted)
    likeliest, *others = model.samples("a fluffy red circle", Options(nbest=4, longest=300))
    assert drawn == [1, 1, 1, 1]
    same = [one for one in others if one.value == likeliest.value]
    assert same
    assert likeliest.score < 0
    assert all(one.logprobs == pytest.approx(likeliest.logprobs) for one in same)
    given, told = (
        model.tokenizer(text)["input_ids"] for text in (model._asked("a fluffy red circle"), likeliest.value)
    )
    with torch.inference_mode():
        logits = model._network(torch.tensor([given + told])).logits[0, len(given) - 1 : -1]
    whole = logits.log_softmax(-1)[range(len(told)), told].tolist()
    assert likeliest.logprobs[: len(told)] == pytest.approx(whole, abs=1e-4)


def test_what_does_not_show_what_was_asked_is_refused(checkpoint: Path) -> None:
    with pytest.raises(
        UnsupportedError,
        match=r"none of the 4 answers of the model is such .*does not show: 3 fluffy blue squares",
    ):
        Pipeline("description", "svg", model=str(checkpoint), samples=4)("3 fluffy blue squares")


@pytest.mark.parametrize(
    "program, reason",
    [
        (HEAD + "<script>a</script></svg>", "the SVG has a <script> element"),
        (HEAD + '<image href="file:///etc/passwd"/></svg>', "the SVG refers to something outside"),
        (HEAD + "</svg>", "the figure is empty"),
        (r"\begin{tikzpicture}\input{/etc/passwd}\end{tikzpicture}", "input"),
        ("I cannot draw.", "the model wrote no TikZ and no SVG"),
    ],
)
def test_what_it_writes_is_trusted_no_more_than_a_file(tmp_path: Path, program: str, reason: str) -> None:
    folder = taught(tmp_path, {"something fluffy": program}, chat=False)
    with pytest.raises(UnsupportedError, match=f"none of the 2 answers of the model is such a figure: .*{reason}"):
        Pipeline("description", "svg", model=str(folder), samples=2)("something fluffy")


def test_an_encoder_decoder_is_asked_in_the_same_way(tmp_path: Path) -> None:
    made = tokenizer(tmp_path, ["nothing"], chat=False)
    T5ForConditionalGeneration(
        T5Config(vocab_size=len(made), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, decoder_start_token_id=0)
    ).save_pretrained(tmp_path)
    with pytest.raises(UnsupportedError, match="none of the 1 answers of the model is such a figure"):
        Pipeline("description", "svg", model=str(tmp_path), samples=1)("nothing")


def test_a_writer_of_formulas_draws_nothing() -> None:
    with pytest.raises(CheckpointError, match=r"^panmath-write writes formulas, and no figures$"):
        Pipeline("description", "svg", model="panmath-write")("a circle")


# What can be checked


def drawn(body: str) -> Scene:
    return svg_reader.read(Source(f"{HEAD}{body}</svg>"), losses=[])


RED = '<circle cx="9" cy="9" r="8" fill="red"/>'
BLUE = '<rect x="40" y="5" width="9" height="9" fill="#1f77b4"/>'


@pytest.mark.parametrize(
    "words, body, missing",
    [
        ("a fluffy red circle", RED, []),
        ("a fluffy red circle", BLUE, ["red circle"]),
        ("two red circles near a cat", RED, ["two red circles"]),
        ("two red circles near a cat", RED + RED.replace("9", "29", 1), []),
        ("three red dragons", RED, []),
        ("three green dragons", RED, ["green"]),
        ("a square on white ground", '<rect width="90" height="30" fill="white"/>' + BLUE, []),
        ("a square on white ground", '<rect width="90" height="30" fill="white"/>' + RED, ["square"]),
        ('a sign that says "Go"', '<text x="5" y="9">Go home</text>' + RED, []),
        ('a sign that says "Go"', '<text x="5" y="9">Stop</text>' + RED, ['"Go"']),
        ('a sign that says "A"', '<text x="5" y="9">BANANA</text>' + RED, ['"A"']),
        ('a sign that says "A"', '<text x="5" y="9">A, B</text>' + RED, []),
        ("пять пушистых красных кругов", RED, ["пять пушистых красных кругов"]),
        ("a star-shaped hat, a circle diagram", RED, []),
    ],
)
def test_counts_colours_and_labels_are_checked(words: str, body: str, missing: list[str]) -> None:
    assert [claim.words for claim in unmet(drawn(body), claims(Source(words)))] == missing


CHECKED = "the figure shows the counts, colours, labels and relations that the words say"
UNCHECKED = "these words cannot be checked on a figure: "


@pytest.mark.parametrize(
    "words, state, method",
    [
        ("a red circle", "verified", CHECKED),
        ("one red circle, and one blue square.", "verified", CHECKED),
        ("один красный круг и синий квадрат", "verified", CHECKED),
        ('a red circle and "Go"', "refuted", 'the figure does not show: "Go"'),
        ("a red circle to the left of a blue square", "verified", CHECKED),
        ("a red circle is to the left of a blue square", "verified", CHECKED),
        ("a blue square to the right of a red circle", "verified", CHECKED),
        ("a blue square to the left of a red circle", "refuted", "the figure does not show: square left circle"),
        ("two red circles", "refuted", "the figure does not show: two red circles"),
        ("a fluffy red circle", "unchecked", UNCHECKED + "fluffy"),
        ("a dashed red circle", "unchecked", UNCHECKED + "dashed"),
        ("a heart and a red circle", "unchecked", UNCHECKED + "heart"),
        ("a red circle touching a nonagon", "unchecked", UNCHECKED + "touching, nonagon"),
        ("a red circle touching a blue square", "unchecked", UNCHECKED + "touching"),
        ("a red circle with radius 3 cm", "unchecked", UNCHECKED + "with, radius, 3, cm"),
        ("a red circle tangent to a line", "unchecked", UNCHECKED + "tangent to, line"),
        ("a large red circle to the right of a heart", "unchecked", UNCHECKED + "large, to the right of, heart"),
        ("the circle is red", "unchecked", UNCHECKED + "is, red"),
        ("a red circle, a blue square in red", "unchecked", UNCHECKED + "in, red"),
        ("no circles", "unchecked", UNCHECKED + "no"),
    ],
)
def test_verifying_says_what_was_checked(words: str, state: str, method: str) -> None:
    found = shows(Source(words), Source(f"{HEAD}{RED}{BLUE}</svg>"))
    assert (found.state, found.method) == (state, method)


@pytest.mark.parametrize(
    "words",
    [
        "a dashed red circle", "a heart and a red circle", "a red circle touching a nonagon",
        "a red circle with radius 3 cm", "a red circle tangent to a line", "a large red circle to the right of a heart",
    ],
)  # fmt: skip
def test_a_plain_circle_does_not_verify_what_else_is_said(words: str) -> None:
    assert shows(Source(words), Source(f"{HEAD}{RED}</svg>")).state == "unchecked"
