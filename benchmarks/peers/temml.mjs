import temml from "temml";
import { serve } from "./serve.mjs";

const options = { displayMode: true, throwOnError: true, strict: false, trust: true };

await serve("Temml", temml.version, {
  mathml: (tex, macros) => temml.renderToString(tex, { ...options, macros: { ...macros } }),
});
