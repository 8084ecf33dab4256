#!/usr/bin/env node
// The whole way on a real node: deploys, registers the digits case, requests, proves, fulfills, withdraws, and checks every balance to the
// wei. Starts a development chain on loopback and stops it again.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Chain, encode, encodeArguments, keccak, selector, word } from "./chain.mjs";
import { project, verifier, withoutImmutables } from "./compile.mjs";
import { Case, readJson } from "./tribute.mjs";

const FEE = 1_000_000_000_000_000_007n; // one ether, and seven wei that do not divide
const WHOLE = 1_000_000n;
const PARTS = { platform: 50_000n, owner: 450_000n, contributors: 500_000n };
const METHODS = ["tracin", "representer", "influence", "group-newton"];
const NATIVE = "0x0000000000000000000000000000000000000000";
const DAY = 86_400;
const EIP_170 = 24_576;

const SUBJECT = "(uint256,uint256,uint256,(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256),string[],address[],uint256,uint256)";
const PROOF = "(address,bytes32,bytes)"; // with the verifier of its own that an index or binding proof has
const TERMS = "(address,uint96,address,uint32,address,uint32,uint32)";
const REGISTER = `register(${SUBJECT},address,bytes32,${PROOF},${PROOF},${TERMS},uint256)`;
const REQUEST = "request(uint256,uint256,uint64,uint256)";
const FULFILL = "fulfill(uint256,uint256[],bytes)";
const VERIFY = "verifyProof(bytes,uint256[])";

const say = (line) => console.log(line);
const list = (values) => `[${values.join(",")}]`;

/** The opened subject as `register` takes it. */
function subjectArgument({ subject, plan }) {
  const { header } = subject;
  const fields = [
    METHODS.indexOf(header.method) + 1, header.dataset_root, header.rows, header.lam, header.sigma, header.eta,
    header.epsilon, header.norm_sum, header.admitted,
  ];
  const names = list(subject.payees.map(({ name }) => name));
  const payees = list(subject.payees.map(({ address }) => address));
  const commitments = `${subject.model_commitment},${subject.index_commitment},${subject.table_commitment}`;
  const { inputs, hidden, classes } = plan.circuit;
  const features = (hidden.at(-1) ?? inputs) + 1;
  return `(${commitments},(${fields.join(",")}),${names},${payees},${classes},${features})`;
}

/** Deploys a rendered verifier with the contracts it wants; returns its address, code hash and size. */
async function deploy(chain, owner, compiled) {
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

/** What everybody must have in the end, computed here from the statement alone. */
function expectedClaims(statement, parties) {
  const claims = new Map();
  const credit = (who, amount) => claims.set(who, (claims.get(who) ?? 0n) + amount);
  const platformEnd = (FEE * PARTS.platform) / WHOLE;
  const ownerEnd = (FEE * (PARTS.platform + PARTS.owner)) / WHOLE;
  credit(parties.platform, platformEnd);
  credit(parties.beneficiary, ownerEnd - platformEnd);
  const rest = FEE - ownerEnd;
  if (statement.unattributed) credit(parties.user, rest);
  let cumulative = 0n;
  statement.contributors.forEach(({ address }, i) => {
    const before = (rest * cumulative) / WHOLE;
    cumulative += BigInt(statement.weights_ppm[i]);
    credit(address, (rest * cumulative) / WHOLE - before);
  });
  return claims;
}

/** Asserts that a call reverts with an error of this signature, or in any way where none is given. */
async function refused(what, attempt, error) {
  const failure = await attempt().then(() => undefined, (reason) => reason);
  assert.ok(failure, `${what} was accepted`);
  if (error) assert.equal(String(failure.data).slice(0, 10), selector(error), `${what}: ${failure.message} ${failure.data}`);
  say(`  refused: ${what}`);
}

async function main(chain, folder) {
  const [owner, user, platform, beneficiary, prover, ...payees] = await chain.accounts();
  const digits = new Case(folder);
  const gas = {};

  say("Committing to the digits case, making keys");
  digits.commit(payees);
  const registration = digits.setup();

  say("Proving the table");
  const { index } = digits.index();
  assert.ok(index, "the registration carries no index proof");

  const { binding } = registration;
  assert.ok(binding, "the registration carries no binding proof");

  say("Deploying the verifiers that `tribute export` rendered, and the registry");
  const { address: verifierAddress, hash: verifierHash, size } = await deploy(chain, owner, verifier(digits.export("contracts")));
  const indexFolder = digits.export("index", "--index");
  const indexVerifier = await deploy(chain, owner, verifier(indexFolder));
  const indexCall = readJson(join(indexFolder, "calldata.json"));
  const bindingFolder = digits.export("binding", "--binding");
  const bindingVerifier = await deploy(chain, owner, verifier(bindingFolder));
  const bindingCall = readJson(join(bindingFolder, "calldata.json"));
  const [constantsCode, registryCode] = project("Poseidon13Constants", "AttributionRegistry");
  const { contractAddress: constants } = await chain.deploy(owner, constantsCode);
  const { contractAddress: registry } = await chain.deploy(owner, registryCode, encodeArguments("address", constants));

  say("Registering");
  const terms = `(${NATIVE},1000,${platform},${PARTS.platform},${beneficiary},${PARTS.owner},${PARTS.contributors})`;
  const register = (argument, { hash = verifierHash, table = indexCall.proof, columns = bindingCall.proof, by = bindingVerifier } = {}) => {
    const proofs = [`(${indexVerifier.address},${indexVerifier.hash},${table})`, `(${by.address},${by.hash},${columns})`];
    return chain.send({ from: owner, to: registry, data: encode(REGISTER, argument, verifierAddress, hash, ...proofs, terms, 0) });
  };
  const edited = structuredClone(registration);
  edited.subject.payees[0].address = user;
  const mismatch = "IndexCommitmentMismatch(uint256,uint256)";
  await refused("an edited payee", () => register(subjectArgument(edited)), mismatch);
  const otherCode = "WrongVerifierCode(address,bytes32,bytes32)";
  await refused("another code hash", () => register(subjectArgument(registration), { hash: word(1) }), otherCode);
  const unproven = "TableNotProven()";
  await refused("a table whose proof has a flipped bit", () => register(subjectArgument(registration), { table: flip(indexCall.proof) }), unproven);
  await refused("a table without a proof", () => register(subjectArgument(registration), { table: "0x" }), unproven);
  const unbound = "ColumnsNotBound()";
  await refused("columns whose proof has a flipped bit", () => register(subjectArgument(registration), { columns: flip(bindingCall.proof) }), unbound);
  await refused("columns without a proof", () => register(subjectArgument(registration), { columns: "0x" }), unbound);
  await refused("a binding proof with another code hash", () => register(subjectArgument(registration), { by: { ...bindingVerifier, hash: word(1) } }), otherCode);
  await refused("the index verifier for the binding proof", () => register(subjectArgument(registration), { by: indexVerifier }));
  const wide = structuredClone(registration);
  wide.plan.circuit.hidden = [...wide.plan.circuit.hidden.slice(0, -1), wide.plan.circuit.hidden.at(-1) + 1];
  await refused("a head of another width", () => register(subjectArgument(wide)), unproven);
  const registered = await register(subjectArgument(registration));
  gas.index = await chain.gasInside(registered.transactionHash, indexVerifier.address);
  gas.binding = await chain.gasInside(registered.transactionHash, bindingVerifier.address);
  gas.register = registered.gas;
  const registrationId = registered.logs.at(-1).topics[1];

  say("Requesting");
  const opening = digits.commitInput();
  const { timestamp } = await chain.rpc("eth_getBlockByNumber", "latest", false);
  const deadline = Number(timestamp) + DAY;
  const request = async () => {
    const data = encode(REQUEST, registrationId, opening.input_commitment, deadline, FEE);
    const { logs, gasUsed } = await chain.send({ from: user, to: registry, data, value: FEE });
    gas.request = Number(gasUsed);
    return { id: BigInt(logs.at(-1).topics[1]), context: `0x${logs.at(-1).data.slice(66, 130)}` };
  };
  const answered = await request();
  const replayed = await request();

  say("Proving for the context of the request");
  const proofPath = digits.prove(opening.salt, answered.context);
  const { statement } = readJson(proofPath);
  const { proof, instances, commitments } = readJson(join(digits.export("calldata", "--proof", proofPath), "calldata.json"));
  assert.equal(commitments.map((value) => value.slice(2)).join(""), bindingCall.proof.slice(2, 2 + 64 * commitments.length), "other commitments");

  say("Verifying and fulfilling");
  const verify = (bytes, words) => chain.call(verifierAddress, encode(VERIFY, bytes, list(words)));
  assert.equal(BigInt(await verify(proof, [...instances, ...commitments])), 1n, "the verifier refuses the proof");
  assert.equal(BigInt(await verify(proof, instances)), 0n, "the verifier takes a proof that is linked to nothing");
  assert.equal(BigInt(await verify(flip(proof), [...instances, ...commitments])), 0n, "the verifier takes another link");
  const fulfill = (id, inputs, bytes) =>
    chain.send({ from: prover, to: registry, data: encode(FULFILL, id, list(inputs), bytes) });
  const wrongBinding = "WrongBinding(uint256,uint256,uint256)";
  await refused("the proof for another request", () => fulfill(replayed.id, instances, proof), wrongBinding);
  for (const [position, what] of ["context", "model", "index", "input"].entries()) {
    const swapped = instances.map((value, i) => (i === position ? word(BigInt(value) ^ 1n) : value));
    await refused(`another ${what}`, () => fulfill(answered.id, swapped, proof), wrongBinding);
  }
  const weights = instances.map((value, i) => (i === 5 ? word(swapFirstWeights(BigInt(value))) : value));
  if (weights[5] !== instances[5]) await refused("exchanged weights", () => fulfill(answered.id, weights, proof));
  await refused("a flipped bit of the proof", () => fulfill(answered.id, instances, flip(proof)));
  await refused("a trailing byte", () => fulfill(answered.id, instances, `${proof}00`));
  const done = await fulfill(answered.id, instances, proof);
  gas.fulfill = done.gas;
  gas.verify = await chain.gasInside(done.transactionHash, verifierAddress);
  assert.ok(gas.verify > 0, "the registry did not call the verifier");
  const notOpen = "NotOpen(uint256,uint8)";
  await refused("the same answer again", () => fulfill(answered.id, instances, proof), notOpen);

  say("Withdrawing");
  const claims = expectedClaims(statement, { platform, beneficiary, user });
  assert.equal([...claims.values()].reduce((sum, claim) => sum + claim), FEE, "the parts do not sum to the fee");
  await refused("a refund before the deadline", () => refund(chain, prover, registry, replayed.id), "TooEarly(uint256)");
  await chain.forward(2 * DAY);
  await refund(chain, prover, registry, replayed.id);
  claims.set(user, (claims.get(user) ?? 0n) + FEE);
  let fresh = 0x7472696275746500n << 96n;
  for (const [account, claim] of claims) {
    const to = `0x${(fresh += 1n).toString(16).padStart(40, "0")}`;
    const data = encode("withdraw(address,address)", NATIVE, to);
    if (claim === 0n) {
      await refused(`a withdrawal of nothing by ${account}`, () => chain.send({ from: account, to: registry, data }));
      continue;
    }
    gas.withdraw = (await chain.send({ from: account, to: registry, data })).gas;
    assert.equal(await chain.balance(to), claim, `${account} was paid another amount`);
    say(`  ${account} ${claim} wei`);
  }
  assert.equal(await chain.balance(registry), 0n, "the registry kept something");

  say(`Every wei of ${2n * FEE} is where it belongs.`);
  say(`Gas: register ${gas.register}, of which ${gas.index} for the index proof and ${gas.binding} for the binding proof; request ${gas.request}, withdraw ${gas.withdraw}, fulfill ${gas.fulfill}:`);
  say(`verification ${gas.verify}, settlement with calldata ${gas.fulfill - gas.verify}.`);
  say(`The verifier has ${size} bytes, the proof ${(proof.length - 2) / 2};`);
  say(`the index verifier ${indexVerifier.size}, the index proof ${(indexCall.proof.length - 2) / 2};`);
  say(`the binding verifier ${bindingVerifier.size}, the binding proof ${(bindingCall.proof.length - 2) / 2}.`);
}

function refund(chain, from, registry, id) {
  return chain.send({ from, to: registry, data: encode("refund(uint256)", id) });
}

function flip(hex) {
  return `${hex.slice(0, -1)}${(parseInt(hex.slice(-1), 16) ^ 1).toString(16)}`;
}

/** Exchanges the first two weights of a packed word: the sum stays what it was. */
function swapFirstWeights(packed) {
  const mask = 0xfffffn;
  const [first, second] = [packed & mask, (packed >> 20n) & mask];
  return (packed & ~(mask | (mask << 20n))) | second | (first << 20n);
}

const folder = mkdtempSync(join(tmpdir(), "tribute-e2e-"));
const chain = await Chain.start(4 * EIP_170);
try {
  await main(chain, folder);
} finally {
  chain.stop();
  rmSync(folder, { recursive: true, force: true });
}
