/** A model on a hub, and proofs of it that follow each other without a pause. */
import { manualSeed, nn } from "../../../mod.ts";
import {
  createHubArtifact,
  type HubAddress,
  inputJson,
  proveHub,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";
import { exportOnnx } from "../../../onnx/mod.ts";

/** A circuit of few rows: a key takes half a second, a proof a second or more. */
export const RUN_ARGS = { inputScale: 4, paramScale: 4, decompBase: 128, decompLegs: 3 };

/** A layer as a model, and a sample for it. */
export function layer(inputs: number, outputs: number): { model: Uint8Array<ArrayBuffer>; data: string } {
  manualSeed(1);
  const model = exportOnnx(new nn.Linear(inputs, outputs), [inputs]);
  return { model, data: inputJson(Float32Array.from({ length: inputs }, (_, n) => n % 3 / 4)) };
}

/** Deploys a layer and waits until it can be proven. */
export async function deploy(credentials: HubAddress, inputs: number, outputs: number): Promise<string> {
  const { id } = await createHubArtifact({ credentials, name: "layer", ...layer(inputs, outputs), runArgs: RUN_ARGS });
  await waitForArtifact(id, { credentials, timeout: 120_000 });
  return id;
}

/** Asks for proof after proof until it is ended; two are always asked for, so that one always runs. */
export class ProofChain implements AsyncDisposable {
  /** Proofs that were asked for, oldest first. */
  readonly ids: string[] = [];
  /** How many of them are done. */
  done = 0;
  #ended = false;
  readonly #running: Promise<void[]>;

  /** Of an artifact for `data`. */
  constructor(credentials: HubAddress, artifact: string, data: string) {
    const link = async (): Promise<void> => {
      while (!this.#ended) {
        const { id } = await proveHub({ credentials, id: artifact, data });
        this.ids.push(id);
        await waitForProof(id, { credentials, timeout: 300_000 });
        this.done++;
      }
    };
    this.#running = Promise.all([link(), link()]);
    this.#running.catch(() => {});
  }

  /** Waits until one is done. */
  async first(): Promise<void> {
    while (this.done === 0) await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, 50))]);
  }

  /** Asks for no more, waits for those under way, and throws what went wrong. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#running;
  }
}
