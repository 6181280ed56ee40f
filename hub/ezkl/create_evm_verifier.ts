/**
 * Verifier contracts for Ethereum, made without a compiler: EZKL's `create-evm-verifier` and
 * `create-evm-vka`.
 * @module
 */
import { keccak_256 } from "npm:@noble/hashes@2.4.0/sha3.js";
import { ArgumentError } from "../../core/base/errors.ts";
import { checkOptions } from "../../core/base/known.ts";
import { instancesOf } from "./format/proof.ts";
import type { GraphSettings } from "./format/settings.ts";
import { checkKeySrs } from "./guard/key_srs.ts";
import { checkSrs } from "./srs/check.ts";
import { isUnsafe } from "./srs/unsafe.ts";
import { secretG2 } from "./srs/verifier.ts";
import { constraintSystem } from "../halo2/circuit/constraint_system.ts";
import { type SplitDepth, splitDepths } from "../halo2/circuit/tables.ts";
import { readVerifyingKey } from "../halo2/circuit/verifying_key.ts";
import { circuitData, type EvmCircuit } from "../halo2/evm/circuit_data.ts";
import { codeWith, contractOf, type EvmContract, verifyAbi } from "../halo2/evm/contract.ts";
import { reusableSource, wholeSource } from "../halo2/evm/solidity.ts";
import { verifyGas } from "../halo2/evm/verify_gas.ts";
import { checkFiles, checkSettings } from "./format/given.ts";

/** How {@linkcode createEvmVerifier} makes contracts. */
export interface EvmVerifierOptions {
  /** A verifier for all circuits, and a small contract of data for each; false if not given: one contract. */
  reusable?: boolean;
  /**
   * How the program that made the key split the products of a table's columns; matters for tables of three and more
   * columns. Infinity if not given: all the way, as native EZKL and the engine do; 1: once, as the engine's build for
   * Node.js does.
   */
  splitDepth?: SplitDepth;
}

/** A verifier that is one contract. */
export interface EvmVerifier {
  /** The same in Solidity, for those who read it, or show it beside the deployed code. Its body is the contract's own. */
  solidity: string;
  /** The contract: `verifyProof(bytes,uint256[])` answers true, or reverts. */
  verifier: EvmContract;
  /**
   * Gas of a transaction that verifies a proof, about: within 1 % on Cancun and Prague, 2,700 more on Osaka. A number
   * that is shown and is small takes up to 370 less. With `reusable`, by way of the contract before both.
   */
  verifyGas: number;
}

/** A verifier for all circuits with one circuit's data. */
export interface ReusableEvmVerifier extends EvmVerifier {
  /**
   * The verifier, the same for every circuit: `verifyProof(address,bytes,uint256[])` answers true, or reverts. Whoever
   * calls it chooses the circuit by the address, so a contract that relies on it asks {@linkcode pinned} instead.
   */
  verifier: EvmContract;
  /** The circuit's data, a contract that does nothing. */
  key: EvmContract;
  /**
   * The contract before the two: `verifyProof(bytes,uint256[])` answers true, or reverts, and it compares the hashes of
   * both contracts' codes at every call. Both are deployed before.
   * @param verifier address of the deployed verifier, 20 bytes
   * @param key address of the deployed data, 20 bytes
   * @throws {ArgumentError} for addresses of another length
   */
  pinned(verifier: Uint8Array, key: Uint8Array): EvmContract;
}

/**
 * Makes the contract that verifies a circuit's proofs on Ethereum, or on a chain with its
 * precompiles and the instructions of Cancun. The contract takes what
 * {@linkcode encodeVerifierCalldata} makes of a proof.
 *
 * Nothing is compiled: the code is the same for all circuits, and the circuit is data behind
 * it. The data's reference string decides whose proofs hold, so take the ceremony's.
 *
 * @param vk the verifying key, `vk.key`
 * @param settings the circuit's settings
 * @param srs the reference string that the key was made with, or `verifierSrs` of it
 * @throws {FormatError} for a file that is damaged, and a key of another circuit
 * @throws {ArgumentError} for a circuit of more code than Ethereum allows
 * @example One contract, and what deploying it costs
 * ```ts
 * import { nn } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { compileCircuit, createEvmVerifier, genSettings, genSrs, setup } from "@zkgrad/zkgrad/ezkl";
 *
 * const onnx = exportOnnx(new nn.Linear(3, 2), [3]);
 * const settings = genSettings(onnx, { inputScale: 4, paramScale: 4, logrows: 8, decompBase: 128, decompLegs: 3 });
 * const compiled = compileCircuit(onnx, settings);
 * const srs = await genSrs(8); // for a try; getSrs gets a ceremony's
 * const { vk } = await setup(compiled, srs);
 * const { verifier, solidity } = createEvmVerifier(vk, settings, srs);
 * if (verifier.runtime.length > 24_576 || verifier.deployGas > 3e6) throw new Error("it is small");
 * if (!solidity.includes("contract ")) throw new Error("the same as source");
 * ```
 */
export function createEvmVerifier(
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  options: EvmVerifierOptions & { reusable: true },
): ReusableEvmVerifier;
/** One contract for one circuit. */
export function createEvmVerifier(
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  options?: EvmVerifierOptions,
): EvmVerifier;
export function createEvmVerifier(
  vk: Uint8Array,
  settings: GraphSettings,
  srs: Uint8Array,
  options: EvmVerifierOptions = {},
): EvmVerifier | ReusableEvmVerifier {
  checkOptions("createEvmVerifier()", options, ["reusable", "splitDepth"]);
  checkFiles("createEvmVerifier()", { vk, srs });
  checkSettings("createEvmVerifier()", settings);
  const { reusable = false, splitDepth = Infinity } = options;
  if (typeof reusable !== "boolean") {
    throw new ArgumentError(`createEvmVerifier(), reusable: expected true or false, got ${String(reusable)}`);
  }
  const circuit = circuitOf(vk, settings, srs, splitDepth);
  const { bytes: data, work } = circuitData(circuit);
  const unsafe = isUnsafe(srs);
  if (!reusable) {
    return {
      solidity: wholeSource(data, unsafe),
      verifier: contractOf(
        "the contract",
        codeWith("whole", data),
        verifyAbi(false),
        "make a reusable verifier, which keeps the circuit's data in a contract of their own, with { reusable: true }",
      ),
      verifyGas: verifyGas(work, data, "whole"),
    };
  }
  const smaller = "make a smaller circuit";
  const verifier = contractOf("the verifier", codeWith("reusable", new Uint8Array()), verifyAbi(true), smaller);
  // A byte that stops whoever calls it.
  const key = contractOf("the contract of the circuit's data", Uint8Array.of(0, ...data), [], smaller);
  const hashes = [keccak_256(verifier.runtime), keccak_256(key.runtime)];
  return {
    solidity: reusableSource(data, hashes[1], unsafe),
    verifier,
    key,
    verifyGas: verifyGas(work, data, "reusable"),
    pinned(verifierAddress, keyAddress) {
      const words = new Uint8Array(128);
      words.set(addressOf("verifier", verifierAddress), 12);
      words.set(addressOf("key", keyAddress), 44);
      words.set(hashes[0], 64);
      words.set(hashes[1], 96);
      return contractOf("the contract", codeWith("pinned", words), verifyAbi(false), smaller);
    },
  };
}

/** Reads what a contract is made of. */
function circuitOf(vkFile: Uint8Array, settings: GraphSettings, srs: Uint8Array, depth: SplitDepth): EvmCircuit {
  const caller = "createEvmVerifier()";
  const known = splitDepths(settings);
  if (depth !== Infinity && !known.includes(depth)) {
    throw new ArgumentError(
      `${caller}, splitDepth: expected ${known.join(" or ")} for this circuit's tables, got ${String(depth)}`,
    );
  }
  const vk = readVerifyingKey(caller, vkFile, settings);
  checkSrs("createEvmVerifier()", srs);
  checkKeySrs(caller, vkFile, settings, srs);
  return {
    system: constraintSystem(caller, settings, vk, depth),
    vk,
    instances: instancesOf(settings),
    secretG2: secretG2(srs),
  };
}

function addressOf(name: string, address: Uint8Array): Uint8Array {
  if (address instanceof Uint8Array && address.length === 20) return address;
  throw new ArgumentError(
    `pinned(), ${name}: expected the 20 bytes of a deployed contract's address, got ${
      address instanceof Uint8Array ? `${address.length} bytes` : typeof address
    }`,
  );
}
