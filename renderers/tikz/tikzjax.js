// Started by tikzjax.py: sets one document with node-tikzjax, TeX in WebAssembly, which knows no files but its own.
// Standard input holds {"module", "document", "files"} as JSON; standard output gets the SVG, standard error the log.
"use strict";

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { module, document, files } = JSON.parse(Buffer.concat(chunks).toString("utf-8"));
  const answer = process.stdout.write.bind(process.stdout);
  console.log = (...words) => process.stderr.write(words.join(" ") + "\n");
  const { load, tex, dvi2svg } = require(module);
  const library = require(module + "/dist/library");
  await load();
  for (const [name, text] of Object.entries(files)) library.writeFileSync(name, Buffer.from(text));
  const dvi = await tex(document, { showConsole: true });
  const svg = await dvi2svg(dvi, { disableOptimize: true });
  answer(svg, () => process.exit(0));
}

function fail(error) {
  process.stderr.write(`\n${error && error.message ? error.message : error}\n`);
  process.exit(1);
}

// What TeX asks for and is not there, such as the metrics of a font, is thrown from where nothing can catch it.
process.on("uncaughtException", fail);
main().catch(fail);
