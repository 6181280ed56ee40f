/** A store that acts the moment a job enters a stage: a stage of a small circuit is over before one that asks sees it. */
import type { Store } from "../../../../hub/server/store/store.ts";

/**
 * The store, which calls `act` once an artifact or a proof is written down to be at `stage`, before it answers. What
 * the stage makes is not kept until then.
 */
export function storeActingAt(store: Store, stage: string, act: () => void): Store {
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>();
  const after = (held: boolean, patch: { stage?: string }): boolean => {
    if (patch.stage === stage) {
      act();
      enter();
    }
    return held;
  };
  return {
    ...store,
    patchArtifact: async (id, attempt, patch) => after(await store.patchArtifact(id, attempt, patch), patch),
    patchProof: async (id, attempt, patch) => after(await store.patchProof(id, attempt, patch), patch),
    saveStageResult: async (fingerprint, made, files, note) => {
      if (made === stage) await entered;
      await store.saveStageResult(fingerprint, made, files, note);
    },
  };
}
