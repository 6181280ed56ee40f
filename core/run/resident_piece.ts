/**
 * Room on the GPU for some samples of a data set, which are written there when they are needed.
 * @module
 */
import type { Dataset } from "../data/dataset.ts";
import { gatherSamples, headOf } from "../data/pieces.ts";
import type { DataPiece } from "./backend.ts";
import type { GpuDevice } from "./device.ts";
import { layoutOf, sampleWords } from "./gather.ts";
import { ResidentDataset } from "./resident.ts";

/** The buffers of a piece. */
export class ResidentPiece extends ResidentDataset implements DataPiece {
  // One for all pieces to come: an epoch then makes no array.
  readonly #staging: Readonly<Record<"inputs" | "targets", Uint8Array<ArrayBuffer>>>;

  private constructor(device: GpuDevice, dataset: Dataset) {
    super(device, dataset);
    const staging = (name: "inputs" | "targets"): Uint8Array<ArrayBuffer> =>
      new Uint8Array(sampleWords(layoutOf(dataset[name])) * 4 * dataset.length);
    this.#staging = { inputs: staging("inputs"), targets: staging("targets") };
  }

  /** Makes the buffers for so many samples; throws a `DeviceError` where they do not fit. */
  static make(device: GpuDevice, dataset: Dataset, samples: number): Promise<ResidentPiece> {
    return device.withinMemory("a piece of the data set", () => new ResidentPiece(device, headOf(dataset, samples)));
  }

  /** See {@linkcode DataPiece.write}. */
  write(dataset: Dataset, order: Uint32Array | null, first: number, count: number): void {
    for (const name of ["inputs", "targets"] as const) {
      const bytes = this.#staging[name];
      const stride = sampleWords(layoutOf(dataset[name])) * 4;
      gatherSamples(dataset[name], order, first, count, bytes, stride);
      for (const part of this.parts) {
        const end = Math.min(count, part.first + part.count);
        if (part.first >= end) continue;
        const [buffer] = part[name];
        this.device.checkAlive(buffer);
        this.device.write(buffer, 0, bytes.subarray(part.first * stride, end * stride));
      }
    }
  }
}
