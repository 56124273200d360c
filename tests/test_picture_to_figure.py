"""image → scene: figures are read from their pictures, what is none is refused, and other models use the same edge."""

from __future__ import annotations

import io
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from panmath.convert import Pipeline, convert
from panmath.convert.errors import InputError, OptionError, PanmathError, UnsupportedError
from panmath.convert.source import Source
from panmath.convert.writers import tex as tex_writer
from panmath.models.figures import fitting, ink, programs
from panmath.models.figures.fitting import Arc, Round, Segment
from panmath.models.picture_to_figure import drawn_back, read_many
from panmath.models.train.figures import KINDS, figure, shapes
from panmath.models.train.pictures import drawn, photograph, scanned, with_dpi
from panmath.renderers import tikz
from panmath.renderers.compare import figure_likeness
from panmath.renderers.scene import Axes, Circle, Group, Label, Rectangle, Scene
from panmath.renderers.scene import Path as Line
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    DeiTConfig,
    DeiTImageProcessorPil,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
    TrOCRConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
)

DPI = 150.0


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def scene(code: str) -> Scene:
    return tikz.read(Source(code), losses=[])


def picture(of: Scene | str, dpi: float = DPI, renderer: str = "resvg") -> bytes:
    return with_dpi(drawn(scene(of) if isinstance(of, str) else of, dpi, renderer), dpi)


def read(png: bytes, **options: object) -> Scene:
    (answers,) = read_many([png], limit=1, device="cpu", **options)
    if isinstance(answers, PanmathError):
        raise answers
    return answers[0].value


def texts(of: Scene) -> Counter[str]:
    lines = [line for shape in shapes(of) if isinstance(shape, Label) for line in shape.lines]
    return Counter(tex_writer.write(line, losses=[]) for line in lines)


def likeness(one: Scene, other: Scene) -> float:
    return figure_likeness(drawn(one, DPI), drawn(other, DPI), dpi=DPI)


TRIANGLE = r"""
\draw[thick] (0,0) -- (4,0) -- (0,3) -- cycle;
\draw (0.3,0) -- (0.3,0.3) -- (0,0.3);
\node at (-0.3,-0.3) {$A$}; \node at (4.3,-0.2) {$B$}; \node at (-0.2,3.3) {$C$}; \node at (2.4,1.9) {$\sqrt{2}$};
"""


# Figures


def test_a_triangle_with_labels_comes_back() -> None:
    found = read(picture(TRIANGLE))
    assert texts(found) == Counter(["A", "B", "C", r"\sqrt{2}"])
    assert likeness(scene(TRIANGLE), found) > 0.98
    (triangle,) = (item for item in found.items if isinstance(item, Line) and len(item.parts) == 4)
    assert triangle.style.stroke == "#000000"
    assert triangle.style.width == pytest.approx(0.8, abs=0.25)


def test_a_picture_becomes_tikz_svg_matplotlib_and_words_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from panmath.convert.cli import main

    file = tmp_path / "figure.png"
    file.write_bytes(picture(TRIANGLE))
    expected = {"tikz": r"\draw", "svg": "<svg", "pyplot": "import matplotlib", "description": "triangle"}
    for target, word in expected.items():
        assert main(["-f", "png", "-t", target, str(file)]) == 0
        assert word in capsys.readouterr().out
    assert main(["-t", "tex", "--json", str(file)]) == 0  # formulas are read as formulas


@pytest.mark.parametrize(
    "code, kind, size",
    [
        (r"\draw (0,0) circle (1);", Circle, 28.45),
        (r"\fill[red] (0,0) circle (1);", Circle, 28.45),
        (r"\draw (0,0) rectangle (3,2);", Rectangle, 85.36),
        (r"\filldraw[fill=yellow] (0,0) rectangle (3,2);", Rectangle, 85.36),
    ],
)
def test_shapes_stay_what_they_are(code: str, kind: type, size: float) -> None:
    (shape,) = read(picture(code)).items
    assert isinstance(shape, kind)
    measured = shape.radius if isinstance(shape, Circle) else shape.width
    assert measured == pytest.approx(size, abs=0.8)
    (meant,) = shapes(scene(code))
    apart = [
        abs(a - b)
        for a, b in zip(
            bytes.fromhex((meant.style.fill or "#000000")[1:]),
            bytes.fromhex((shape.style.fill or "#000000")[1:]),
            strict=True,
        )
    ]
    assert max(apart) < 12


def test_ellipses_arcs_and_curves_are_fitted() -> None:
    code = r"""\draw (0,0) ellipse (2 and 1); \draw (4,0) arc (0:120:1.5);
        \draw (5,0) .. controls (6,2) and (7,-2) .. (8,0);"""
    found = read(picture(code))
    assert sorted(type(item).__name__ for item in found.items) == ["Ellipse", "Path", "Path"]
    assert likeness(scene(code), found) > 0.98


@pytest.mark.parametrize("tip", ["->", "-{Stealth}", "-{Latex}", "{Stealth}-{Stealth}"])
def test_arrow_tips_are_seen(tip: str) -> None:
    (line,) = read(picture(rf"\draw[{tip}, thick] (0,0) -- (3,1);")).items
    assert isinstance(line, Line)
    assert {bool(line.start), bool(line.end)} == ({True} if tip.startswith("{") else {True, False})


def test_broken_lines_are_one_line() -> None:
    (line,) = read(picture(r"\draw[dashed] (0,0) -- (4,2);")).items
    assert isinstance(line, Line)
    assert line.style.dash
    assert len(line.parts) == 2


def test_a_plot_becomes_axes_in_their_own_numbers() -> None:
    drawn_one = convert("y=x^2", to="scene", source="tex").value
    (axes,) = read(picture(drawn_one, 200)).items
    assert isinstance(axes, Axes)
    for found, meant in zip(
        (*axes.x_range, *axes.y_range), (*drawn_one.items[0].x_range, *drawn_one.items[0].y_range), strict=True
    ):
        assert found == pytest.approx(meant, abs=0.35)
    points = [point for plot in axes.plots for point in plot.points if abs(point[0]) > 0.5]
    assert len(points) > 20
    assert all(abs(y - x * x) < 0.6 + 0.05 * x * x for x, y in points)


def test_bars_come_back_with_their_values() -> None:
    made = next(made for number in range(1, 99, 2) if (made := figure(number, 3, "bars")).scene.items[0].y_ticks.labels)
    (axes,) = read(picture(made.scene, 200)).items
    assert isinstance(axes, Axes)
    (bars,) = (plot for plot in axes.plots if plot.kind == "bars")
    assert [y for _, y in bars.points] == pytest.approx([y for _, y in made.scene.items[0].plots[0].points], abs=0.35)


def test_a_number_line_is_axes_without_height() -> None:
    line = convert(r"-1 < x \le 2", to="scene", source="tex").value
    (axes,) = read(picture(line, 200)).items
    assert isinstance(axes, Axes)
    assert axes.height == 0
    ends = [(plot.points[0][0], plot.marks) for plot in axes.plots if plot.kind == "points"]
    assert sorted(ends) == [(-1.0, "o"), (2.0, "*")]


def test_nodes_and_edges_of_a_graph_are_named() -> None:
    code = r"\node[draw,circle] (a) at (0,0) {$a$}; \node[draw,circle] (b) at (2.5,0) {$b$}; \draw (a) -- (b);"
    found = read(picture(code, 200))
    roles = Counter(item.role for item in found.items if isinstance(item, Group))
    assert roles == {"node": 2, "edge": 1}
    assert {item.name for item in found.items if isinstance(item, Group) and item.role == "node"} == {"a", "b"}


@pytest.mark.parametrize("kind", KINDS)
def test_figures_made_at_random_are_read(kind: str) -> None:
    for number in (1, 3):
        made = figure(number, 11, kind).scene
        found = read(picture(made))
        assert likeness(made, found) > 0.9
        assert (texts(found) & texts(made)).total() >= 0.8 * texts(made).total()


def test_another_program_and_a_scanner_do_no_harm() -> None:
    scores = []
    for number in range(1, 13, 2):
        made = figure(number, 5).scene
        clean = drawn(made, DPI, "matplotlib")
        found = read(with_dpi(scanned(clean, Random(number)), DPI))
        scores.append(figure_likeness(clean, drawn(found, DPI), dpi=DPI))
    assert np.mean(scores) > 0.7


@settings(max_examples=8, deadline=None)
@given(number=st.integers(0, 10**6), dpi=st.sampled_from((72, 100, 130, 180)))
def test_whatever_is_read_is_valid(number: int, dpi: int) -> None:
    (answers,) = read_many([picture(figure(number, 0).scene, dpi)], limit=1, device="cpu")
    if isinstance(answers, PanmathError):
        return
    tikz.read(Source(tikz.write(answers[0].value, losses=[])), losses=[])
    assert 0 <= answers[0].weight <= 1


def test_the_same_picture_gives_the_same_scene() -> None:
    png = picture(figure(7, 7).scene)
    assert read(png) == read(png)


def test_without_a_resolution_letters_are_ten_points_high() -> None:
    found = read(drawn(scene(TRIANGLE), 220.0))
    assert {label.size for label in shapes(found) if isinstance(label, Label)} == {10.0}


def test_white_on_black_is_read_too() -> None:
    image = Image.open(io.BytesIO(picture(TRIANGLE))).convert("RGB")
    buffer = io.BytesIO()
    Image.fromarray(255 - np.asarray(image)).save(buffer, "PNG", dpi=(DPI, DPI))
    assert texts(read(buffer.getvalue())) == texts(scene(TRIANGLE))


# Verification


def test_a_scene_is_verified_by_drawing_it_again() -> None:
    png = picture(TRIANGLE)
    result = Pipeline("image", "scene", verify=True)(png)
    assert (result.verification.state, result.verification.method) == ("verified", "drawn again, the same ink")
    assert drawn_back(png, scene(r"\draw (0,0) circle (1);")).state == "refuted"


# What is no figure


def png_of(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def formula(tex: str, **options: object) -> bytes:
    png: bytes = convert(tex, to="image", source="tex", embed=False, **options).value
    return png


@pytest.mark.parametrize(
    "data, message",
    [
        (png_of(np.full((90, 120), 255, np.uint8)), "the picture holds no figure"),
        (b"\x89PNG\r\n\x1a\n nonsense", "the picture cannot be read: it is damaged, or none"),
        (
            formula(r"\int_0^1 \frac{x^2+1}{\sqrt{x}} dx = \sum_{n=1}^\infty a_n"),
            "the picture shows a formula, and no figure: ask for tex",
        ),
        (
            photograph(Random(2)),
            "the picture shows no figure but a photograph; --engine vtracer traces its areas of colour",
        ),
    ],
    ids=["blank", "damaged", "formula", "photograph"],
)
def test_what_is_no_figure_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        read(data)
    assert str(caught.value) == message


def test_most_photographs_and_formulas_are_refused() -> None:
    pictures = [photograph(Random(number)) for number in range(10)]
    pictures += [
        formula(tex)
        for tex in (
            r"\frac{a}{b}+c",
            "x^2+y^2=z^2",
            r"\sum_{k=1}^n k^2",
            r"e^{i\pi}+1=0",
            r"\lim_{x\to 0}\frac{\sin x}{x}",
        )
    ]
    answers = read_many(pictures, limit=1, device="cpu")
    assert sum(isinstance(answer, UnsupportedError) for answer in answers) >= 14


def test_pictures_of_formulas_go_by_tex_wherever_they_go() -> None:
    result = Pipeline("image", "svg")(formula(r"\frac{a}{b}+\sqrt{x}"))
    assert [hop.target for hop in result.provenance] == ["tex", "ast", "svg"]
    result = Pipeline("image", "svg")(picture(TRIANGLE))
    assert [hop.target for hop in result.provenance] == ["scene", "svg"]


def test_a_picture_that_carries_its_formula_goes_by_tex() -> None:
    png = convert(r"\frac{a}{b}", to="image", source="tex").value
    with pytest.raises(UnsupportedError, match="the picture carries the formula that it shows: ask for tex"):
        read(png)
    assert [hop.target for hop in Pipeline("image", "svg")(png).provenance] == ["tex", "ast", "svg"]


def test_what_neither_reader_knows_says_why() -> None:
    with pytest.raises(UnsupportedError, match="the picture cannot be read: it is damaged, or none"):
        Pipeline("image", "tikz")(b"\xff\xd8\xff nonsense")


def test_noise_ends_in_time() -> None:
    noise = np.random.default_rng(0).integers(0, 2, (600, 800)).astype(np.uint8) * 255
    (answers,) = read_many([png_of(noise)], limit=1, device="cpu")
    assert isinstance(answers, UnsupportedError)


# Outlines


def test_vtracer_traces_whatever_it_is_and_says_so() -> None:
    result = Pipeline("image", "svg", engine="vtracer")(
        picture(r"\fill[red] (0,0) circle (1); \fill[blue] (3,0) circle (1);")
    )
    assert "areas of colour are traced as filled outlines; lines, labels and axes are not told apart" in str(
        result.losses[0]
    )
    assert result.value.count("<path") >= 2
    assert result.confidence > 0.8


def test_other_engines_are_for_other_ways() -> None:
    with pytest.raises(OptionError, match="engine is one of vtracer for image → scene, not 'espeak'"):
        Pipeline("image", "tikz", engine="espeak")(picture(TRIANGLE))


# Other models

PROGRAM = r"\begin{tikzpicture}\draw(0,0)--(2,1)--(2,0)--cycle;\end{tikzpicture}"


def tokenizer(folder: Path, *words: str) -> PreTrainedTokenizerFast:
    vocabulary = {word: at for at, word in enumerate((*words, "<pad>", "</s>", "<unk>", "<image>"))}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=["<image>"],
    )  # fmt: skip
    made.save_pretrained(folder)
    return made


def llava(folder: Path, *words: str, silent: bool) -> None:
    """A vision–language model of random weights; a silent one finds all words alike and says the first."""
    made = tokenizer(folder, *words)
    torch.manual_seed(0)
    network = LlavaForConditionalGeneration(LlavaConfig(
        vision_config=CLIPVisionConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
                                       image_size=32, patch_size=16),
        text_config=LlamaConfig(vocab_size=len(made), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
                                num_attention_heads=2, max_position_embeddings=64, pad_token_id=made.pad_token_id,
                                eos_token_id=made.eos_token_id),
        image_token_id=made.convert_tokens_to_ids("<image>"), vision_feature_layer=-1, image_seq_length=4,
    ))  # fmt: skip
    if silent:
        torch.nn.init.zeros_(network.lm_head.weight)
    network.save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer=made, patch_size=16, vision_feature_select_strategy="default", image_token="<image>",
        num_additional_image_tokens=1,
    ).save_pretrained(folder)  # fmt: skip


def test_a_vision_language_model_writes_figures_through_the_same_edge(tmp_path: Path) -> None:
    llava(tmp_path, PROGRAM, "x", silent=True)
    result = Pipeline("image", "tikz", model=str(tmp_path), beams=1)(picture(TRIANGLE))
    assert [hop.target for hop in result.provenance] == ["scene", "tikz"]
    assert likeness(scene(result.value), scene(PROGRAM)) == pytest.approx(1, abs=0.01)


def test_what_a_model_writes_is_no_figure_until_it_can_be_drawn(tmp_path: Path) -> None:
    llava(tmp_path, "nonsense", "x", silent=True)
    with pytest.raises(UnsupportedError, match="the model wrote no figure that can be drawn"):
        Pipeline("image", "tikz", model=str(tmp_path), beams=1)(picture(TRIANGLE))


def test_a_vision_encoder_decoder_writes_figures_too(tmp_path: Path) -> None:
    made = tokenizer(tmp_path, PROGRAM, "x")
    DeiTImageProcessorPil(size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(
        tmp_path
    )
    torch.manual_seed(0)
    shape = VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        DeiTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, image_size=32),
        TrOCRConfig(vocab_size=len(made), d_model=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
                    max_position_embeddings=64, cross_attention_hidden_size=16),
    )  # fmt: skip
    start, pad = made.eos_token_id, made.pad_token_id
    shape.decoder_start_token_id, shape.pad_token_id, shape.eos_token_id = start, pad, made.eos_token_id
    network = VisionEncoderDecoderModel(shape)
    network.generation_config.decoder_start_token_id = start
    network.generation_config.forced_bos_token_id = made.convert_tokens_to_ids(PROGRAM)
    network.save_pretrained(tmp_path)
    assert likeness(read(picture(TRIANGLE), model=str(tmp_path)), scene(PROGRAM)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "text, message",
    [
        ("no figure", "the model wrote no TikZ and no SVG"),
        ('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "script"),
        (r"\begin{tikzpicture}\input{/etc/passwd}\end{tikzpicture}", "input"),
    ],
)
def test_what_a_model_writes_is_trusted_no_more_than_a_file(text: str, message: str) -> None:
    with pytest.raises(PanmathError, match=message):
        programs.program(text)


def test_a_reader_of_formulas_is_no_reader_of_figures() -> None:
    with pytest.raises(UnsupportedError, match="panmath-see reads formulas, and no figures"):
        read_many([picture(TRIANGLE)], limit=1, model="panmath-see")


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it is no checkpoint"):
        read_many([picture(TRIANGLE)], limit=1, model=str(tmp_path))


# Fitting


def ring(rx: float, ry: float, start: float, end: float, count: int = 120) -> np.ndarray:
    angles = np.linspace(start, end, count)
    return np.stack([50 + rx * np.cos(angles), 40 + ry * np.sin(angles)], axis=1)


@given(radius=st.floats(8, 200), noise=st.integers(0, 99))
def test_circles_are_fitted_through_noise(radius: float, noise: int) -> None:
    points = ring(radius, radius, 0, 2 * math.pi) + np.random.default_rng(noise).normal(0, 0.3, (120, 2))
    (found,) = fitting.fitted(points, True, 1.2)
    assert isinstance(found, Round)
    assert found.rx == pytest.approx(radius, abs=0.5)
    assert math.dist(found.center, (50, 40)) < 0.5


@given(start=st.floats(0, 6), sweep=st.floats(0.8, 4.5), radius=st.floats(30, 100))
def test_arcs_are_fitted(start: float, sweep: float, radius: float) -> None:
    (found,) = fitting.fitted(ring(radius, radius, start, start + sweep), False, 1.0)
    assert isinstance(found, Arc)
    assert found.sweep == pytest.approx(sweep, abs=0.03)


@given(x=st.integers(-80, 80), y=st.integers(-80, 80))
def test_straight_is_straight(x: int, y: int) -> None:
    if math.hypot(x, y) < 8:
        return
    steps = np.linspace(0, 1, 60)[:, None]
    (found,) = fitting.fitted(np.rint(steps * np.array([x, y])), False, 1.0)
    assert isinstance(found, Segment)
    assert min(math.dist(found.start, (0, 0)), math.dist(found.end, (0, 0))) < 1.5


def test_corners_are_kept() -> None:
    corners = np.array([(0, 0), (60, 5), (40, 50), (0, 0)], float)
    way = np.concatenate([np.linspace(a, b, 60)[:-1] for a, b in pairwise(corners)])
    found = fitting.polygon_of(way, 1.0)
    assert found is not None
    assert len(found) == 3
    assert all(min(math.dist(corner, meant) for meant in corners) < 1.5 for corner in found)


def test_grey_paper_in_bad_light_is_white_paper() -> None:
    pixels = np.full((200, 300, 3), 190.0)
    pixels -= np.linspace(0, 30, 300)[None, :, None]
    pixels[50:150, 60:160] *= np.array([1.0, 0.8, 0.4])
    pixels += np.random.default_rng(1).normal(0, 3, pixels.shape)
    (region,) = ink.taken_apart(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))).regions
    assert region.color == pytest.approx((255, 204, 102), abs=8)


# What is trained on


def test_the_stream_of_figures_is_fixed_by_its_seed() -> None:
    assert [figure(number, 5) for number in range(6)] == [figure(number, 5) for number in range(6)]
    assert figure(0, 5) != figure(0, 6)
    assert len({figure(number, 5).kind for number in range(30)}) == len(KINDS)


def test_labels_of_made_figures_lie_on_nothing() -> None:
    boxes = [shape for shape in shapes(figure(12, 5, "geometry").scene) if isinstance(shape, Label)]
    assert all(math.dist(one.at, other.at) > 5 for at, one in enumerate(boxes) for other in boxes[at + 1 :])


def test_a_night_with_many_lights_is_a_photograph_whatever_the_network_thinks() -> None:
    noise = np.random.default_rng(3)
    pixels = noise.normal(14, 3, (160, 200, 3))
    for x, y in zip(noise.integers(5, 195, 60), noise.integers(5, 155, 60), strict=True):
        pixels[y - 1 : y + 2, x - 1 : x + 2] += noise.uniform(60, 240)
    with pytest.raises(UnsupportedError, match="the picture shows no figure but a photograph"):
        read(png_of(np.clip(pixels, 0, 255).astype(np.uint8)))


def test_a_figure_on_dark_ground_that_a_program_drew_is_read() -> None:
    inverted = 255 - np.asarray(Image.open(io.BytesIO(picture(TRIANGLE))).convert("RGB"))
    assert any(isinstance(item, Line) for item in read(png_of(inverted)).items)
