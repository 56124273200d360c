r"""Figure models whose checkpoints name code of their own, put together from parts that transformers has.

None of that code is run. DeTikZify (versions 2 and 2.5) and StarVector (with SigLIP and StarCoder2, as in its 8B) are
each a SigLIP tower, a projector and a decoder that reads the projected patches before its own words; only the names of
the weights and the projector differ.

=====================  ============================================  =========================================
part                   DeTikZify                                     StarVector
=====================  ============================================  =========================================
tower                  ``model.vision_model.vision_model.*``         ``model.image_encoder.visual_encoder.*``
projector              ``model.connector.modality_projection.proj``  ``model.image_projection.{c_fc,c_proj,norm}``
decoder                ``model.text_model.*``, ``lm_head``           ``model.svg_transformer.transformer.*``
=====================  ============================================  =========================================

Sources: github.com/potamides/DeTikZify (detikzify/model), github.com/joanrod/star-vector (starvector/model).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from huggingface_hub.errors import StrictDataclassError
from panmath.convert.errors import CheckpointError
from PIL import Image, ImageChops
from safetensors import SafetensorError, safe_open
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    SiglipImageProcessorPil,
    SiglipVisionConfig,
    SiglipVisionModel,
    Starcoder2Config,
)

from ..device import placed
from ..loading import network, part

_SIGLIP_HEAD: Final = 64
_STARCODER_HEAD: Final = 128
"""The size of an attention head, the same in all checkpoints of these families: the weights do not tell it."""
_STARCODER_ROPE: Final = 1_000_000.0
_LONGEST: Final = 2048


class Weights:
    """The weights of a checkpoint by name, each read when it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}
        try:
            for file in sorted(folder.glob("*.safetensors")):
                with safe_open(file, "pt") as opened:
                    self._files |= dict.fromkeys(opened.keys(), file)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{folder.name}: its weights cannot be read: {error}") from error

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def __getitem__(self, name: str) -> torch.Tensor:
        if name not in self._files:
            raise CheckpointError(f"{self._folder.name}: the weights {name} are missing")
        with safe_open(self._files[name], "pt") as opened:
            found: torch.Tensor = opened.get_tensor(name)
        return found

    def shape(self, name: str, *told: int) -> tuple[int, ...]:
        """The sizes of weights; CheckpointError unless they are as told, where 0 stands for any size."""
        found = tuple(self[name].shape)
        fits = len(found) == len(told) and all(
            size > 0 and one in (0, size) for size, one in zip(found, told, strict=True)
        )
        if not fits:
            wanted = " × ".join(str(one or "any") for one in told)
            there = " × ".join(map(str, found)) or "a number"
            raise CheckpointError(f"{self._folder.name}: the weights {name} are {there}, and not {wanted}")
        return found

    def count(self, prefix: str) -> int:
        """How many layers there are under a prefix that a number follows."""
        rest = (name.removeprefix(prefix).partition(".")[0] for name in self._files if name.startswith(prefix))
        return len({number for number in rest if number.isdigit()})


class Projector(Protocol):
    """Patches (1, patches, width of the tower) → what the decoder reads (1, places, its own width)."""

    def __call__(self, patches: torch.Tensor) -> torch.Tensor: ...


class Concatenated:
    """DeTikZify's: some patches that follow each other become one place, by one matrix without an offset."""

    def __init__(self, weights: Weights, together: int, width: int, size: int) -> None:
        """`together` patches of `width` become a place of `size`."""
        name = "model.connector.modality_projection.proj.weight"
        weights.shape(name, size, together * width)
        self.matrix = weights[name]
        self.together = together

    def __call__(self, patches: torch.Tensor) -> torch.Tensor:
        batch, count, width = patches.shape
        joined = patches.reshape(batch, count // self.together, width * self.together)
        return functional.linear(joined, self.matrix.to(joined))


class Adapter:
    """StarVector's: two layers with a swish between, and a norm over all places or, of batches, for each of them."""

    def __init__(self, weights: Weights, places: int, width: int, size: int) -> None:
        """`places` patches of `width` become as many of `size`."""
        prefix = "model.image_projection."
        inner, _ = weights.shape(f"{prefix}c_fc.weight", 0, width)
        of_batches = f"{prefix}norm.running_mean" in weights
        norm = (places,) if of_batches else (places, size)
        shapes = {
            "c_fc.weight": (inner, width), "c_fc.bias": (inner,), "c_proj.weight": (size, inner),
            "c_proj.bias": (size,), "norm.weight": norm, "norm.bias": norm,
        }  # fmt: skip
        running = dict.fromkeys(("norm.running_mean", "norm.running_var"), norm) if of_batches else {}
        for name, shape in (shapes | running).items():
            weights.shape(prefix + name, *shape)
        self._part = {name: weights[prefix + name] for name in shapes}
        self._running = [weights[prefix + name] for name in running]

    def __call__(self, patches: torch.Tensor) -> torch.Tensor:
        first, first_offset, second, second_offset, scale, offset = (one.to(patches) for one in self._part.values())
        found = functional.linear(patches, first, first_offset)
        found = functional.linear(functional.silu(found), second, second_offset)
        if self._running:
            mean, variance = (one.to(found) for one in self._running)
            return functional.batch_norm(found, mean, variance, scale, offset)
        return functional.layer_norm(found, scale.shape, scale, offset)


class AssembledModel:
    """A tower, a projector and a decoder with its tokenizer."""

    def __init__(self, folder: Path, device: str, precision: str) -> None:
        config = _config(folder)
        weights = Weights(folder)
        self._device = device
        self._tokenizer: Any = part(AutoTokenizer, folder)
        layout = _detikzify if config["model_type"] == "detikzify" else _starvector
        tower, self._projector, decoder, self._around = layout(folder, config, weights, self._tokenizer)
        self._tower: Any = placed(tower, device, precision)
        self._decoder: Any = placed(decoder, device, precision)
        self._side = int(self._tower.config.image_size)
        self._processor = SiglipImageProcessorPil(
            size={"height": self._side, "width": self._side},
            **_normalization(folder, ("image_mean", "image_std", "resample")),
        )

    @torch.inference_mode()
    def write(self, image: Image.Image, count: int, beams: int) -> list[str]:
        """At most `count` texts for an RGB picture, the likeliest first."""
        pixels = self._processor(images=_square(image, self._side), return_tensors="pt")["pixel_values"]
        weights = next(self._tower.parameters()).dtype
        seen = self._projector(self._tower(pixels.to(self._device, weights)).last_hidden_state)
        embed = self._decoder.get_input_embeddings()
        start, words = (embed(torch.tensor([ids], dtype=torch.long, device=self._device)) for ids in self._around)
        given = torch.cat([start, seen.to(start), words], dim=1)
        room = int(self._decoder.config.max_position_embeddings) - given.shape[1]
        out = self._decoder.generate(
            inputs_embeds=given, attention_mask=torch.ones(given.shape[:2], dtype=torch.long, device=self._device),
            num_beams=max(beams, count), num_return_sequences=count, max_new_tokens=max(1, min(_LONGEST, room)),
            do_sample=False, early_stopping=max(beams, count) > 1,
            pad_token_id=self._tokenizer.pad_token_id, eos_token_id=self._tokenizer.eos_token_id,
        )  # fmt: skip
        head = self._tokenizer.decode(self._around[1])
        return [head + str(text) for text in self._tokenizer.batch_decode(out, skip_special_tokens=True)]


_Parts = tuple[Any, Projector, Any, tuple[Sequence[int], Sequence[int]]]
"""Tower, projector, decoder, and the tokens before and behind the picture."""


def _detikzify(folder: Path, config: Mapping[str, Any], weights: Weights, tokenizer: Any) -> _Parts:
    if not isinstance(config.get("vision_config"), dict) or not isinstance(config.get("text_config"), dict):
        raise CheckpointError(
            f"{folder.name}: DeTikZify of version 1 keeps its vision tower outside of the checkpoint; take version 2"
        )
    vision = _shape(SiglipVisionConfig, folder, config["vision_config"])
    text = _shape(partial(AutoConfig.for_model, config["text_config"].get("model_type", "llama")), folder,
                  config["text_config"])  # fmt: skip
    tower = network(
        SiglipVisionModel, folder, config=vision, key_mapping={r"^model\.vision_model\.(?:vision_model\.)?": ""}
    )
    decoder = network(AutoModelForCausalLM, folder, config=text, key_mapping={r"^model\.text_model\.": "model."})
    start = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    together, patches = config.get("concat_factor", 3), (vision.image_size // vision.patch_size) ** 2
    if not isinstance(together, int) or together < 1 or patches % together:
        raise CheckpointError(
            f"{folder.name}: config.json has a concat_factor of {together!r}, which does not divide {patches} patches"
        )
    projector = Concatenated(weights, together, vision.hidden_size, text.hidden_size)
    return tower, projector, decoder, (start, [])


def _starvector(folder: Path, config: Mapping[str, Any], weights: Weights, tokenizer: Any) -> _Parts:
    kinds = str(config.get("image_encoder_type")), str(config.get("starcoder_model_name"))
    if "siglip" not in kinds[0] or "starcoder2" not in kinds[1]:
        raise CheckpointError(f"{folder.name}: StarVector is loaded with SigLIP and StarCoder2, as its 8B has them")
    seeing, writing = "model.image_encoder.visual_encoder.", "model.svg_transformer.transformer."
    width, _, patch, _ = weights.shape(f"{seeing}embeddings.patch_embedding.weight", 0, 3, 0, 0)
    places, _ = weights.shape(f"{seeing}embeddings.position_embedding.weight", 0, width)
    vision = SiglipVisionConfig(
        hidden_size=width, num_attention_heads=max(width // _SIGLIP_HEAD, 1), patch_size=patch,
        intermediate_size=weights.shape(f"{seeing}encoder.layers.0.mlp.fc1.weight", 0, width)[0],
        num_hidden_layers=weights.count(f"{seeing}encoder.layers."), image_size=patch * math.isqrt(places),
        vision_use_head=False,
    )  # fmt: skip
    vocabulary, size = weights.shape(f"{writing}model.embed_tokens.weight", 0, 0)
    keys, _ = weights.shape(f"{writing}model.layers.0.self_attn.k_proj.weight", 0, size)
    text = Starcoder2Config(
        vocab_size=vocabulary, hidden_size=size, num_attention_heads=max(size // _STARCODER_HEAD, 1),
        num_hidden_layers=weights.count(f"{writing}model.layers."),
        num_key_value_heads=max(keys // _STARCODER_HEAD, 1), max_position_embeddings=16384,
        intermediate_size=weights.shape(f"{writing}model.layers.0.mlp.c_fc.weight", 0, size)[0],
        rope_parameters={"rope_type": "default", "rope_theta": _STARCODER_ROPE}, sliding_window=4096,
        tie_word_embeddings=f"{writing}lm_head.weight" not in weights, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    tower = network(SiglipVisionModel, folder, config=vision, key_mapping={"^" + _escaped(seeing): ""})
    decoder = network(AutoModelForCausalLM, folder, config=text, key_mapping={"^" + _escaped(writing): ""})
    return (
        tower,
        Adapter(weights, places, width, size),
        decoder,
        ([], tokenizer("<svg", add_special_tokens=False)["input_ids"]),
    )


def _escaped(prefix: str) -> str:
    return prefix.replace(".", r"\.")


def _shape(kind: Callable[..., Any], folder: Path, told: Mapping[str, Any]) -> Any:
    """A configuration of transformers from what a checkpoint tells; CheckpointError where that is none."""
    known = {name: value for name, value in told.items() if name not in ("model_type", "vision_use_head")}
    if kind is SiglipVisionConfig:
        known["vision_use_head"] = False  # the last layer is what is read
    try:
        return kind(**known)
    except (ValueError, TypeError, KeyError, StrictDataclassError) as error:
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{folder.name}: config.json is not that of such a model: {reason}") from error


def _config(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return found


def _normalization(folder: Path, wanted: Sequence[str]) -> dict[str, Any]:
    """What a checkpoint says of how pictures are prepared."""
    file = folder / "preprocessor_config.json"
    try:
        told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except ValueError as error:
        raise CheckpointError(f"{folder.name}: {file.name} is damaged: {error}") from error
    if not isinstance(told, dict):
        raise CheckpointError(f"{folder.name}: {file.name} is damaged: it is no table")
    return {name: told[name] for name in wanted if name in told}


def _square(image: Image.Image, most: int) -> Image.Image:
    """The picture without its white border, in the middle of a white square of at most `most` pixels a side, which
    bounds the memory of a picture that is a thin line.
    """
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    cut = image.crop(box)
    cut.thumbnail((most, most), Image.Resampling.BICUBIC, reducing_gap=None)
    side = max(cut.size)
    found = Image.new("RGB", (side, side), "white")
    found.paste(cut, ((side - cut.width) // 2, (side - cut.height) // 2))
    return found
