// The `tribute` command, its files, and the verifier that it renders.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./chain.mjs";

const ROOT = join(PROJECT, "..");
/** The SRS of the walk is for development, and the table is not always proven. */
const development = ["--unsafe-dev-srs", "--allow-unproven-table"];
const CASE = join(ROOT, "prover", "tests", "cases", "digits_mlp_n200");

/** The command: TRIBUTE names it; without it the release build is run. */
function command() {
  const built = process.env.TRIBUTE ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release", "tribute");
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`cargo build --release\` or set TRIBUTE`);
  return built;
}

function tribute(...args) {
  return execFileSync(command(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

export function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The digits case, with accounts of the chain as payees. */
export class Case {
  constructor(folder) {
    this.folder = folder;
    // Pins of the walk stay with it.
    process.env.TRIBUTE_HOME = join(folder, "home");
    this.path = join(folder, "case");
    this.queries = join(CASE, "queries.csv");
    this.query = ["--input", this.queries, "--row", "0"];
  }

  /** Commits to model and rows, to be registered by an account; contributor i is paid to account i. */
  commit(registrar, contributorsPpm, accounts) {
    const names = readFileSync(join(CASE, "contributors.csv"), "utf8").trim().split("\n").slice(1);
    const rows = names.map((line, i) => `${line.split(",")[0]},${accounts[i]}`);
    const contributors = join(this.folder, "contributors.csv");
    writeFileSync(contributors, `contributor,address\n${rows.join("\n")}\n`);
    const model = ["--model", join(CASE, "model.onnx"), "--data", join(CASE, "train.csv")];
    tribute("commit", ...model, "--contributors", contributors, "--refit-head",
      "--registrar", registrar, "--contributors-ppm", String(contributorsPpm), "--out", this.path);
  }

  /** Makes keys from a development setup. */
  setup() {
    tribute("setup", "--case", this.path, "--unsafe-dev-srs");
    this.registration = join(this.path, "registration.json");
    return readJson(this.registration);
  }

  /** Makes keys for batches of four. */
  batches() {
    tribute("setup", "--case", this.path, "--unsafe-dev-srs", "--batch", "4");
    this.batch = join(this.path, "batch.json");
    return readJson(this.batch);
  }

  /** Proves the table; the registrations carry the proof from then on. */
  index() {
    tribute("index", "--case", this.path, "--unsafe-dev-srs");
    return readJson(this.registration);
  }

  commitInput(row = 0) {
    return JSON.parse(tribute("commit-input", "--input", this.queries, "--row", String(row), "--json"));
  }

  /** Proves rows of the queries for one request each, and returns where the one proof is. */
  proveAll(rows, requests) {
    const [header, ...lines] = readFileSync(this.queries, "utf8").trim().split("\n");
    const input = join(this.folder, "batch.csv");
    writeFileSync(input, `${[header, ...rows.map((row) => lines[row])].join("\n")}\n`);
    const asked = join(this.folder, "requests.csv");
    writeFileSync(asked, `salt,context\n${requests.map(({ salt, context }) => `${salt},${context}\n`).join("")}`);
    const proofs = join(this.folder, "proofs");
    tribute("prove", "--case", this.path, "--all", "--input", input, "--requests", asked, "--out", proofs);
    const proof = join(proofs, "batch-00000.json");
    const contexts = requests.flatMap(({ context }) => ["--context", context]);
    tribute("verify", "--registration", this.batch, "--proof", proof, ...contexts, ...development);
    return proof;
  }

  /** Proves the query for one request, and returns where the proof is. */
  prove(salt, context) {
    const proof = join(this.folder, "proof.json");
    tribute("prove", "--case", this.path, ...this.query, "--salt", salt, "--context", context, "--out", proof);
    tribute("verify", "--registration", this.registration, "--proof", proof, "--context", context, ...development);
    return proof;
  }

  /** Renders the verifier and, with `--proof` and a proof, its calldata; with `--index` or `--binding`, the index or the binding proof's. */
  export(name, ...what) {
    const out = join(this.folder, name);
    const registration = what.includes("--registration") ? [] : ["--registration", this.registration];
    tribute("export", ...registration, "--out", out, ...what);
    return out;
  }
}
