/**
 * Contracts that are ready to be deployed, made of their code alone.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { hexToBytes } from "../../ezkl/format/hex.ts";
import type { ContractName } from "./contract_sources.ts";
import { RUNTIME_CODES } from "./runtime_codes.ts";

/** A parameter of a contract's function. */
export interface AbiParameter {
  /** Its name; empty where it has none. */
  name: string;
  /** Its Solidity type. */
  type: string;
}

/** A function of a contract, as Ethereum's libraries want it. */
export interface AbiFunction {
  /** Always `function`. */
  type: "function";
  /** Its name. */
  name: string;
  /** What it takes. */
  inputs: readonly AbiParameter[];
  /** What it gives. */
  outputs: readonly AbiParameter[];
  /** Always `view`: it changes nothing. */
  stateMutability: "view";
}

/** A contract that is ready to be deployed. */
export interface EvmContract {
  /** What it can be asked; nothing for a contract of data. */
  abi: readonly AbiFunction[];
  /** The data of the transaction that deploys it. */
  bytecode: Uint8Array<ArrayBuffer>;
  /** Its code once it is deployed. */
  runtime: Uint8Array<ArrayBuffer>;
  /** Gas of the transaction that deploys it, exact from Shanghai to Osaka. */
  deployGas: number;
}

/** Bytes of code that Ethereum allows (EIP-170). */
export const MOST_CODE = 24_576;

/** Bytes before the code in the data of its transaction. */
const PREFIX = 10;

/** `verifyProof(bytes,uint256[])`, or with the address of a circuit's data before. */
export function verifyAbi(withKey: boolean): readonly AbiFunction[] {
  const parameter = (name: string, type: string): AbiParameter => ({ name, type });
  const key = withKey ? [parameter("vk", "address")] : [];
  return [{
    type: "function",
    name: "verifyProof",
    inputs: [...key, parameter("proof", "bytes"), parameter("instances", "uint256[]")],
    outputs: [parameter("", "bool")],
    stateMutability: "view",
  }];
}

/** The compiled code of a contract with data behind it. */
export function codeWith(name: ContractName, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const code = hexToBytes(RUNTIME_CODES[name].code);
  const all = new Uint8Array(code.length + data.length);
  all.set(code);
  all.set(data, code.length);
  return all;
}

/**
 * The contract with this code. `what` and `advice` go into the error.
 * @throws {ArgumentError} for more code than Ethereum allows
 */
export function contractOf(
  what: string,
  runtime: Uint8Array<ArrayBuffer>,
  abi: readonly AbiFunction[],
  advice: string,
): EvmContract {
  if (runtime.length > MOST_CODE) {
    throw new ArgumentError(
      `createEvmVerifier(): ${what} has ${runtime.length} bytes of code, expected at most ${MOST_CODE}, which is all ` +
        `that Ethereum allows; ${advice}`,
    );
  }
  const bytecode = new Uint8Array(PREFIX + runtime.length);
  // Copies what comes after these ten bytes, and gives it as the contract's code.
  bytecode.set([0x61, runtime.length >> 8, runtime.length & 0xff, 0x80, 0x60, PREFIX, 0x5f, 0x39, 0x5f, 0xf3]);
  bytecode.set(runtime, PREFIX);
  return { abi, bytecode, runtime, deployGas: deployGas(bytecode, runtime.length) };
}

/** Gas of call data: 16 a byte, and 4 for a zero. */
export function dataGas(data: Uint8Array): number {
  return data.reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
}

/** The transaction, a contract, 2 a word of its creation (EIP-3860), its ten bytes' work, 200 a byte of code. */
function deployGas(bytecode: Uint8Array, size: number): number {
  const words = Math.ceil(size / 32);
  const memory = 3 * words + Math.floor(words * words / 512);
  const copies = 3 + 3 + 3 + 2 + (3 + 3 * words + memory) + 2;
  return 21_000 + 32_000 + dataGas(bytecode) + 2 * Math.ceil(bytecode.length / 32) + copies + 200 * size;
}
