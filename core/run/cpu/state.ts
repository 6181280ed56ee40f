/**
 * All parameters and the optimiser's values as flat pieces of the CPU device's memory.
 * @module
 */
import type { AnyModule } from "../../graph/module.ts";
import type { Optimizer } from "../../graph/optimizer.ts";
import { TrainingState } from "../mirror.ts";
import type { CpuCore } from "./core.ts";

/** The training state in the CPU device's memory. */
export class CpuState extends TrainingState {
  /** Where the parameters lie. */
  readonly parameters: number;
  /** Where the optimiser's values lie, in the order of `optimizer.state`. */
  readonly moments: readonly number[];
  readonly #device: CpuCore;
  readonly #kept: readonly number[];
  /** Whether nobody has written to the optimiser's values yet: what is kept is zero as they are. */
  #untouched = true;

  private constructor(device: CpuCore, model: AnyModule, optimizer: Pick<Optimizer, "state">) {
    super(model);
    this.#device = device;
    const make = (what: string): number => device.take(what, this.floats * 4);
    this.parameters = make("the parameters");
    this.moments = optimizer.state.map(make);
    this.#kept = optimizer.state.map((name) => make(`${name}, kept,`));
    this.sync();
  }

  /** Takes the memory and fills it with the model's values and zeros; throws a `DeviceError` where there is none left. */
  static create(device: CpuCore, model: AnyModule, optimizer: Pick<Optimizer, "state">): Promise<CpuState> {
    return Promise.resolve(new CpuState(device, model, optimizer));
  }

  /** Where a parameter lies. */
  address(name: string): number {
    return this.parameters + this.segments.find((segment) => segment.name === name)!.start * 4;
  }

  /** Gives the memory back. */
  override dispose(): void {
    [this.parameters, ...this.moments, ...this.#kept].forEach((address) => this.#device.free(address));
  }

  protected override get momentCount(): number {
    return this.moments.length;
  }

  protected override writeParameters(start: number, data: Float32Array): void {
    this.#device.checkAlive(this.parameters);
    this.#device.floats(this.parameters + start * 4, data.length).set(data);
  }

  protected override readParameters(): Promise<Float32Array> {
    return Promise.resolve(this.#read(this.parameters));
  }

  protected override writeMoment(index: number, flat: Float32Array<ArrayBuffer>): void {
    this.#untouched = false;
    this.#device.checkAlive(this.moments[index]);
    this.#device.floats(this.moments[index], this.floats).set(flat);
  }

  protected override readAllMoments(): Promise<Float32Array[]> {
    return Promise.resolve(this.moments.map((address) => this.#read(address)));
  }

  protected override copyMoments(to: "kept" | "used"): void {
    // Before the first step they are not copied: memory that nobody has written to costs more than the step itself may.
    const [unchanged, first] = [to === "kept" && this.#untouched, this.moments.at(0)];
    this.#untouched = false;
    if (first !== undefined) this.#device.checkAlive(first);
    if (unchanged) return;
    const [source, target] = to === "kept" ? [this.moments, this.#kept] : [this.#kept, this.moments];
    source.forEach((address, k) => {
      this.#device.checkAlive(address);
      this.#device.floats(target[k], this.floats).set(this.#device.floats(address, this.floats));
    });
  }

  #read(address: number): Float32Array<ArrayBuffer> {
    this.#device.checkAlive(address);
    return this.#device.floats(address, this.floats).slice() as Float32Array<ArrayBuffer>;
  }
}
