#!/usr/bin/env node
// The whole way on a real node: deploys, registers the digits case, requests, proves, fulfills, withdraws, and checks every balance to the
// wei. Starts a development chain on loopback and stops it again.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fulfillBatch } from "./batch.mjs";
import { Chain, encode, encodeArguments, word } from "./chain.mjs";
import { project, verifier } from "./compile.mjs";
import {
  DAY, EIP_170, FEE, LIMITS, NATIVE, PARTS, REQUEST, WHOLE, WINDOW, deploy, expectedClaims, flip, list, refund, refused, register as registered, say, subjectArgument,
  withdrawAll,
} from "./steps.mjs";
import { Case, readJson } from "./tribute.mjs";

const FULFILL = "fulfill(uint256,uint256[],bytes)";
const VERIFY = "verifyProof(bytes,uint256[])";

async function main(chain, folder) {
  const [owner, user, platform, beneficiary, prover, ...payees] = await chain.accounts();
  const digits = new Case(folder);
  const gas = {};

  say("Committing to the digits case, making keys");
  digits.commit(owner, PARTS.contributors, payees);
  const registration = digits.setup();
  const batch = digits.batches();

  say("Proving the table");
  const { index } = digits.index();
  assert.ok(index, "the registration carries no index proof");

  const { binding } = registration;
  assert.ok(binding, "the registration carries no binding proof");

  say("Deploying the verifiers that `tribute export` rendered, and the registry");
  const queryVerifier = await deploy(chain, owner, verifier(digits.export("contracts")));
  const { address: verifierAddress, size } = queryVerifier;
  const indexFolder = digits.export("index", "--index");
  const indexVerifier = await deploy(chain, owner, verifier(indexFolder));
  const indexCall = readJson(join(indexFolder, "calldata.json"));
  const bindingFolder = digits.export("binding", "--binding");
  const bindingVerifier = await deploy(chain, owner, verifier(bindingFolder));
  const bindingCall = readJson(join(bindingFolder, "calldata.json"));
  const [constantsCode, directoryCode, registryCode] = project("Poseidon13Constants", "Directory", "AttributionRegistry");
  const { contractAddress: constants } = await chain.deploy(owner, constantsCode);
  const { contractAddress: directory } = await chain.deploy(owner, directoryCode, encodeArguments("address", owner));
  const { contractAddress: registry } = await chain.deploy(owner, registryCode, encodeArguments("address,uint256,uint256,address", constants, ...LIMITS, directory));

  say("Registering");
  const termsLeaving = (contributors) =>
    `(${NATIVE},1000,${platform},${PARTS.platform},${WINDOW},${beneficiary},${WHOLE - PARTS.platform - contributors},${contributors})`;
  const terms = termsLeaving(PARTS.contributors);
  const walk = { chain, owner, user, platform, beneficiary, prover, registry, terms };
  const register = (subject, { hash = queryVerifier.hash, table = indexCall.proof, columns = bindingCall.proof, by = bindingVerifier, as = {} } = {}) =>
    registered({ ...walk, ...as }, {
      subject,
      verifier: { ...queryVerifier, hash },
      index: { ...indexVerifier, proof: table },
      binding: { ...by, proof: columns },
    });
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
  const stranger = { as: { owner: user } };
  await refused("the same index by another account", () => register(subjectArgument(registration), stranger), "NotTheRegistrar(address,address)");
  const greedy = { as: { terms: termsLeaving(PARTS.contributors - 1n) } };
  await refused("less for contributors than the index promises", () => register(subjectArgument(registration), greedy), "Undercut(uint256,uint256)");
  const receipt = await register(subjectArgument(registration));
  gas.index = await chain.gasInside(receipt.transactionHash, indexVerifier.address);
  gas.binding = await chain.gasInside(receipt.transactionHash, bindingVerifier.address);
  gas.register = receipt.gas;
  const registrationId = receipt.logs.at(-1).topics[1];

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
  // A copy is proven again and settles nothing: the claims below are those of one answer.
  await fulfill(answered.id, instances, proof);

  say("Withdrawing");
  const { contributors, weights_ppm: shares, unattributed } = statement;
  const claims = expectedClaims({ contributors, shares, count: 1n, unsupported: unattributed ? [user] : [] }, walk);
  assert.equal([...claims.values()].reduce((sum, claim) => sum + claim), FEE, "the parts do not sum to the fee");
  await refused("a refund before the deadline", () => refund(chain, prover, registry, replayed.id), "TooEarly(uint256)");
  await chain.forward(2 * DAY);
  await refund(chain, prover, registry, replayed.id);
  claims.set(user, (claims.get(user) ?? 0n) + FEE);
  gas.withdraw = await withdrawAll(walk, claims, 0x7472696275746500n << 96n);

  say(`Every wei of ${2n * FEE} is where it belongs.`);
  say(`Gas: register ${gas.register}, of which ${gas.index} for the index proof and ${gas.binding} for the binding proof; request ${gas.request}, withdraw ${gas.withdraw}, fulfill ${gas.fulfill}:`);
  say(`verification ${gas.verify}, settlement with calldata ${gas.fulfill - gas.verify}.`);
  say(`The verifier has ${size} bytes, the proof ${(proof.length - 2) / 2};`);
  say(`the index verifier ${indexVerifier.size}, the index proof ${(indexCall.proof.length - 2) / 2};`);
  say(`the binding verifier ${bindingVerifier.size}, the binding proof ${(bindingCall.proof.length - 2) / 2}.`);

  say("Revoking the verifier");
  const late = Number((await chain.rpc("eth_getBlockByNumber", "latest", false)).timestamp) + DAY;
  const ask = () => chain.send({ from: user, to: registry, data: encode(REQUEST, registrationId, opening.input_commitment, late, FEE), value: FEE });
  await refused("a request that leaves no time", () => chain.send({
    from: user, to: registry, value: FEE, data: encode(REQUEST, registrationId, opening.input_commitment, late - DAY + 1, FEE),
  }), "WrongDeadline(uint256,uint256,uint256)");
  const stranded = BigInt((await ask()).logs.at(-1).topics[1]);
  await chain.send({ from: owner, to: directory, data: encode("revoke(bytes32)", queryVerifier.hash) });
  await refused("a request to a verifier that is revoked", ask, "Stopped(uint256)");
  await refund(chain, prover, registry, stranded);
  await withdrawAll(walk, new Map([[user, FEE]]), 0x7472696275746501n << 96n);

  await fulfillBatch(walk, digits, batch, { ...indexVerifier, proof: indexCall.proof });
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
