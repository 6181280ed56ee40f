/**
 * What the engine's short messages mean. It says "unreachable" for most mistakes in a
 * circuit's settings, and throws where a proof is merely not valid.
 * @module
 */
import { EngineError, EnginePanicError } from "./errors.ts";
import type { CallName } from "./messages.ts";

const PREFIX = /^(Internal error: )+/;
const REJECTED = /^Verification failed: (.*)$/s;

const rejections = [
  /^The constraint system is not satisfied$/,
  /^Provided instances do not match the circuit$/,
  /^Multi-opening proof was invalid$/,
  /^Transcript error: /,
];

/** Whether the engine's message says that a well-formed proof does not hold; a message not known here is no such answer. */
export function saysInvalid(call: CallName, message: string): boolean {
  const reason = REJECTED.exec(message.replace(PREFIX, ""))?.[1];
  return call === "verify" && reason !== undefined && rejections.some((pattern) => pattern.test(reason));
}

const SYNTHESIS = /General synthesis error/;
const TOO_LARGE = /General synthesis error|decomposition error|too large to be represented/;

/** Whether an error of genWitness came of a number that has more digits than the circuit writes. */
export function saysTooLarge(error: unknown): boolean {
  return error instanceof EngineError && !(error instanceof EnginePanicError) && TOO_LARGE.test(error.message);
}

interface Symptom {
  calls: CallName[];
  message: RegExp;
  cause: string;
}

const OUT_OF_MEMORY = /memory allocation|out of memory|capacity overflow|Array buffer allocation|invalid array length/i;

const symptoms: Symptom[] = [
  {
    calls: ["genWitness", "genVk", "genPk", "prove", "verify", "encodeVerifierCalldata"],
    message: OUT_OF_MEMORY,
    cause:
      "the job needs more than the 4 GiB that WebAssembly has; make the circuit smaller with lower scales, a higher " +
      "scaleRebaseMultiplier or fixed parameters",
  },
  {
    calls: ["genWitness"],
    message: /SigBitTruncation/,
    cause: "an input is too large for its scale; check that inputs are normalised as they were in training",
  },
  {
    calls: ["genWitness"],
    message: TOO_LARGE,
    cause:
      "a value left the range that decompBase and decompLegs, a lookup table or a range check allow; calibrate with " +
      "inputs like this one",
  },
  {
    calls: ["genWitness"],
    message: /reshape|DataSource|input_data|Failed to deserialize input/,
    cause: "input.json must hold one flat list for each input of the network, as inputJson() writes it",
  },
  {
    calls: ["genWitness"],
    message: /./,
    cause:
      "input.json must hold one flat list of numbers for each input of the network, and the compiled circuit must be " +
      "whole and of engine 21",
  },
  {
    calls: ["genVk", "genPk"],
    message: SYNTHESIS,
    cause: "the SRS must have exactly the logrows of the circuit, and the settings inside it must count its cells",
  },
  {
    calls: ["genVk", "genPk", "prove", "verify"],
    message: /deserialize params/,
    cause: "the SRS is cut, damaged, or no SRS",
  },
  {
    calls: ["genVk"],
    message: /./,
    cause:
      "the compiled circuit is damaged, or its settings name too few lookups, range checks or assignments; compile and " +
      "calibrate it again",
  },
  {
    calls: ["genPk"],
    message: /./,
    cause:
      "the verifying key is cut or belongs to another circuit; make both keys from the same compiled circuit and SRS",
  },
  {
    calls: ["prove"],
    message: /missing field|line \d+ column/,
    cause: "the witness must be the JSON that genWitness returned for this compiled circuit",
  },
  {
    calls: ["prove"],
    message: /./,
    cause: "witness, proving key, SRS and compiled circuit must be of the same circuit, and none of them cut",
  },
  {
    calls: ["verify"],
    message: /deserialize proof/,
    cause: "the proof must be the JSON that prove returned",
  },
  {
    calls: ["verify"],
    message: /./,
    cause: "verifying key and settings must be of the same circuit, and neither they nor the SRS cut or damaged",
  },
  {
    calls: ["encodeVerifierCalldata"],
    message: /./,
    cause: "the proof must be the JSON that prove returned, and the address of the key 20 bytes",
  },
];

/** The error for a failed call: the engine's words, and what probably led to them. */
export function explain(call: CallName, message: string, panic: boolean): EngineError {
  const words = message.replace(PREFIX, "").slice(0, 400);
  const symptom = symptoms.find((one) => one.calls.includes(call) && one.message.test(words));
  const cause = symptom ? `; probably ${symptom.cause}` : "";
  return panic
    ? new EnginePanicError(`${call}: the engine broke down, saying "${words}"${cause}`)
    : new EngineError(`${call}: the engine refused, saying "${words}"${cause}`);
}
