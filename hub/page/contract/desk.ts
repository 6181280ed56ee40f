/**
 * The contract of the proof at hand, as the page sees it.
 * @module
 */
import { signal } from "npm:@preact/signals@2.11.4";
import { Calls } from "../app/calls.ts";
import { sentenceOf } from "../app/errors.ts";
import type { Answer, ContractFiles, ContractFunctions, MadeContract } from "./contract_worker.ts";

/** What is being done. */
export const busy = signal<"making" | "asking" | null>(null);
/** The contract; null until it is made. */
export const contract = signal<MadeContract | null>(null);
/** What it said of the proof as it is, and of one with a bit changed. */
export const answers = signal<readonly Answer[]>([]);
/** What went wrong, a sentence. */
export const failure = signal<string | null>(null);

const calls = new Calls<ContractFunctions>("contract/contract_worker.js");
let proof: ContractFiles["proof"] | null = null;

/** Forgets the contract of any other proof, and the Worker with it. */
export function keepOnly(of: ContractFiles | null): void {
  if (proof === null || of?.proof === proof) return;
  calls.end();
  proof =
    busy.value =
    contract.value =
    failure.value =
      null;
  answers.value = [];
}

/** Makes the contract of these files. */
export async function make(files: ContractFiles): Promise<void> {
  keepOnly(files);
  proof = files.proof;
  await doing("making", files.proof, async () => contract.value = await calls.call("make", files));
}

/** Asks it about the proof, with a bit changed or as it is. */
export async function ask(changed: boolean): Promise<void> {
  const { bytecode, calldata } = contract.value!;
  await doing("asking", proof!, async () => {
    const answer = await calls.call("ask", { bytecode, calldata, changed });
    const others = answers.value.filter((each) => (each.changed !== null) !== changed);
    answers.value = changed ? [...others, answer] : [answer, ...others];
  });
}

async function doing(what: "making" | "asking", own: ContractFiles["proof"], body: () => Promise<unknown>) {
  if (busy.value !== null) return;
  busy.value = what;
  failure.value = null;
  try {
    await body();
  } catch (error) {
    if (proof === own) failure.value = sentenceOf(error);
  } finally {
    if (proof === own) busy.value = null;
  }
}
