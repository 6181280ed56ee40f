/**
 * The last proof that was made in this page, with the files that a contract is made of.
 * @module
 */
import { computed, type ReadonlySignal } from "npm:@preact/signals@2.11.4";
import { proof } from "../prove/proof.ts";
import type { ContractFiles } from "./contract_worker.ts";

/** Null until there is a proof. */
export const provenFiles: ReadonlySignal<ContractFiles | null> = computed(() => {
  const made = proof.value;
  if (made === null) return null;
  const { vk, settings, srs } = made.network;
  return { vk, settings, srs, proof: made.proof };
});
