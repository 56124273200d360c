"""What runs before anything is drawn: definitions, conditions and loops, as TeX and pgf have them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ...convert.errors import Losses
from ...convert.readers.tex.tokens import Macro, is_blank, join_parameters, tokenize
from ...convert.source import Source
from .keys import Keys
from .options import State, decimal, pair, split, unbraced

MAX_ROUNDS: Final = 20_000


class Control(Keys):
    """Definitions of macros and styles, conditions and ``\\foreach``."""

    def __init__(self, source: Source, losses: Losses, macros: Mapping[str, str | Macro]) -> None:
        super().__init__(source, losses, macros)
        self.conditions = 0
        self.toggles: dict[str, bool] = {}

    def tikzstyle(self, state: State, tok: str, at: int) -> None:
        name = self.verbatim(tok, at) if self.skip_blanks() == "{" else ""
        while not name.endswith("=") and self.toks and self.toks[-1] not in ("=", "["):
            name += self.take()[0]
        plus = name.strip().endswith("+")
        self.take_if("=")
        if self.take_if("+"):
            plus = True
        option = self.raw_option() or []
        name = name.strip().rstrip("=+ ")
        old = state.styles.get(name, "") + "," if plus else ""
        state.styles = {**state.styles, name: old + "".join(option)}

    def def_(self, tok: str, at: int) -> None:
        self.skip_blanks()
        name, _ = self.take()
        pattern: list[str] = []
        while self.toks and self.toks[-1] != "{":
            pattern.append(self.take()[0])
        body = self.raw_group(tok, at)
        joined = join_parameters([part for part in pattern if not part.isspace()])
        if tok in ("\\edef", "\\xdef"):
            body = tokenize(self.expanded(body))
        self.define(name, self.macro(joined, body), everywhere=tok in ("\\gdef", "\\xdef"))

    def newcommand(self, tok: str, at: int) -> None:
        self.take_if("*")
        name = "".join(part for part in self.raw_group(tok, at) if not is_blank(part))
        if tok == "\\DeclareMathOperator":
            body = ["\\operatorname", "{", *self.raw_group(tok, at), "}"]
            self.define(name, Macro((), tuple(body)))
            return
        count = self.raw_option()
        number = int("".join(count)) if count and "".join(count).strip().isdecimal() else 0
        default = self.raw_option() if number else None
        body = self.raw_group(tok, at)
        pattern = tuple(f"#{n}" for n in range(1, min(number, 9) + 1))
        self.define(name, replace(self.macro(pattern, body), default=None if default is None else tuple(default)))

    def macro(self, pattern: tuple[str, ...], tokens: list[str]) -> Macro:
        """A macro, whose body may name the parameters of its pattern only."""
        body = join_parameters(tokens)
        known = {tok for tok in pattern if tok[0] == "#"}
        for tok in body:
            if re.fullmatch(r"#\d", tok) and tok not in known:
                raise self.refuse(f"a macro with {len(known)} parameters uses {tok}")
        return Macro(pattern, body)

    # Conditions

    def condition(self, tok: str, at: int) -> None:
        """``\\ifnum a<b`` and its kin: goes on with the branch that holds."""
        if tok in ("\\iftrue", "\\iffalse"):
            holds = tok == "\\iftrue"
        elif tok == "\\ifodd":
            holds = bool(int(self.operand(at)) % 2)
        else:
            left = self.operand(at)
            self.skip_blanks()
            sign, _ = self.take()
            right = self.operand(at)
            holds = {"<": left < right, ">": left > right, "=": left == right}.get(sign, False)
        self.conditions += 1
        if not holds:
            self.skip_condition(stop_at_else=True)

    def operand(self, at: int) -> float:
        text = ""
        while self.toks:
            tok = self.toks[-1]
            if tok in self.macros:
                self.expand(*self.take())
            elif is_blank(tok):
                self.take()
                if text.strip("+-"):
                    break
            elif re.fullmatch(r"[-+.\d]+|pt|cm|[a-z]", tok):
                text += self.take()[0]
            else:
                break
        return self.number(text or "0")

    def skip_condition(self, stop_at_else: bool) -> None:
        depth = 0
        while self.toks:
            tok, _ = self.take()
            if tok.startswith("\\if") and tok not in ("\\ifthenelse", "\\iff"):
                depth += 1
            elif tok == "\\fi":
                if depth == 0:
                    self.conditions -= stop_at_else
                    return
                depth -= 1
            elif tok == "\\else" and depth == 0 and stop_at_else:
                return

    def holds(self, test: str) -> bool:
        equal = re.fullmatch(r"\s*\\equal\s*\{(.*)\}\s*\{(.*)\}\s*", test, re.DOTALL)
        if equal is not None:
            return equal[1].strip() == equal[2].strip()
        return bool(self.number(re.sub(r"(?<![<>=!])=(?!=)", "==", test.replace("\\", ""))))

    # Loops

    def foreach(self, run: object) -> None:
        """``\\foreach \\x/\\y [options] in {…} body``; `run` gets the tokens of the body for each round."""
        at = self.here
        head: list[str] = []
        option: list[str] = []
        while self.toks:
            tok = self.skip_blanks()
            if tok == "[":
                option = self.raw_option() or []
                continue
            tok, _ = self.take()
            if tok == "i" and self.toks and self.toks[-1] == "n":
                self.take()
                break
            head.append(tok)
        names = [part.strip() for part in "".join(head).split("/")]
        if not names or any(not name.startswith("\\") for name in names):
            raise self.refuse("\\foreach needs variables such as \\x")
        written = self.raw_group("\\foreach", at)
        rows = self.loop_list(written)
        body = self.loop_body()
        counter, start, evaluations, remembered = "", 1, [], []
        for part in split("".join(option)):
            key, value = pair(part)
            match key:
                case "count":
                    counter, _, first = (value or "").partition(" from ")
                    start = int(self.number(first)) if first else 1
                case "evaluate":
                    evaluations.append(value or "")
                case "remember":
                    remembered.append(value or "")
                case "var" | "":
                    pass
                case _:
                    raise self.refuse(f"the option {key!r} of \\foreach is not known")
        for note in remembered:
            match = re.search(r"as\s*(\\\w+)\s*(?:\(initially (.*)\))?", note)
            if match is not None and match[2]:
                self.bind(match[1], match[2])
        for number, row in enumerate(rows):
            self.watch()
            values = [part.strip() for part in split(row, "/")] if len(names) > 1 else [row.strip()]
            values += [values[-1]] * (len(names) - len(values))
            for name, value in zip(names, values, strict=False):
                self.bind(name, unbraced(value))
            if counter:
                self.bind(counter.strip(), str(start + number))
            for note in evaluations:
                self.loop_value(note)
            run(list(body))  # type: ignore[operator]
            for note in remembered:
                match = re.match(r"\s*(\\\w+)\s+as\s*(\\\w+)", note)
                if match is not None:
                    self.bind(match[2], self.expanded(match[1]))

    def loop_value(self, note: str) -> None:
        match = re.fullmatch(r"\s*(\\\w+)(?:\s+as\s*(\\\w+))?(?:\s+using\s*(.*))?\s*", note, re.DOTALL)
        if match is None:
            raise self.refuse(f"evaluate={note} is not understood")
        self.bind(match[2] or match[1], decimal(self.number(self.expanded(match[3] or match[1]))))

    def loop_body(self) -> list[str]:
        tok = self.skip_blanks()
        if tok == "{":
            return self.raw_group("\\foreach", self.here)
        if tok == "\\foreach":
            body = [self.take()[0]]
            while self.toks and body[-2:] != ["i", "n"]:
                body.append(self.take()[0])
            # The list may be a macro.
            listed = (
                ["{", *self.raw_group("\\foreach", self.here), "}"] if self.skip_blanks() == "{" else [self.take()[0]]
            )
            return [*body, *listed, "{", *self.loop_body(), "}"]
        return self.statement()

    def statement(self) -> list[str]:
        """What is still to be read up to a semicolon outside braces, and that."""
        tokens: list[str] = []
        depth = 0
        while self.toks:
            tok, _ = self.take()
            depth += (tok == "{") - (tok == "}")
            tokens.append(tok)
            if tok == ";" and depth == 0:
                break
        return tokens

    def loop_list(self, tokens: list[str]) -> list[str]:
        """The values, with ``a,b,...,z`` filled in."""
        items = [part.strip() for part in split(self.expanded(tokens))]
        while len(items) == 1 and items[0].startswith("{") and unbraced(items[0]) != items[0]:
            items = [part.strip() for part in split(unbraced(items[0]))]
        if items == [""] or items == ["{}"]:
            return []
        result: list[str] = []
        for index, item in enumerate(items):
            if item == "..." or item == "\\dots" or item == "\\ldots":
                if 0 < index < len(items) - 1:
                    second = items[index - 2] if index > 1 and len(result) > 1 else None
                    result += self.between(second, result[-1], items[index + 1])
                continue
            if index and items[index - 1] in ("...", "\\dots") and result and index > 1:
                continue
            result.append(item)
        if len(result) > MAX_ROUNDS:
            raise self.refuse(f"\\foreach goes {len(result)} rounds, more than {MAX_ROUNDS}")
        return result

    def between(self, second: str | None, last: str, end: str) -> list[str]:
        if re.fullmatch(r"[A-Za-z]", last) and re.fullmatch(r"[A-Za-z]", end):
            by = (ord(last) - ord(second) if second and len(second) == 1 else 1 if end >= last else -1) or 1
            return [chr(code) for code in range(ord(last) + by, ord(end) + (1 if by > 0 else -1), by)]
        a, b = self.number(last), self.number(end)
        step = a - self.number(second) if second is not None else (1.0 if b >= a else -1.0)
        if step == 0 or (b - a) / step > MAX_ROUNDS:
            raise self.refuse(f"\\foreach from {last} to {end} does not end")
        return [decimal(a + step * n) for n in range(1, int((b - a) / step + 1e-4) + 1)]
