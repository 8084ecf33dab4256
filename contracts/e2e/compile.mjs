// Creation code: of this project from forge, of a rendered verifier from the pinned compiler.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import solc from "solc";
import { PROJECT } from "./chain.mjs";

const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
};

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

/** Compiles the Solidity files of a folder and returns the one contract that verifies proofs. */
export function verifier(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".sol"));
  const sources = Object.fromEntries(files.map((file) => [file, { content: readFileSync(join(folder, file), "utf8") }]));
  const input = { language: "Solidity", sources, settings: SETTINGS };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input)));
  const failed = errors.filter(({ severity }) => severity === "error");
  if (failed.length) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const verifiers = Object.values(contracts)
    .flatMap((file) => Object.entries(file))
    .filter(([, { abi, evm }]) => evm.bytecode.object && abi.some(({ name }) => name === "verifyProof"));
  if (verifiers.length !== 1) throw new Error(`${verifiers.length} contracts in ${folder} verify proofs`);
  const [[name, { evm }]] = verifiers;
  return { name, creation: `0x${evm.bytecode.object}`, deployed: `0x${evm.deployedBytecode.object}` };
}
