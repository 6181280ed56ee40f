/**
 * The host's half of the training state, whatever computes with it.
 *
 * The model on the host is the truth. What the device holds is known here bit for bit
 * (the mirror), so that whatever was written on the host, by whom and how ever, is
 * found by comparing, and taken over before the next run.
 * @module
 */
import { ArgumentError, NonFiniteError } from "../base/errors.ts";
import { type AnyModule, Buffer, type Parameter } from "../graph/module.ts";
import { BLOCK, type Segment, wholeBlocks } from "./update.ts";

/** The training state, of which the device holds parameters and the optimiser's values. */
export abstract class TrainingState {
  /** Where each parameter lies in every flat buffer. */
  readonly segments: readonly Segment[];
  /** Floats of a flat buffer, which has to hold something even for a model without parameters. */
  protected readonly floats: number;
  readonly #model: AnyModule;
  readonly #mirror: Float32Array<ArrayBuffer>;

  /** Lays the parameters out; writes nothing yet. */
  protected constructor(model: AnyModule) {
    this.#model = model;
    let floats = 0;
    this.segments = model.namedState().map(([name, tensor]) => {
      const start = floats;
      floats += wholeBlocks(tensor.data.length);
      return { name, start, size: tensor.data.length, assigned: tensor instanceof Buffer };
    });
    this.floats = Math.max(floats, BLOCK);
    this.#mirror = new Float32Array(this.floats);
  }

  /** Writes parameters on the device, from float `start` on. */
  protected abstract writeParameters(start: number, data: Float32Array): void;
  /** The device's parameters. */
  protected abstract readParameters(): Promise<Float32Array>;
  /** Sets one of the optimiser's buffers. */
  protected abstract writeMoment(index: number, flat: Float32Array<ArrayBuffer>): void;
  /** The optimiser's buffers. */
  protected abstract readAllMoments(): Promise<Float32Array[]>;
  /** Copies the optimiser's buffers to where they are kept, or back. */
  protected abstract copyMoments(to: "kept" | "used"): void;
  /** How many buffers the optimiser has. */
  protected abstract readonly momentCount: number;
  /** Gives all memory back. */
  abstract dispose(): void;

  /**
   * Copies those of the model's parameters to the device that are not what lies there.
   * Throws an `ArgumentError` where the model has other parameters than at first.
   */
  sync(): void {
    for (const [index, { data }] of this.#own().entries()) {
      const { start } = this.segments[index];
      if (this.#mirrors(index, data)) continue;
      this.#mirror.set(data, start);
      this.writeParameters(start, data);
    }
  }

  /** Remembers the state as it is, after {@linkcode sync}, for {@linkcode rollback}. */
  keep(): void {
    this.copyMoments("kept");
  }

  /** Brings the state back that {@linkcode keep} remembered. */
  rollback(): void {
    this.writeParameters(0, this.#mirror);
    this.copyMoments("used");
  }

  /**
   * Copies the device's parameters to the model; one that was written to on the host
   * since {@linkcode sync} keeps what was written, as if that had been done now.
   * Throws a `NonFiniteError`, and leaves all as it is, where one is not a finite number.
   */
  async download(): Promise<void> {
    const flat = await this.readParameters();
    const broken = this.#nonFinite(flat);
    if (broken !== null) throw new NonFiniteError(`${broken.place} has become ${broken.value} on the device`);
    for (const [index, { data }] of this.#own().entries()) {
      const { start, size } = this.segments[index];
      if (this.#mirrors(index, data)) data.set(flat.subarray(start, start + size));
    }
    this.#mirror.set(flat);
  }

  /** The first of the model's numbers that is not finite, in words, or null; those of the last {@linkcode sync}. */
  nonFinite(): string | null {
    const broken = this.#nonFinite(this.#mirror);
    return broken && `${broken.place} is ${broken.value}`;
  }

  /** The optimiser's values by parameter name, one map for each of its buffers. */
  async readMoments(): Promise<Map<string, Float32Array>[]> {
    const moments = await this.readAllMoments();
    return moments.map((flat) =>
      new Map(this.segments.map(({ name, start, size }) => [name, flat.slice(start, start + size)]))
    );
  }

  /** Sets the optimiser's buffers; none given: to zeros, as at first. */
  writeMoments(moments?: readonly ReadonlyMap<string, Float32Array>[]): void {
    for (let index = 0; index < this.momentCount; index++) {
      const flat = new Float32Array(this.floats);
      if (moments) { for (const { name, start } of this.segments) flat.set(moments[index].get(name)!, start); }
      this.writeMoment(index, flat);
    }
  }

  /** The model's parameters, in the order of the segments. */
  #own(): Parameter[] {
    const named = this.#model.namedState();
    const say = (name?: string, size?: number): string => name === undefined ? "none" : `${name} of ${size} numbers`;
    for (let k = 0; k < Math.max(named.length, this.segments.length); k++) {
      const segment = this.segments[k];
      const [name, parameter] = named[k] ?? [];
      if (segment && segment.name === name && segment.size === parameter?.data.length) continue;
      throw new ArgumentError(
        `the model has other parameters than those that this was made for: ${say(name, parameter?.data.length)} ` +
          `where ${say(segment?.name, segment?.size)} was; make a new trainer or predictor`,
      );
    }
    return named.map(([, parameter]) => parameter);
  }

  /** Whether a parameter's bits are those on the device. */
  #mirrors(index: number, data: Float32Array): boolean {
    const { start, size } = this.segments[index];
    const now = new Uint32Array(data.buffer, data.byteOffset, size);
    const there = new Uint32Array(this.#mirror.buffer, start * 4, size);
    for (let k = 0; k < size; k++) if (now[k] !== there[k]) return false;
    return true;
  }

  #nonFinite(flat: Float32Array): { place: string; value: number } | null {
    for (const { name, start, size } of this.segments) {
      // A number less itself is zero, unless it is infinite or none. A function called for each would take as long as steps.
      for (let at = start; at < start + size; at++) {
        if (flat[at] - flat[at] !== 0) return { place: `element ${at - start} of ${name}`, value: flat[at] };
      }
    }
    return null;
  }
}
