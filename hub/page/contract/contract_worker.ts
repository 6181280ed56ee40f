/**
 * The Worker that makes a verifier contract and asks it about a proof, on an Ethereum that is loaded when it is first
 * asked.
 * @module
 */
import { createEvmVerifier } from "../../ezkl/create_evm_verifier.ts";
import { encodeVerifierCalldata } from "../../ezkl/encode_verifier_calldata.ts";
import { evmVerifierJson } from "../../ezkl/evm_verifier_file.ts";
import { settingsFromJson } from "../../ezkl/format/settings_json.ts";
import { runBytecode } from "../../ezkl/run_evm_verifier.ts";
import { serveCalls } from "../app/calls.ts";
import { withBitChanged } from "./changed_bit.ts";

/** The files that a contract is made of, and the proof that it is asked about. */
export interface ContractFiles {
  /** The verifying key. */
  readonly vk: Uint8Array<ArrayBuffer>;
  /** `settings.json`. */
  readonly settings: Uint8Array<ArrayBuffer>;
  /** The reference string, or what verifiers need of it. */
  readonly srs: Uint8Array<ArrayBuffer>;
  /** The proof's file. */
  readonly proof: Uint8Array<ArrayBuffer>;
}

/** A contract, and the call that asks it about the proof. */
export interface MadeContract {
  /** The source. */
  readonly solidity: string;
  /** The text of verifier.json: bytecode, interface, gas. */
  readonly json: string;
  /** The data of the transaction that deploys it. */
  readonly bytecode: Uint8Array<ArrayBuffer>;
  /** Bytes of its code. */
  readonly bytes: number;
  /** Gas to deploy it. */
  readonly deployGas: number;
  /** Gas to verify a proof, about. */
  readonly verifyGas: number;
  /** The call data. */
  readonly calldata: Uint8Array<ArrayBuffer>;
}

/** What the contract said on an Ethereum in the page. */
export interface Answer {
  /** Which bit of the call data was changed; null: none. */
  readonly changed: number | null;
  /** Whether it answered true; it reverted where it did not. */
  readonly holds: boolean;
  /** Gas of the transaction. */
  readonly gas: number;
  /** Seconds that it took here. */
  readonly seconds: number;
}

type Asked = Pick<MadeContract, "bytecode" | "calldata"> & { readonly changed: boolean };

const functions = {
  async make({ vk, settings, srs, proof }: ContractFiles): Promise<MadeContract> {
    const contract = createEvmVerifier(vk, settingsFromJson(new TextDecoder().decode(settings)), srs);
    const { verifier, solidity, verifyGas } = contract;
    return {
      solidity,
      json: evmVerifierJson(contract),
      bytecode: verifier.bytecode as Uint8Array<ArrayBuffer>,
      bytes: verifier.runtime.length,
      deployGas: verifier.deployGas,
      verifyGas,
      calldata: await encodeVerifierCalldata(proof),
    };
  },

  async ask({ bytecode, calldata, changed: isChanged }: Asked): Promise<Answer> {
    const { data, changed } = isChanged ? withBitChanged(calldata) : { data: calldata, changed: null };
    const began = performance.now();
    const { holds, verifyGas } = await runBytecode(bytecode, data);
    return { changed, holds, gas: verifyGas, seconds: (performance.now() - began) / 1000 };
  },
};

/** What the page may call. */
export type ContractFunctions = typeof functions;

serveCalls(functions);
