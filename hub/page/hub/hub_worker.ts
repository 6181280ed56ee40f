/**
 * What takes longer than a page may stand still: whether a model can be proved, and whether a proof holds.
 * @module
 */
import { ZkgradError } from "../../../core/base/errors.ts";
import { decodeModel } from "../../../onnx/proto.ts";
import { proofFromJson } from "../../ezkl/format/proof.ts";
import { settingsFromJson } from "../../ezkl/format/settings_json.ts";
import { genSettings } from "../../ezkl/gen_settings.ts";
import { describeSrs } from "../../ezkl/srs/describe.ts";
import { readProof, verify } from "../../ezkl/verify.ts";
import { serveCalls } from "../app/calls.ts";

/** What a model is made of, and why it cannot be proved. */
export interface Checked {
  /** "2 Gemm, 1 Relu", or an empty text for what is no ONNX file. */
  readonly operators: string;
  /** Its inputs' sizes without the open ones. */
  readonly inputs: readonly (readonly number[])[];
  /** A sentence that names all that is refused; empty where it can be proved. */
  readonly refused: string;
}

/** The files of a verifier, and the proof. */
export interface ToVerify {
  readonly proof: Uint8Array;
  readonly vk: Uint8Array;
  readonly settings: Uint8Array;
  readonly srs: Uint8Array;
}

/** What a verifier learns. */
export interface Verified {
  readonly holds: boolean;
  /** Why it does not, or an empty text. */
  readonly why: string;
  /** Public inputs and outputs as numbers; null where they are not public. */
  readonly inputs: readonly (readonly number[])[] | null;
  readonly outputs: readonly (readonly number[])[] | null;
  /** Whether whoever made the reference string can forge proofs. */
  readonly unsafe: boolean;
}

const functions = {
  check(onnx: Uint8Array): Checked {
    let operators = "", inputs: number[][] = [];
    try {
      const { node = [], input = [], initializer = [] } = decodeModel(onnx, "the file").graph ?? {};
      const counts = new Map<string, number>(), weights = new Set(initializer.map(({ name }) => name));
      for (const { opType = "" } of node) counts.set(opType, (counts.get(opType) ?? 0) + 1);
      operators = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
      inputs = input.filter(({ name }) => !weights.has(name)).map(({ type }) =>
        (type?.tensorType?.shape?.dim ?? []).map(({ dimValue }) => Number(dimValue ?? 1) || 1)
      );
      genSettings(onnx, {}, "the model");
      return { operators, inputs, refused: "" };
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      return { operators, inputs, refused: error.message };
    }
  },

  async verify({ proof, vk, settings, srs }: ToVerify): Promise<Verified> {
    const read = settingsFromJson(new TextDecoder().decode(settings));
    const unsafe = (await describeSrs(srs)).origin !== "ceremony";
    const nothing = { inputs: null, outputs: null, unsafe };
    try {
      proofFromJson(new TextDecoder().decode(proof));
      if (!await verify(proof, vk, read, srs)) return { holds: false, why: "the equations do not hold", ...nothing };
    } catch (error) {
      if (!(error instanceof ZkgradError)) throw error;
      return { holds: false, why: error.message, ...nothing };
    }
    const { inputs, outputs } = readProof(proof, read);
    const numbers = (tensors: readonly ArrayLike<number>[] | null | undefined) =>
      tensors?.map((tensor) => Array.from(tensor)) ?? null;
    return { holds: true, why: "", inputs: numbers(inputs), outputs: numbers(outputs), unsafe };
  },
};

/** The functions of this Worker. */
export type HubFunctions = typeof functions;

serveCalls(functions);
