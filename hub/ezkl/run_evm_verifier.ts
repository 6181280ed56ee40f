/**
 * Tries a verifier contract out, on an Ethereum in this process.
 * @module
 */
import { checkOptions, oneOf } from "../../core/base/known.ts";
import { EvmChain, type EvmHardfork, HARDFORKS } from "../halo2/evm/chain.ts";
import type { EvmVerifier, ReusableEvmVerifier } from "./create_evm_verifier.ts";
import { encodeVerifierCalldata } from "./encode_verifier_calldata.ts";

/** How {@linkcode runEvmVerifier} tries a contract out. */
export interface RunEvmVerifierOptions {
  /** The version of Ethereum; `osaka`, the newest, if not given. */
  hardfork?: EvmHardfork;
}

/** What came of it. */
export interface EvmRun {
  /** Whether the contract answered true; it reverted where it did not. */
  holds: boolean;
  /** Gas of the transaction that asked it: 21,000, the call data, and what the contract did. */
  verifyGas: number;
  /** Gas of the transactions that deployed the contracts, in order: the verifier; if it is reusable the key, and the contract before both. */
  deployGas: number[];
}

/**
 * Deploys a verifier on an Ethereum in this process and asks it about a proof; one that is
 * reusable is asked by way of the contract before it. Loads EthereumJS's EVM at the first
 * call, a package that needs no permission but to read the environment.
 * @param verifier what {@linkcode createEvmVerifier} made
 * @param proof the proof, `proof.json`
 * @throws {FormatError} for a damaged proof
 */
export async function runEvmVerifier(
  verifier: EvmVerifier | ReusableEvmVerifier,
  proof: Uint8Array,
  options: RunEvmVerifierOptions = {},
): Promise<EvmRun> {
  const chain = await chainOf(options);
  const data = await encodeVerifierCalldata(proof);
  const deployed = [await chain.deploy(verifier.verifier)];
  if ("key" in verifier) {
    deployed.push(await chain.deploy(verifier.key));
    deployed.push(await chain.deploy(verifier.pinned(deployed[0].address, deployed[1].address)));
  }
  return await ask(chain, deployed, data);
}

/** As {@linkcode runEvmVerifier}, for what the files of a contract and of a proof hold: bytecode and call data. */
export async function runBytecode(
  bytecode: Uint8Array<ArrayBuffer>,
  calldata: Uint8Array,
  options: RunEvmVerifierOptions = {},
): Promise<EvmRun> {
  const chain = await chainOf(options);
  return await ask(chain, [await chain.deploy({ bytecode })], calldata);
}

async function chainOf(options: RunEvmVerifierOptions): Promise<EvmChain> {
  checkOptions("runEvmVerifier()", options, ["hardfork"]);
  return await EvmChain.create(oneOf("runEvmVerifier(), hardfork", options.hardfork ?? "osaka", HARDFORKS));
}

/** Asks the contract that was deployed last. */
async function ask(
  chain: EvmChain,
  deployed: readonly { address: Uint8Array; gas: number }[],
  data: Uint8Array,
): Promise<EvmRun> {
  const { holds, gas } = await chain.call(deployed.at(-1)!.address, data);
  return { holds, verifyGas: gas, deployGas: deployed.map(({ gas }) => gas) };
}
