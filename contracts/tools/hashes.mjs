#!/usr/bin/env node
// The hash of the code of every contract that is deployed, compared with snapshots/code.json (--update writes it): compiled here, under the
// paths of somebody else's machine, and by forge. Immutable values, known on the chain alone, are zeros. Fails where any two differ.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";
import { keccak } from "../e2e/chain.mjs";

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SNAPSHOT = join(PROJECT, "snapshots", "code.json");
const DEPLOYED = ["AttributionRegistry", "Directory", "Poseidon13Constants", "Subjects"];
// What foundry.toml says; that forge comes to the same code shows it.
const SETTINGS = {
  evmVersion: "cancun",
  viaIR: false,
  optimizer: { enabled: true, runs: 10_000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["evm.deployedBytecode.object"] } },
};

/** All sources that the contracts import, under other paths than their own. */
function gather(own, library) {
  const sources = {};
  const visit = (path) => {
    const foreign = path.startsWith("@");
    const key = posix.join(foreign ? library : own, path);
    if (sources[key]) return;
    const content = readFileSync(join(PROJECT, foreign ? "node_modules" : "", path), "utf8");
    sources[key] = { content };
    for (const [, imported] of content.matchAll(/^\s*(?:import|\}\s*from)[^;"']*["']([^"']+)["'];/gm)) {
      visit(imported.startsWith(".") ? posix.join(posix.dirname(path), imported) : imported);
    }
  };
  for (const name of DEPLOYED) visit(`src/${name}.sol`);
  return sources;
}

/** Hashes by name of what the compiler makes of sources that lie in these folders. */
function compiled(own, library) {
  const remappings = [`@openzeppelin/=${posix.join(library, "@openzeppelin")}/`];
  const input = { language: "Solidity", sources: gather(own, library), settings: { ...SETTINGS, remappings } };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)));
  const failed = errors.filter(({ severity }) => severity === "error");
  if (failed.length) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const code = (name) => contracts[posix.join(own, `src/${name}.sol`)][name].evm.deployedBytecode.object;
  return hashes((name) => `0x${code(name)}`);
}

/** Hashes by name of what forge built. */
function built() {
  const forge = join(PROJECT, "node_modules", ".bin", "forge");
  execFileSync(process.execPath, [forge, "build", "--skip", "test"], { cwd: PROJECT, stdio: ["ignore", "ignore", "inherit"] });
  const artifact = (name) => JSON.parse(readFileSync(join(PROJECT, "out", `${name}.sol`, `${name}.json`), "utf8"));
  return hashes((name) => artifact(name).deployedBytecode.object);
}

function hashes(code) {
  return Object.fromEntries(DEPLOYED.map((name) => [name, keccak(code(name))]));
}

const here = compiled("", "node_modules");
if (process.argv.includes("--update")) writeFileSync(SNAPSHOT, `${JSON.stringify(here, null, 2)}\n`);
const known = JSON.parse(readFileSync(SNAPSHOT, "utf8"));
const others = {
  "snapshots/code.json": known,
  "other paths": compiled("/home/somebody/another folder", "/opt/libraries"),
  forge: built(),
};
for (const name of DEPLOYED) {
  console.log(`${name.padEnd(20)} ${here[name]}`);
  for (const [where, hash] of Object.entries(others)) {
    if (hash[name] === here[name]) continue;
    console.error(`${name}: ${where} has ${hash[name]}`);
    process.exitCode = 1;
  }
}
