// Steps that every walk takes: deploying, registering, refusing, and what everybody must have in the end.
import assert from "node:assert/strict";
import { encode, encodeArguments, keccak, selector } from "./chain.mjs";
import { withoutImmutables } from "./compile.mjs";

export const FEE = 1_000_000_000_000_000_007n; // one ether, and seven wei that do not divide
export const WHOLE = 1_000_000n;
export const PARTS = { platform: 50_000n, owner: 450_000n, contributors: 500_000n };
const METHODS = ["tracin", "representer", "influence", "group-newton"];
export const NATIVE = "0x0000000000000000000000000000000000000000";
export const DAY = 86_400;
export const WINDOW = 600; // seconds that a request leaves for its answer at least
export const LIMITS = [1n << 38n, 1n << 31n]; // the widest that a registry may have
export const EIP_170 = 24_576;

const SUBJECT = "(uint256,uint256,uint256,(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256),string[],address[],uint256,uint256)";
const PROOF = "(address,bytes32,bytes)"; // with the verifier of its own that an index or binding proof has
const TERMS = "(address,uint96,address,uint32,uint32,address,uint32,uint32)";
const REGISTER = `register(${SUBJECT},address,bytes32,${PROOF},${PROOF},${TERMS},uint256)`;
export const REQUEST = "request(uint256,uint256,uint64,uint256)";

export const say = (line) => console.log(line);
export const list = (values) => `[${values.join(",")}]`;

/** The opened subject as `register` takes it. */
export function subjectArgument({ subject, plan }) {
  const { header } = subject;
  const fields = [
    METHODS.indexOf(header.method) + 1, header.dataset_root, header.rows, header.lam, header.sigma, header.eta,
    header.epsilon, header.norm_sum, header.admitted, header.validation, header.right, header.validation_right,
    header.head_norm, header.registrar, header.contributors_ppm,
  ];
  const names = list(subject.payees.map(({ name }) => name));
  const payees = list(subject.payees.map(({ address }) => address));
  const commitments = `${subject.model_commitment},${subject.index_commitment},${subject.table_commitment}`;
  const { inputs, hidden, classes } = plan.circuit;
  const features = (hidden.at(-1) ?? inputs) + 1;
  return `(${commitments},(${fields.join(",")}),${names},${payees},${classes},${features})`;
}

/** Deploys a rendered verifier with the contracts it wants; returns its address, code hash and size. */
export async function deploy(chain, owner, compiled) {
  const parts = [];
  for (const part of compiled.parts) parts.push((await chain.deploy(owner, part)).contractAddress);
  const wants = encodeArguments(parts.map(() => "address").join(","), ...parts);
  const { contractAddress: address } = await chain.deploy(owner, compiled.creation, wants);
  const code = await chain.code(address);
  assert.equal(withoutImmutables(code, compiled.immutables), compiled.deployed, "the chain has other code than the compiler made");
  const size = (compiled.deployed.length - 2) / 2;
  if (size > EIP_170) {
    say(`  WARNING: ${compiled.name} has ${size} bytes. Public chains take ${EIP_170} (EIP-170); this one has its limit raised.`);
  }
  return { address, hash: keccak(code), size };
}

/** What everybody must have in the end of `count` answers for equal fees, computed here from shares and the users whom nobody supports alone. */
export function expectedClaims({ contributors, shares, count, unsupported }, parties) {
  const claims = new Map();
  const credit = (who, amount) => claims.set(who, (claims.get(who) ?? 0n) + amount);
  const platformEnd = (FEE * PARTS.platform) / WHOLE;
  const ownerEnd = (FEE * (PARTS.platform + PARTS.owner)) / WHOLE;
  credit(parties.platform, platformEnd * count);
  credit(parties.beneficiary, (ownerEnd - platformEnd) * count);
  const rest = FEE - ownerEnd;
  for (const user of unsupported) credit(user, rest);
  let cumulative = 0n;
  contributors.forEach(({ address }, i) => {
    const before = (rest * cumulative) / WHOLE;
    cumulative += BigInt(shares[i]);
    credit(address, (rest * cumulative) / WHOLE - before);
  });
  return claims;
}

/** Asserts that a call reverts with an error of this signature, or in any way where none is given. */
export async function refused(what, attempt, error) {
  const failure = await attempt().then(() => undefined, (reason) => reason);
  assert.ok(failure, `${what} was accepted`);
  if (error) assert.equal(String(failure.data).slice(0, 10), selector(error), `${what}: ${failure.message} ${failure.data}`);
  say(`  refused: ${what}`);
}

/** Registers a subject with its verifier, the proof of its table and the proof of its columns. */
export function register({ chain, owner, registry, terms }, { subject, verifier, index, binding }) {
  const proofs = [index, binding].map(({ address, hash, proof }) => `(${address},${hash},${proof})`);
  const data = encode(REGISTER, subject, verifier.address, verifier.hash, ...proofs, terms, 0);
  return chain.send({ from: owner, to: registry, data });
}

/** Withdraws every claim to an account of its own and compares what came. */
export async function withdrawAll({ chain, registry }, claims, from) {
  let gas = 0;
  let fresh = from;
  for (const [account, claim] of claims) {
    const to = `0x${(fresh += 1n).toString(16).padStart(40, "0")}`;
    const data = encode("withdraw(address,address)", NATIVE, to);
    if (claim === 0n) {
      await refused(`a withdrawal of nothing by ${account}`, () => chain.send({ from: account, to: registry, data }));
      continue;
    }
    ({ gas } = await chain.send({ from: account, to: registry, data }));
    assert.equal(await chain.balance(to), claim, `${account} was paid another amount`);
    say(`  ${account} ${claim} wei`);
  }
  assert.equal(await chain.balance(registry), 0n, "the registry kept something");
  return gas;
}

export function refund(chain, from, registry, id) {
  return chain.send({ from, to: registry, data: encode("refund(uint256)", id) });
}

export function flip(hex) {
  return `${hex.slice(0, -1)}${(parseInt(hex.slice(-1), 16) ^ 1).toString(16)}`;
}
