// Creation code: of this project from forge, of a rendered verifier from the pinned compiler.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";
import { PROJECT } from "./chain.mjs";

/** Builds the project and returns creation code by contract name. */
export function project(...names) {
  execFileSync(process.execPath, [join(PROJECT, "node_modules", ".bin", "forge"), "build", "--skip", "test"], {
    cwd: PROJECT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return names.map((name) => {
    const artifact = join(PROJECT, "out", `${name}.sol`, `${name}.json`);
    return JSON.parse(readFileSync(artifact, "utf8")).bytecode.object;
  });
}

/** Compiles what `tribute export` wrote to a folder, as its `input.json` says: the one contract that verifies proofs, and the contracts that its
 * constructor wants, such as the parts of its key, in the order of its parameters. */
export function verifier(folder) {
  const { contracts, errors = [] } = JSON.parse(solc.compile(readFileSync(join(folder, "input.json"), "utf8")));
  const failed = errors.filter(({ severity }) => severity === "error");
  if (failed.length) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const compiled = Object.assign({}, ...Object.values(contracts));
  const verifiers = Object.entries(compiled).filter(
    ([, { abi, evm }]) => evm.bytecode.object && abi.some(({ name }) => name === "verifyProof"),
  );
  if (verifiers.length !== 1) throw new Error(`${verifiers.length} contracts in ${folder} verify proofs`);
  const [[name, { abi, evm }]] = verifiers;
  const parameters = abi.find(({ type }) => type === "constructor")?.inputs ?? [];
  const creation = (contract) => `0x${compiled[contract].evm.bytecode.object}`;
  return {
    name,
    creation: creation(name),
    deployed: `0x${evm.deployedBytecode.object}`,
    immutables: Object.values(evm.deployedBytecode.immutableReferences ?? {}).flat(),
    // Parameter `key0` of `Name` is the address of `NameKey0`.
    parts: parameters.map((parameter) => creation(`${name}${parameter.name[0].toUpperCase()}${parameter.name.slice(1)}`)),
  };
}

/** Code with zeros where immutable values stand, as the compiler gives it. */
export function withoutImmutables(code, immutables) {
  const bytes = Buffer.from(code.slice(2), "hex");
  for (const { start, length } of immutables) bytes.fill(0, start, start + length);
  return `0x${bytes.toString("hex")}`;
}
