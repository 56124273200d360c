// Speech Rule Engine: MathML to English speech. Here a formula is MathML, whatever the request calls it.

import { createRequire } from "node:module";
import { serve, versionOf } from "./serve.mjs";

const engine = createRequire(import.meta.url)("speech-rule-engine");
let current = "";

// Both domains are loaded at the start, so that changing over needs no waiting.
function use(domain) {
  if (domain !== current) {
    engine.setupEngine({ domain, style: "default", modality: "speech", locale: "en" });
    current = domain;
  }
}

for (const domain of ["mathspeak", "clearspeak"]) {
  use(domain);
  await engine.engineReady();
}

function speech(domain) {
  return (mathml) => {
    use(domain);
    return engine.toSpeech(mathml);
  };
}

await serve("Speech Rule Engine", versionOf("speech-rule-engine"), {
  mathspeak: speech("mathspeak"),
  clearspeak: speech("clearspeak"),
});
