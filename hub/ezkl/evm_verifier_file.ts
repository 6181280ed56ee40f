/**
 * `verifier.json`: a verifier contract as Ethereum's tools read it.
 * @module
 */
import { keccak_256 } from "npm:@noble/hashes@2.4.0/sha3.js";
import { FormatError } from "../../core/base/errors.ts";
import { bytesToHex, hexToBytes } from "./format/hex.ts";
import type { AbiFunction, EvmContract } from "../halo2/evm/contract.ts";
import type { EvmVerifier, ReusableEvmVerifier } from "./create_evm_verifier.ts";
import { parseJson } from "./format/json.ts";

/** A contract in `verifier.json`: the names are those of Hardhat and Truffle, so that their tools deploy it as it is. */
export interface EvmContractFile {
  /** Its name in `verifier.sol`. */
  contractName: string;
  /** What it can be asked. */
  abi: readonly AbiFunction[];
  /** The data of the transaction that deploys it: 0x and hexadecimal digits. */
  bytecode: string;
  /** Its code once it is deployed. */
  deployedBytecode: string;
  /** The hash of that code, which a contract that calls it can compare. */
  codeHash: string;
  /** Gas of the transaction that deploys it. */
  deployGas: number;
}

/** `verifier.json`. */
export interface EvmVerifierFile extends EvmContractFile {
  /** Gas of a transaction that verifies a proof, about. */
  verifyGas: number;
  /** The oldest version of Ethereum that has its instructions. */
  hardfork: "cancun";
  /** The circuit's data, where the verifier is one for all circuits. */
  key?: EvmContractFile;
}

/** The text of `verifier.json`. */
export function evmVerifierJson(verifier: EvmVerifier | ReusableEvmVerifier): string {
  const isReusable = "key" in verifier;
  const file: EvmVerifierFile = {
    ...contractFile(isReusable ? "Halo2VerifierReusable" : "Halo2Verifier", verifier.verifier),
    verifyGas: verifier.verifyGas,
    hardfork: "cancun",
    ...(isReusable ? { key: contractFile("Halo2VerifyingKey", verifier.key) } : {}),
  };
  return JSON.stringify(file, null, 1);
}

/**
 * The bytecode in the text of a `verifier.json` of one contract; `file` is its name for errors.
 * @throws {FormatError} for a text that is none
 */
export function bytecodeOf(text: string, file: string): Uint8Array<ArrayBuffer> {
  const { bytecode } = Object(parseJson(text, file)) as Partial<Record<keyof EvmVerifierFile, unknown>>;
  return hexBytes(bytecode, `${file}: bytecode`);
}

/**
 * The bytes of a text of 0x and hexadecimal digits; `what` begins errors.
 * @throws {FormatError} for anything else
 */
export function hexBytes(text: unknown, what: string): Uint8Array<ArrayBuffer> {
  if (typeof text === "string" && /^0x(?:[0-9a-f]{2})+$/i.test(text)) return hexToBytes(text.slice(2));
  throw new FormatError(`${what} is not 0x and pairs of hexadecimal digits; it is damaged, so make it again`);
}

function contractFile(contractName: string, { abi, bytecode, runtime, deployGas }: EvmContract): EvmContractFile {
  const hex = (bytes: Uint8Array) => `0x${bytesToHex(bytes)}`;
  return {
    contractName,
    abi,
    bytecode: hex(bytecode),
    deployedBytecode: hex(runtime),
    codeHash: hex(keccak_256(runtime)),
    deployGas,
  };
}
