// KaTeX, as strict about the formula as its defaults are, with everything allowed that needs trust.

import katex from "katex";
import { serve } from "./serve.mjs";

const options = { displayMode: true, throwOnError: true, strict: false, trust: true };

await serve("KaTeX", katex.version, {
  parse: (tex) => katex.__parse(tex, options),
  mathml: (tex, macros) => katex.renderToString(tex, { ...options, output: "mathml", macros: { ...macros } }),
});
