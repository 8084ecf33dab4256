// A development chain on loopback, transactions to it, and ABI coding by cast.
import { execFileSync, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

/** The folder of the Foundry project. */
export const PROJECT = join(dirname(fileURLToPath(import.meta.url)), "..");

/** The program itself: the one in `.bin` is a wrapper whose child would outlive it. */
function program(name) {
  const platform = { linux: "linux", darwin: "darwin", win32: "win32" }[process.platform];
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch];
  const manifest = require.resolve(`@foundry-rs/${name}-${platform}-${arch}/package.json`);
  return join(dirname(manifest), "bin", name);
}

/** Runs cast and returns what it prints. */
function cast(...args) {
  return execFileSync(program("cast"), args, { encoding: "utf8", maxBuffer: 1 << 26 }).trim();
}

/** Calldata of a function, by its signature. Tuples and arrays are written `(a,b)` and `[a,b]`. */
export function encode(signature, ...args) {
  return cast("calldata", signature, ...args.map(String));
}

/** Arguments of a constructor, without the selector. */
export function encodeArguments(types, ...args) {
  return cast("abi-encode", `constructor(${types})`, ...args.map(String)).slice(2);
}

export function keccak(hex) {
  return cast("keccak", hex);
}

/** First word of an event's topics, or the first four bytes that an error starts with. */
export function selector(signature) {
  return keccak(`0x${Buffer.from(signature).toString("hex")}`).slice(0, 10);
}

export function word(value) {
  return `0x${BigInt(value).toString(16).padStart(64, "0")}`;
}

/** A development chain that this process owns. */
export class Chain {
  #process;
  #url;
  #next = 1;

  /** Starts anvil on a free port of loopback, with room for code of so many bytes. */
  static async start(codeLimit) {
    const chain = new Chain();
    const options = ["--host", "127.0.0.1", "--port", "0", "--accounts", "24", "--code-size-limit", String(codeLimit)];
    chain.#process = spawn(program("anvil"), options, { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => chain.stop());
    const address = await new Promise((resolve, reject) => {
      let printed = "";
      chain.#process.stdout.on("data", (data) => {
        printed += data;
        const found = printed.match(/Listening on (127\.0\.0\.1:\d+)/);
        if (found) resolve(found[1]);
      });
      chain.#process.once("exit", (code) => reject(new Error(`anvil ended with ${code}`)));
    });
    chain.#url = `http://${address}`;
    return chain;
  }

  stop() {
    this.#process?.kill("SIGTERM");
    this.#process = undefined;
  }

  async rpc(method, ...params) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: this.#next++, method, params });
    const response = await fetch(this.#url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = await response.json();
    if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { data: error.data });
    return result;
  }

  accounts() {
    return this.rpc("eth_accounts");
  }

  async balance(address) {
    return BigInt(await this.rpc("eth_getBalance", address, "latest"));
  }

  /** Sends a transaction and returns its receipt; a revert is an error with the data that it returned. */
  async send({ from, to, data, value = 0n }) {
    const transaction = { from, to, data, value: `0x${value.toString(16)}`, gas: "0x1000000" };
    await this.rpc("eth_call", transaction, "latest");
    const hash = await this.rpc("eth_sendTransaction", transaction);
    const receipt = await this.#receipt(hash);
    if (receipt.status !== "0x1") throw new Error(`transaction ${hash} failed`);
    return { ...receipt, gas: Number(receipt.gasUsed) };
  }

  async #receipt(hash) {
    for (let attempt = 0; attempt < 100; attempt++) {
      const receipt = await this.rpc("eth_getTransactionReceipt", hash);
      if (receipt) return receipt;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`transaction ${hash} was not mined`);
  }

  /** Gas that a transaction spent inside of its calls to one contract. */
  async gasInside(hash, address) {
    const trace = await this.rpc("debug_traceTransaction", hash, { tracer: "callTracer" });
    const inside = (call) =>
      call.to?.toLowerCase() === address.toLowerCase()
        ? Number(call.gasUsed)
        : (call.calls ?? []).reduce((sum, inner) => sum + inside(inner), 0);
    return inside(trace);
  }

  /** Deploys creation code and returns the receipt. */
  deploy(from, code, encodedArguments = "") {
    return this.send({ from, data: `${code}${encodedArguments}` });
  }

  call(to, data) {
    return this.rpc("eth_call", { to, data, gas: "0x1000000" }, "latest");
  }

  code(address) {
    return this.rpc("eth_getCode", address, "latest");
  }

  /** Moves the clock and mines a block. */
  async forward(seconds) {
    await this.rpc("evm_increaseTime", seconds);
    await this.rpc("evm_mine");
  }
}
