/**
 * An Ethereum in this process, for trying contracts out: nothing is signed, paid or kept.
 *
 * Its packages, EthereumJS's EVM, are loaded when it is first asked for.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { dataGas, type EvmContract } from "./contract.ts";

type Evm = typeof import("npm:@ethereumjs/evm@10.1.3");
type Util = typeof import("npm:@ethereumjs/util@10.1.3");
type Machine = Awaited<ReturnType<Evm["createEVM"]>>;

/** Versions of Ethereum that have the instructions of the contracts. */
export const HARDFORKS: readonly EvmHardfork[] = ["cancun", "prague", "osaka"];

/** A version of Ethereum. */
export type EvmHardfork = "cancun" | "prague" | "osaka";

/** What came of a call. */
export interface EvmAnswer {
  /** Whether the contract answered true; false where it reverted or answered anything else. */
  holds: boolean;
  /** Gas of the transaction. */
  gas: number;
}

/** How a contract is called. */
interface CallOptions {
  gas?: bigint;
}

/** Gas that a transaction may use. */
const LIMIT = 100_000_000n;

/** Who sends the transactions. */
const SENDER = "0x00000000000000000000000000000000000000aa";

/** Gas of a transaction before it does anything, and of a contract's creation. */
const TRANSACTION = 21_000, CREATION = 32_000;

/** Gas that a byte of call data costs at least since Prague, and a zero (EIP-7623). */
const LEAST_BYTE = 40, LEAST_ZERO = 10;

function missing(cause: unknown): never {
  throw new ArgumentError(
    "runEvmVerifier(): an Ethereum to run the contract on is not to be had; it is the packages @ethereumjs/evm, " +
      "@ethereumjs/common and @ethereumjs/util of version 10, which a project of Node's or a page's adds itself",
    { cause },
  );
}

/** An Ethereum in this process. */
export class EvmChain {
  #machine: Machine;
  #util: Util;
  #hardfork: EvmHardfork;

  private constructor(machine: Machine, util: Util, hardfork: EvmHardfork) {
    this.#machine = machine;
    this.#util = util;
    this.#hardfork = hardfork;
  }

  /** A new one, where nothing is deployed. */
  static async create(hardfork: EvmHardfork = "osaka"): Promise<EvmChain> {
    const [{ createEVM }, { Common, Mainnet }, util] = await Promise.all([
      // Bundlers take a package that is not installed for an error unless its loading can fail.
      import("npm:@ethereumjs/evm@10.1.3").catch(missing),
      import("npm:@ethereumjs/common@10.1.3").catch(missing),
      import("npm:@ethereumjs/util@10.1.3").catch(missing),
    ]);
    const machine = await createEVM({ common: new Common({ chain: Mainnet, hardfork }) });
    return new EvmChain(machine, util, hardfork);
  }

  /** Deploys a contract; its address of 20 bytes, and the gas of the transaction. */
  async deploy({ bytecode }: Pick<EvmContract, "bytecode">): Promise<{ address: Uint8Array; gas: number }> {
    const caller = this.#util.createAddressFromString(SENDER);
    const { createdAddress, execResult } = await this.#run([], { caller, data: bytecode, gasLimit: LIMIT });
    if (execResult.exceptionError || !createdAddress) {
      throw new Error(`the contract was not deployed: ${execResult.exceptionError?.error}`);
    }
    // Since Shanghai the code that makes a contract costs 2 a word.
    const gas = TRANSACTION + CREATION + dataGas(bytecode) + 2 * Math.ceil(bytecode.length / 32);
    return { address: createdAddress.bytes, gas: gas + Number(execResult.executionGasUsed) };
  }

  /** The code at an address. */
  async code(address: Uint8Array): Promise<Uint8Array> {
    const { createAddressFromString, bytesToHex } = this.#util;
    return await this.#machine.stateManager.getCode(createAddressFromString(bytesToHex(address)));
  }

  /** Sends a transaction to a contract; `gas` is what the contract may use. */
  async call(address: Uint8Array, data: Uint8Array, { gas: gasLimit = LIMIT }: CallOptions = {}): Promise<
    EvmAnswer
  > {
    const { createAddressFromString, bytesToHex } = this.#util;
    const to = createAddressFromString(bytesToHex(address));
    const { execResult } = await this.#run([to.toString()], {
      caller: createAddressFromString(SENDER),
      to,
      data,
      gasLimit,
    });
    const answer = execResult.returnValue;
    const holds = !execResult.exceptionError && answer.length === 32 && answer[31] === 1 &&
      answer.subarray(0, 31).every((byte) => byte === 0);
    const gas = TRANSACTION + dataGas(data) + Number(execResult.executionGasUsed);
    const zeros = data.reduce((sum, byte) => sum + Number(byte === 0), 0);
    const least = TRANSACTION + LEAST_ZERO * zeros + LEAST_BYTE * (data.length - zeros);
    return { holds, gas: this.#hardfork === "cancun" ? gas : Math.max(gas, least) };
  }

  /** Runs a transaction: only its own addresses and the precompiles' are warm when it begins (EIP-2929). */
  async #run(own: readonly string[], call: Parameters<Machine["runCall"]>[0]): ReturnType<Machine["runCall"]> {
    const { journal, precompiles } = this.#machine;
    for (const address of [SENDER, ...own, ...precompiles.keys()]) journal.addAlwaysWarmAddress(address);
    try {
      return await this.#machine.runCall(call);
    } finally {
      await journal.cleanup();
    }
  }
}
