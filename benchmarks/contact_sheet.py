r"""Draws the contact sheet of hard formulas, each with its TeX below: docs/images/contact-sheet.png.

    python benchmarks/contact_sheet.py [OUT]

Every cell is the SVG that users get. To be looked at by eye, next to what TeX makes of the same source.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst
from panmath.convert.readers import tex
from panmath.convert.source import Source
from panmath.convert.writers.typst import string
from panmath.renderers.formula import draw

FORMULAS = (
    r"\cfrac{1}{a_0+\cfrac{1}{a_1+\cfrac{1}{a_2+\ddots}}}",
    r"f(x)=\begin{cases}x^2\sin\frac1x & \text{if }x\ne0,\\ 0 & \text{otherwise}\end{cases}",
    r"\left[\begin{array}{cc|c}1 & 2 & -x\\ \hline -3 & 4 & y+z\end{array}\right]",
    r"\begin{array}{|l|r|}\hline \text{name} & n\\ \hline\hline \alpha & 10\\ \beta & 9\\ \hline\end{array}",
    r"\overbrace{a+\underbrace{b+c+d}_{k\text{ terms}}+e}^{n}",
    r"A\xrightarrow[\text{below}]{f\circ g\circ h}B\xleftarrow{}C\xrightleftharpoons{k_1}D",
    r"\hat x\;\bar x\;\vec v\;\dot q\;\ddot q\;\dddot q\;\tilde n\;\check s\;\breve u\;\acute e\;\grave e\;\mathring A",
    r"\widehat{xyz}\;\widetilde{abc}\;\overline{AB}\;\underline{CD}\;\overrightarrow{PQ}\;\overleftarrow{QP}\;\hat\imath",
    r"\oint_{\partial D}\mathbf{F}\cdot d\mathbf{r}=\iint_D\left(\frac{\partial Q}{\partial x}-P_y\right)dA",
    r"\sum_{\substack{1\le i<j\le n\\ i+j\text{ odd}}}a_{ij}+\prod_{p\mid n}\Bigl(1-\frac1p\Bigr)",
    r"\boxed{E=\sqrt{m^2c^4+p^2c^2}}",
    r"\mathscr{ABFLR}\ne\mathcal{ABFLR},\quad\mathfrak{ABgs}\;\mathbb{NZQRC}\;\mathsf{Sans}\;\mathtt{tt}",
    r"f'(x),\;g''_i,\;h'''^2,\;f^{(4)},\;{x'}_k",
    r"\left\{x\in X\;\middle|\;\frac{f(x)}{g(x)}\le 1\right\}",
    r"\left.\frac{du}{dx}\right|_{x=0}^{1}\quad\left\|\frac{x}{y}\right\|_p\quad\left\lfloor\frac n2\right\rfloor",
    r"\sqrt{1+\sqrt{1+\sqrt{1+\sqrt[3]{1+x}}}}",
    r"\binom{n}{k}=\frac{n!}{k!\,(n-k)!}\qquad\tbinom nk\quad{n\brace k}\quad{n\brack k}",
    r"\begin{aligned}(a+b)^2&=a^2+2ab+b^2\\ (a-b)^2&=a^2-2ab+b^2\end{aligned}",
    r"\bigl(\Bigl(\biggl(\Biggl(x\Biggr)\biggr)\Bigr)\bigr)\;\big/\Big/\bigg/\;\bigl[\Bigl\{\biggl\langle",
    r"\lim_{n\to\infty}\,\limsup_{k}\,\sup_{x\in K}\,\inf_y\,\operatorname*{arg\,max}_\theta\mathcal L(\theta)",
    r"\int_0^\infty e^{-x^2}\,dx=\frac{\sqrt\pi}{2},\quad\int\limits_a^b\!\!\int\nolimits_c^d",
    r"\cancel{x+y}\;\bcancel{ab}\;\xcancel{5}\;\sout{abc}\;\cancelto{0}{x}",
    r"a\overset{!}{=}b\underset{n\to\infty}{\longrightarrow}c\stackrel{\text{def}}{=}d",
    r"\begin{pmatrix}a&\cdots\\ \vdots&\ddots\end{pmatrix}\bigl(\begin{smallmatrix}a&b\\c&d\end{smallmatrix}\bigr)",
    r"\textcolor{red}{x}+\colorbox{yellow}{$y$}=\color{blue}z",
    r"A\not\subset B,\;x\notin C,\;a\nleq b,\;p\not\equiv q,\;X\not\in Y,\;\nexists",
    r"x^{y^{z^{w}}}_{i_{j_{k}}}\;{}^{14}_{6}\mathrm{C}\;\sideset{_1^2}{_3^4}\prod",
    r"\bigoplus_{i=1}^n V_i\quad\bigcup_{\lambda\in\Lambda}U_\lambda\quad\bigotimes\quad\coprod\quad\biguplus",
    r"\begin{vmatrix}\boldsymbol{i}&\boldsymbol{j}&\boldsymbol{k}\\ a_1&a_2&a_3\\ b_1&b_2&b_3\end{vmatrix}",
    r"\phi,\varphi,\epsilon,\varepsilon,\theta,\vartheta,\Gamma,\varGamma,\hbar,\ell,\partial,\nabla,\emptyset,\infty,\aleph",
)

COLUMNS = 3


def main() -> None:
    out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs/images/contact-sheet.png")
    out.parent.mkdir(parents=True, exist_ok=True)
    cells = []
    for formula in FORMULAS:
        svg = draw(tex.read(Source(formula), losses=[]), size=11, embed=False)
        cells.append(f'cell(image(bytes({string(svg)}), format: "svg"), {string(formula)})')
    document = f"""\
#set page(width: 640pt, height: auto, margin: 12pt)
#let cell(picture, source) = block(breakable: false, width: 100%, align(center, {{
  picture
  v(-2pt)
  text(size: 5.2pt, fill: luma(40%), raw(source))
}}))
#grid(columns: (1fr,) * {COLUMNS}, column-gutter: 10pt, row-gutter: 16pt, align: bottom, {", ".join(cells)})
"""
    png = typst.Compiler(ignore_system_fonts=True).compile(input=document.encode(), format="png", ppi=150)
    out.write_bytes(png)
    print(f"{out}: {len(FORMULAS)} formulas, {len(png) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
