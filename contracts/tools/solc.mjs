#!/usr/bin/env node
// Answers like the native compiler, over the pinned npm `solc` (WebAssembly): --version and --standard-json [FILE].
// forge, slither and the tests of the renderer call it, so that all of them use one compiler and none downloads another.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import solc from "solc";

const args = process.argv.slice(2);

/** The folders in which an import is looked for, nearest first. */
function roots() {
  const named = args.flatMap((arg, i) => (["--base-path", "--include-path"].includes(arg) ? [args[i + 1]] : []));
  return [...named, process.cwd()];
}

/** Hands the compiler a source that the JSON input does not hold. */
function source(path) {
  for (const root of roots()) {
    try {
      return { contents: readFileSync(resolve(root, path), "utf8") };
    } catch {
      continue;
    }
  }
  return { error: `not found: ${path}` };
}

if (args.includes("--version")) {
  const version = solc.version().replace("Emscripten.clang", "Linux.g++");
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}`);
} else if (args.includes("--standard-json")) {
  const file = args.find((arg) => arg.endsWith(".json"));
  process.stdout.write(solc.compile(readFileSync(file ?? 0, "utf8"), { import: source }));
} else {
  process.stderr.write(`unsupported: ${args.join(" ")}\n`);
  process.exit(1);
}
