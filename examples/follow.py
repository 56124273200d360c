r"""Makes a page that speaks a formula and shows word by word which part of it is being said.

    python examples/follow.py '\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}' > follow.html

The browser's own voice speaks the phrases one after the other; while it does, the part of the TeX that each speaks is
marked. A second argument names a style of speech, as clearspeak.
"""

from __future__ import annotations

import html
import json
import sys

from panmath.convert import convert

PAGE = """<!doctype html>
<meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 1.5em sans-serif; margin: 2em }} mark {{ background: #ffd54f }} code {{ white-space: pre-wrap }}
</style>
<p>{mathml}<p><code></code><p id="said"></p><button>Speak</button>
<script>
const tex = {tex}, words = {words}
const code = document.querySelector("code"), said = document.querySelector("#said")
function show(from, to) {{
  const mark = document.createElement("mark")
  mark.append(tex.slice(from, to))
  code.replaceChildren(tex.slice(0, from), mark, tex.slice(to))
}}
function speak(at) {{
  show(words[at]?.start ?? 0, words[at]?.end ?? 0)
  if (at >= words.length) return
  said.textContent = words.slice(0, at + 1).map(word => word.text).join(" ")
  const phrase = new SpeechSynthesisUtterance(words[at].text)
  phrase.lang = "en"
  phrase.onend = () => speak(at + 1)
  speechSynthesis.speak(phrase)
}}
document.querySelector("button").onclick = () => {{ speechSynthesis.cancel(); speak(0) }}
show(0, 0)
</script>
"""


def page(tex: str, style: str) -> str:
    """The page as HTML, with nothing to load."""
    spoken = convert(tex, to="spoken.en", source="tex", style=style).to_dict()
    # Code points are not what JavaScript counts, so that the offsets are turned into UTF-16 units.
    units = [0]
    for char in tex:
        units.append(units[-1] + 1 + (char > "\uffff"))
    words = [
        {"text": word["text"], "start": units[word["start"] or 0], "end": units[word["end"] or 0]}
        for word in spoken["words"]
    ]
    return PAGE.format(
        title=html.escape(spoken["value"]),
        mathml=convert(tex, to="mathml", source="tex", display=True).value,
        tex=_script(tex),
        words=_script(words),
    )


def _script(value: object) -> str:
    """JSON that no script element ends inside."""
    return json.dumps(value).replace("<", "\\u003c")


if __name__ == "__main__":
    print(page(sys.argv[1], *(sys.argv[2:] or ["natural"])), end="")
