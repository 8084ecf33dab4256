// Several requests answered by one proof: registers the batches of the case, requests, proves, fulfills, and checks every balance to the wei.
import assert from "node:assert/strict";
import { join } from "node:path";
import { encode } from "./chain.mjs";
import { verifier } from "./compile.mjs";
import { DAY, FEE, REQUEST, deploy, expectedClaims, flip, list, refused, register, say, subjectArgument, withdrawAll } from "./steps.mjs";
import { readJson } from "./tribute.mjs";

const FULFILL = "fulfill(uint256,uint256[],bytes)";
const FULFILL_BATCH = "fulfillBatch(uint256[],uint256[],bytes)";
/** Rows of the case's queries. */
const ROWS = [0, 1, 4];

export async function fulfillBatch(walk, digits, registration, index) {
  const { chain, user, prover, registry } = walk;
  say("Deploying the verifier of batches, and registering it");
  const batchVerifier = await deploy(chain, walk.owner, verifier(digits.export("batch", "--registration", digits.batch)));
  const bindingFolder = digits.export("batch-binding", "--registration", digits.batch, "--binding");
  const bindingVerifier = await deploy(chain, walk.owner, verifier(bindingFolder));
  const binding = { ...bindingVerifier, proof: readJson(join(bindingFolder, "calldata.json")).proof };
  const subject = subjectArgument(registration);
  const receipt = await register(walk, { subject, verifier: batchVerifier, index, binding });
  const registrationId = receipt.logs.at(-1).topics[1];

  say("Requesting");
  const { timestamp } = await chain.rpc("eth_getBlockByNumber", "latest", false);
  const requests = [];
  for (const row of ROWS) {
    const { salt, input_commitment: commitment } = digits.commitInput(row);
    const data = encode(REQUEST, registrationId, commitment, Number(timestamp) + DAY, FEE);
    const { logs } = await chain.send({ from: user, to: registry, data, value: FEE });
    requests.push({ id: BigInt(logs.at(-1).topics[1]), context: `0x${logs.at(-1).data.slice(66, 130)}`, salt });
  }

  say("Proving all of them at once");
  const proofPath = digits.proveAll(ROWS, requests);
  const { statement } = readJson(proofPath);
  const unsupported = statement.queries.filter(({ unattributed }) => unattributed).map(() => user);
  const call = digits.export("batch-call", "--registration", digits.batch, "--proof", proofPath);
  const { proof, instances } = readJson(join(call, "calldata.json"));

  say("Fulfilling");
  const ids = requests.map(({ id }) => id);
  const fulfill = (ids, words, bytes) => chain.send({ from: prover, to: registry, data: encode(FULFILL_BATCH, list(ids), list(words), bytes) });
  const wrongBinding = "WrongBinding(uint256,uint256,uint256)";
  await refused("the requests in another order", () => fulfill([...ids].reverse(), instances, proof), wrongBinding);
  await refused("a request left out", () => fulfill(ids.slice(1), instances, proof));
  await refused("a request said twice", () => fulfill([ids[0], ids[0], ids[2]], instances, proof), "NotOpen(uint256,uint8)");
  await refused("a batch as the answer to one", () => {
    return chain.send({ from: prover, to: registry, data: encode(FULFILL, ids[0], list(instances), proof) });
  }, "AnsweredInBatches(uint256,uint256)");
  await refused("a flipped bit of the proof", () => fulfill(ids, instances, flip(proof)), "InvalidProof()");
  const done = await fulfill(ids, instances, proof);
  const verification = await chain.gasInside(done.transactionHash, batchVerifier.address);
  await refused("the same answers again", () => fulfill(ids, instances, proof), "NotOpen(uint256,uint8)");

  say("Withdrawing");
  const { contributors, totals_ppm: shares } = statement;
  const claims = expectedClaims({ contributors, shares, count: BigInt(ROWS.length), unsupported }, walk);
  const paid = FEE * BigInt(ROWS.length);
  assert.equal([...claims.values()].reduce((sum, claim) => sum + claim), paid, "the parts do not sum to the fees");
  await withdrawAll(walk, claims, 0x7472696275746502n << 96n);
  say(`Every wei of ${paid} is where it belongs; ${unsupported.length} of ${ROWS.length} answers had no support.`);
  say(`Gas: fulfillBatch ${done.gas} for ${ROWS.length} requests, of which ${verification} for the verification.`);
}
