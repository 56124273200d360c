"""What worker.py does for `raster`: draws one SVG, under the limits that it has set on itself.

Nothing of panmath is imported, so that the child starts fast.
"""

from __future__ import annotations

from typing import Any


def handle(header: dict[str, Any], body: bytes) -> bytes:
    """The picture: by resvg for PNG, by CairoSVG for PDF and PostScript or where it is asked for."""
    svg = body.decode("utf-8")
    if header["engine"] == "resvg":
        import resvg_py

        options = {} if header["background"] is None else {"background": header["background"]}
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg, dpi=96.0, zoom=header["zoom"], skip_system_fonts=not header["has_text"], **options
            )
        )
    import cairosvg

    function = {"png": cairosvg.svg2png, "pdf": cairosvg.svg2pdf, "ps": cairosvg.svg2ps}[header["format"]]
    scale = header["zoom"] if header["format"] == "png" else 1.0
    # Without `unsafe=True` CairoSVG reads data URLs and nothing else.
    picture: bytes = function(
        bytestring=svg.encode("utf-8"), dpi=96, scale=scale, background_color=header["background"]
    )
    return picture
