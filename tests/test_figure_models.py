"""image → scene by checkpoints of public figure models: tiny ones of their layout, taught two pictures, are loaded."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from panmath.convert import Pipeline
from panmath.convert.errors import CheckpointError, UnsupportedError
from PIL import Image
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
    SiglipVisionModel,
    Starcoder2Config,
    Starcoder2ForCausalLM,
)

TIKZ = {
    "red": r"\begin{tikzpicture}\draw(0,0)circle(1);\end{tikzpicture}",
    "blue": r"\begin{tikzpicture}\draw(0,0)rectangle(2,1);\end{tikzpicture}",
}
HEAD = ' xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
SVG = {"red": HEAD + '<circle r="9"/></svg>', "blue": HEAD + '<rect width="20" height="9"/></svg>'}
SIDE, PATCH = 28, 14


class Projected(nn.Module):
    """The projector of DeTikZify, by its own names."""

    def __init__(self, width: int, size: int) -> None:
        super().__init__()
        self.proj = nn.Linear(2 * width, size, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.proj(x.reshape(1, x.shape[1] // 2, 2 * x.shape[2]))


class Adapted(nn.Module):
    """The projector of StarVector, by its own names."""

    def __init__(self, width: int, size: int, norm: str) -> None:
        super().__init__()
        self.c_fc, self.c_proj = nn.Linear(width, 2 * width), nn.Linear(2 * width, size)
        places = (SIDE // PATCH) ** 2
        self.norm = nn.LayerNorm([places, size]) if norm == "layer_norm" else nn.BatchNorm1d(places)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.c_proj(nn.functional.silu(self.c_fc(x))))


def tokenizer(folder: Path, programs: list[str]) -> PreTrainedTokenizerFast:
    words = {word: at for at, word in enumerate(("<pad>", "<s>", "</s>", "<unk>", "<svg", *programs))}
    plain = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Split("\0", "removed")
    made = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    made.save_pretrained(folder)
    return made


def teach(
    see: Callable[[str], torch.Tensor],
    decoder: nn.Module,
    before: list[int],
    behind: list[int],
    answers: dict[str, list[int]],
) -> None:
    embed = decoder.get_input_embeddings()
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=5e-3)
    for _ in range(60):
        for color, told in answers.items():
            words = [embed(torch.tensor([ids], dtype=torch.long)) for ids in (before, behind + told)]
            given = torch.cat([words[0], see(color), words[1]], 1)
            labels = torch.full(given.shape[:2], -100)
            labels[0, -len(told) :] = torch.tensor(told)
            loss = decoder(inputs_embeds=given, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def tower(width: int, heads: int) -> SiglipVisionModel:
    return SiglipVisionModel(SiglipVisionConfig(
        hidden_size=width, num_attention_heads=heads, intermediate_size=32, num_hidden_layers=2, image_size=SIDE,
        patch_size=PATCH,
    )).eval()  # fmt: skip


def seen_by(eye: nn.Module, projector: nn.Module) -> Callable[[str], torch.Tensor]:
    prepare = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})

    def see(color: str) -> torch.Tensor:
        pixels = prepare(images=Image.new("RGB", (50, 50), color), return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            return projector(eye(pixels).last_hidden_state)

    return see


def saved(folder: Path, config: dict[str, object], **parts: tuple[str, nn.Module]) -> Path:
    weights = {
        f"{prefix}{name}": value.clone().contiguous()
        for prefix, module in parts.values()
        for name, value in module.state_dict().items()
    }
    names = sorted(weights)
    half = len(names) // 2  # in two files, as large checkpoints are
    for number, some in enumerate((names[:half], names[half:]), 1):
        save_file({name: weights[name] for name in some}, folder / f"model-0000{number}-of-00002.safetensors")
    index = {name: f"model-0000{1 + (name in names[half:])}-of-00002.safetensors" for name in names}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def detikzify(folder: Path) -> Path:
    torch.manual_seed(0)
    made = tokenizer(folder, list(TIKZ.values()))
    text = LlamaConfig(
        vocab_size=len(made), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=64, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    eye, projector, decoder = tower(16, 2), Projected(16, 32), LlamaForCausalLM(text)
    answers = {color: [made.convert_tokens_to_ids(program), 2] for color, program in TIKZ.items()}
    teach(seen_by(eye, projector), decoder, [1], [], answers)
    vision = {"model_type": "detikzify", "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
              "num_attention_heads": 2, "image_size": SIDE, "patch_size": PATCH}  # fmt: skip
    config = {"model_type": "detikzify", "architectures": ["DetikzifyForConditionalGeneration"], "concat_factor": 2,
              "image_token_id": 3, "vision_config": vision, "text_config": text.to_dict()}  # fmt: skip
    return saved(
        folder, config, eye=("model.vision_model.vision_model.", eye), text=("model.text_model.", decoder.model),
        projector=("model.connector.modality_projection.", projector), head=("lm_head.", decoder.lm_head),
    )  # fmt: skip


def starvector(folder: Path, norm: str) -> Path:
    torch.manual_seed(0)
    made = tokenizer(folder, list(SVG.values()))
    decoder = Starcoder2ForCausalLM(Starcoder2Config(
        vocab_size=len(made), hidden_size=128, intermediate_size=64, num_hidden_layers=1, num_attention_heads=1,
        num_key_value_heads=1, pad_token_id=0, bos_token_id=1, eos_token_id=2, sliding_window=4096,
        rope_parameters={"rope_type": "default", "rope_theta": 1_000_000.0},
    ))  # fmt: skip
    eye, projector = tower(64, 1), Adapted(64, 128, norm).eval()
    answers = {color: [made.convert_tokens_to_ids(program), 2] for color, program in SVG.items()}
    teach(seen_by(eye, projector), decoder, [], [made.convert_tokens_to_ids("<svg")], answers)
    config = {"model_type": "starvector", "image_encoder_type": "siglip_384", "adapter_norm": norm,
              "starcoder_model_name": "bigcode/starcoder2-7b"}  # fmt: skip
    return saved(
        folder, config, eye=("model.image_encoder.visual_encoder.", eye),
        projector=("model.image_projection.", projector), text=("model.svg_transformer.transformer.", decoder),
    )  # fmt: skip


CHECKPOINTS: dict[str, Callable[[Path], Path]] = {
    "detikzify": detikzify,
    "starvector": lambda folder: starvector(folder, "layer_norm"),
    "starvector with norms of batches": lambda folder: starvector(folder, "batch_norm"),
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def plain(color: str, size: tuple[int, int] = (50, 50)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


OF_TIKZ = [
    "The figure shows a circle.\nA circle in the middle, radius 28.4 pt.",
    "The figure shows a rectangle.\nA rectangle in the middle, 56.9 by 28.4 pt.",
]
OF_SVG = [
    "The figure shows a circle.\nA circle at the top left, radius 6.78 pt.",
    "The figure shows a rectangle.\nA rectangle at the top left, 15.1 by 6.78 pt.",
]
DESCRIBED = {"detikzify": OF_TIKZ, "starvector": OF_SVG, "starvector with norms of batches": OF_SVG}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_a_checkpoint_of_its_own_layout_writes_what_it_sees(kind: str, tmp_path: Path) -> None:
    ask = Pipeline("image", "description", model=str(CHECKPOINTS[kind](tmp_path)), beams=1)
    assert [ask(plain(color)).value for color in ("red", "blue")] == DESCRIBED[kind]


def test_a_thin_line_takes_no_memory_of_a_large_square(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, int]] = []
    new = Image.new

    def counted(mode: str, size: tuple[int, int], *rest: Any) -> Image.Image:
        made.append(size)
        return new(mode, size, *rest)

    picture = plain("red", (1, 50_000))
    monkeypatch.setattr(Image, "new", counted)
    with pytest.raises(UnsupportedError, match=r"^the model wrote no figure that can be drawn$"):
        Pipeline("image", "tikz", model=str(detikzify(tmp_path)), beams=1)(picture)
    assert (SIDE, SIDE) in made
    assert max(width * height for width, height in made) <= 50_000


@pytest.mark.parametrize("factor", [0, -2, 3, "two"])
def test_patches_that_cannot_be_put_together_are_refused(tmp_path: Path, factor: object) -> None:
    folder = detikzify(tmp_path)
    config = json.loads((folder / "config.json").read_text()) | {"concat_factor": factor}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError) as refused:
        Pipeline("image", "tikz", model=str(folder))(plain("red"))
    told = f"config.json has a concat_factor of {factor!r}, which does not divide 4 patches"
    assert str(refused.value) == f"{folder.name}: {told}"


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_patches_of_no_size_are_refused(tmp_path: Path) -> None:
    folder = detikzify(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"]["patch_size"] = 0
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"cannot be loaded by SiglipVisionModel: .* by zero"):
        Pipeline("image", "tikz", model=str(folder))(plain("red"))


SEEN, WRITTEN = "model.image_encoder.visual_encoder.", "model.svg_transformer.transformer."


@pytest.mark.parametrize(
    "kind, name, shape, message",
    [
        ("detikzify", "model.connector.modality_projection.proj.weight", (32, 16), "are 32 × 16, and not 32 × 32"),
        ("starvector", SEEN + "embeddings.patch_embedding.weight", (64, 3), "are 64 × 3, and not any × 3 × any × any"),
        ("starvector", SEEN + "embeddings.position_embedding.weight", (), "are a number, and not any × 64"),
        ("starvector", WRITTEN + "model.embed_tokens.weight", (7,), "are 7, and not any × any"),
        ("starvector", "model.image_projection.c_proj.bias", (9,), "are 9, and not 128"),
        ("starvector", "model.image_projection.norm.weight", (128,), "are 128, and not 4 × 128"),
        ("starvector with norms of batches", "model.image_projection.norm.running_var", (3,), "are 3, and not 4"),
    ],
)
def test_weights_of_another_shape_are_refused(
    tmp_path: Path, kind: str, name: str, shape: tuple[int, ...], message: str
) -> None:
    folder = CHECKPOINTS[kind](tmp_path)
    for file in folder.glob("*.safetensors"):
        held = load_file(file)
        if name in held:
            save_file(held | {name: torch.zeros(shape)}, file)
    with pytest.raises(CheckpointError) as refused:
        Pipeline("image", "tikz", model=str(folder))(plain("red"))
    assert str(refused.value) == f"{folder.name}: the weights {name} {message}"


def test_a_checkpoint_that_lacks_weights_is_refused(tmp_path: Path) -> None:
    folder = detikzify(tmp_path)
    for file in folder.glob("*.safetensors"):
        save_file({name: value for name, value in load_file(file).items() if "k_proj" not in name}, file)
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    index["weight_map"] = {name: file for name, file in index["weight_map"].items() if "k_proj" not in name}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=r"the weights encoder\.layers\.0\.self_attn\.k_proj\.bias of Siglip"):
        Pipeline("image", "tikz", model=str(folder))(plain("red"))


@pytest.mark.parametrize(
    "config, message",
    [
        ({"model_type": "detikzify", "vision_tower": "vit_so400m"}, "version 1 keeps its vision tower outside"),
        ({"model_type": "internvl_chat"}, "comes with code of its own, which is not run; convert it for transformers"),
        ({"model_type": "starvector", "image_encoder_type": "clip"}, "StarVector is loaded with SigLIP and StarCoder2"),
    ],
)
def test_other_versions_are_refused_with_the_reason(tmp_path: Path, config: dict[str, str], message: str) -> None:
    tokenizer(tmp_path, [])
    (tmp_path / "config.json").write_text(json.dumps(config))
    save_file({"lm_head.weight": torch.zeros(2, 2)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=message):
        Pipeline("image", "tikz", model=str(tmp_path))(plain("red"))
