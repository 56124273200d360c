// MathJax with all of its TeX packages but those that hide errors (noerrors, noundefined), that redefine the commands
// of others (physics, colorv2), or that load files while a formula is read (autoload, require).

import { mathjax } from "@mathjax/src/js/mathjax.js";
import { TeX } from "@mathjax/src/js/input/tex.js";
import { SVG } from "@mathjax/src/js/output/svg.js";
import { liteAdaptor } from "@mathjax/src/js/adaptors/liteAdaptor.js";
import { RegisterHTMLHandler } from "@mathjax/src/js/handlers/html.js";
import { SerializedMmlVisitor } from "@mathjax/src/js/core/MmlTree/SerializedMmlVisitor.js";
import "@mathjax/src/js/util/asyncLoad/esm.js";
import { STATE } from "@mathjax/src/js/core/MathItem.js";
import { serve, versionOf } from "./serve.mjs";

const names = [
  "Base", "Action", "Ams", "AmsCd", "Bbm", "Bbox", "Begingroup", "Boldsymbol", "Braket", "Bussproofs", "Cancel",
  "Cases", "Centernot", "Color", "Colortbl", "ConfigMacros", "Dsfont", "Empheq", "Enclose", "Extpfeil", "Gensymb",
  "Html", "Mathtools", "Mhchem", "Newcommand", "TagFormat", "Textcomp", "TextMacros", "Unicode", "Units", "Upgreek",
  "Verb",
];
const packages = names.map((name) => name.toLowerCase());
for (const name of names) {
  await import(`@mathjax/src/js/input/tex/${name.toLowerCase()}/${name}Configuration.js`);
}

const adaptor = liteAdaptor();
RegisterHTMLHandler(adaptor);
const visitor = new SerializedMmlVisitor();

function formatError(jax, error) {
  throw error;
}

function documentWith(macros) {
  const body = Object.fromEntries(Object.entries(macros).map(([name, text]) => [name.replace(/^\\/, ""), text]));
  const input = new TeX({ packages, formatError, macros: body });
  return mathjax.document("", { InputJax: input, OutputJax: new SVG({ fontCache: "none" }) });
}

const plain = documentWith({});
await plain.outputJax.font.loadDynamicFiles(); // else the first formula in a rare alphabet waits for its file

function compile(tex, macros) {
  const page = Object.keys(macros ?? {}).length ? documentWith(macros) : plain;
  return page.convert(tex, { display: true, end: STATE.CONVERT });
}

await serve("MathJax", versionOf("@mathjax/src"), {
  parse: (tex) => compile(tex),
  mathml: (tex, macros) => visitor.visitTree(compile(tex, macros)),
  svg: (tex) => adaptor.outerHTML(plain.convert(tex, { display: true })),
});
