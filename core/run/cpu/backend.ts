/**
 * The CPU as a back end.
 * @module
 */
import type { Dataset } from "../../data/dataset.ts";
import type { AnyModule } from "../../graph/module.ts";
import type { Optimizer } from "../../graph/optimizer.ts";
import type { Backend, ForwardProgram, ForwardRequest, StepProgram, StepRequest } from "../backend.ts";
import type { CpuCore } from "./core.ts";
import { coreOf, type CpuDevice } from "./device.ts";
import { CpuForward } from "./forward.ts";
import { CpuProgram } from "./program.ts";
import { CpuDataset, CpuPiece } from "./resident.ts";
import { CpuState } from "./state.ts";

/** A model's back end on the CPU. */
export class CpuBackend implements Backend {
  /** The flat pieces of memory. */
  readonly state: CpuState;
  readonly #device: CpuDevice;
  readonly #core: CpuCore;

  private constructor(device: CpuDevice, state: CpuState) {
    this.#device = device;
    this.#core = coreOf(device);
    this.state = state;
  }

  /** Puts the model's parameters into the device's memory. */
  static async create(device: CpuDevice, model: AnyModule, optimizer: Pick<Optimizer, "state">): Promise<CpuBackend> {
    return new CpuBackend(device, await CpuState.create(coreOf(device), model, optimizer));
  }

  /** See {@linkcode Backend.program}. */
  async program(request: StepRequest): Promise<StepProgram> {
    return await CpuProgram.create(this.#core, this.state, request) as unknown as StepProgram;
  }

  /** See {@linkcode Backend.data}. */
  data(dataset: Dataset): Promise<CpuDataset> {
    return CpuDataset.create(this.#core, dataset);
  }

  /** See {@linkcode Backend.piece}. */
  piece(dataset: Dataset, samples: number): Promise<CpuPiece> {
    return CpuPiece.make(this.#core, dataset, samples);
  }

  /** See {@linkcode Backend.forward}. */
  forward(request: ForwardRequest): Promise<ForwardProgram> {
    return CpuForward.create(this.#core, this.state, request);
  }

  /** See {@linkcode Backend.idle}. */
  idle(): Promise<void> {
    return this.#device.idle();
  }
}
