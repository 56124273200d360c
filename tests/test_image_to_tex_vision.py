"""Any vision encoder–decoder of transformers reads pictures through the edge: shown with tiny, untrained ones."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from panmath.convert.errors import InputError, UnsupportedError
from PIL import Image, ImageDraw

pytest.importorskip("transformers")

import torch
from panmath.models.image_to_tex import read_many
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    DeiTConfig,
    DeiTImageProcessor,
    GPT2Config,
    MBartConfig,
    PreTrainedTokenizerFast,
    SwinConfig,
    TrOCRConfig,
    VisionEncoderDecoderConfig,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTImageProcessor,
)

_TOKENS = ["<s>", "<pad>", "</s>", "x", "y", "1", "2", "+", "=", "a", "b", "c"]
_VIT = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "image_size": 32,
    "patch_size": 16,
}  # fmt: skip
_SWIN = {"image_size": 32, "patch_size": 4, "embed_dim": 8, "depths": [1, 1], "num_heads": [1, 2], "window_size": 4}
_MBART = {
    "d_model": 16, "decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 16,
    "vocab_size": len(_TOKENS), "max_position_embeddings": 40,
}  # fmt: skip

SHAPES = {
    # TexTeller and pix2text-mfr
    "ViT and TrOCR": (ViTConfig(**_VIT), TrOCRConfig(
        vocab_size=len(_TOKENS), d_model=16, decoder_layers=1, decoder_attention_heads=2, decoder_ffn_dim=16,
        max_position_embeddings=40,
    )),
    "DeiT and GPT-2": (DeiTConfig(**_VIT), GPT2Config(
        vocab_size=len(_TOKENS), n_embd=16, n_layer=1, n_head=2, n_positions=40, bos_token_id=0, eos_token_id=2,
    )),
    # Nougat
    "Swin and mBART": (SwinConfig(**_SWIN), MBartConfig(**_MBART)),
}  # fmt: skip


def _checkpoint(folder: Path, shape: str) -> Path:
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(*SHAPES[shape])
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 0, 1, 2
    torch.manual_seed(0)
    VisionEncoderDecoderModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordLevel({token: at for at, token in enumerate(_TOKENS)}, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<pad>"
    ).save_pretrained(folder)
    processor = DeiTImageProcessor if shape.startswith("DeiT") else ViTImageProcessor
    processor(
        size={"height": 32, "width": 32}, **({"crop_size": 32} if shape.startswith("DeiT") else {})
    ).save_pretrained(folder)
    return folder


def _picture() -> bytes:
    image = Image.new("RGB", (90, 30), "white")
    ImageDraw.Draw(image).text((10, 8), "x + y", fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_encoder_decoders_answer_with_tex_that_parses(shape: str, tmp_path: Path) -> None:
    folder = _checkpoint(tmp_path, shape)
    first, again = (read_many([_picture()] * 2, limit=3, model=str(folder), device="cpu") for _ in range(2))
    assert [str(found) for found in first] == [str(found) for found in again]
    for answers in first:
        if isinstance(answers, list):
            assert 0 < len(answers) <= 3
            assert all(0 <= answer.weight <= 1 for answer in answers)
        else:
            assert str(answers) == "the model wrote nothing that is well-formed TeX"


def test_blank_pictures_are_not_shown_to_the_model(tmp_path: Path) -> None:
    folder = _checkpoint(tmp_path, "ViT and TrOCR")
    buffer = io.BytesIO()
    Image.new("L", (40, 20), 255).save(buffer, "PNG")
    (error,) = read_many([buffer.getvalue()], limit=1, model=str(folder), device="cpu")
    assert isinstance(error, UnsupportedError)
    assert str(error) == "the picture holds no formula"


def test_a_checkpoint_without_an_image_processor_is_refused(tmp_path: Path) -> None:
    folder = _checkpoint(tmp_path, "ViT and TrOCR")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(InputError, match="cannot be loaded by AutoImageProcessor"):
        read_many([_picture()], limit=1, model=str(folder), device="cpu")
