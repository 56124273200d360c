// The loop that every peer runs: one JSON request a line in, one JSON answer a line out.
//
//   {"do": "mathml", "tex": [...], "macros": [...]}   → {"results": [{"value": "<math>…"} | {"error": "message"}]}
//   {"time": "parse", "tex": [...]}                   → {"seconds": CPU seconds, "failed": how many threw}
//
// `tasks` maps a task to a function (tex, macros). A task that throws has failed on that formula; of what it returns
// only text is passed on.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

function run(task, tex, macros) {
  try {
    const value = task(tex, macros);
    return { value: typeof value === "string" ? value : "" };
  } catch (error) {
    return { error: String(error.message ?? error).split("\n")[0] };
  }
}

function answer(tasks, request) {
  if (request.do !== undefined) {
    return { results: request.tex.map((tex, i) => run(tasks[request.do], tex, request.macros?.[i] ?? {})) };
  }
  const task = tasks[request.time];
  const start = process.cpuUsage();
  let failed = 0;
  for (const tex of request.tex) {
    failed += "error" in run(task, tex, {});
  }
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, failed };
}

export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url))).version;
}

export async function serve(name, version, tasks) {
  console.warn = console.error; // standard output carries answers only
  process.stdout.write(JSON.stringify({ name, version, tasks: Object.keys(tasks) }) + "\n");
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(answer(tasks, JSON.parse(line))) + "\n");
  }
}
