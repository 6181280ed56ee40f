/**
 * Operations on one element at a time.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import { sizeOf } from "../../../core/base/shape.ts";
import { roundAway } from "../../halo2/circuit/round_away.ts";
import { mustBeExact } from "./exact.ts";
import { broadcastPlaces, broadcastShape } from "./places.ts";
import { Table } from "./table.ts";
import { magnitude, type Recorder, Scratch, type Step, type Values } from "./values.ts";

/** What an operation on pairs does, and what its result may reach. */
export interface PairFunction {
  /** The result for two numbers. */
  f: (a: number, b: number) => number;
  /** The largest magnitude of the result. */
  bound?: (a: number, b: number) => number;
  /** What the circuit checks about the operands. */
  note?: (a: Values, b: Values, recorder: Recorder) => void;
}

/** An operation on pairs. */
export class PairStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #op: PairFunction;
  readonly #places: [Int32Array, Int32Array];
  readonly #recorder: Recorder;
  readonly #where: string;
  readonly #out = new Scratch();

  /** For operands of these shapes; throws an `ArgumentError` where they do not broadcast. */
  constructor(
    op: PairFunction,
    a: readonly number[],
    b: readonly number[],
    recorder: Recorder,
    where: string,
  ) {
    const shape = broadcastShape(a, b);
    if (shape === undefined) throw new ArgumentError(`${where}: the shapes [${a}] and [${b}] do not broadcast`);
    this.size = sizeOf(shape);
    this.#op = op;
    this.#places = [broadcastPlaces(a, shape), broadcastPlaces(b, shape)];
    this.#recorder = recorder;
    this.#where = where;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([a, b]: readonly Values[], lanes: number): Float64Array {
    const { f, bound, note } = this.#op;
    if (bound) mustBeExact(bound(magnitude(a), magnitude(b)), this.#where);
    note?.(a, b, this.#recorder);
    const out = this.#out.take(this.size * lanes);
    const aStep = a.lanes === 1 ? 0 : 1;
    const bStep = b.lanes === 1 ? 0 : 1;
    const [aPlaces, bPlaces] = this.#places;
    for (let element = 0, at = 0; element < this.size; element++) {
      const aFrom = aPlaces[element] * a.lanes;
      const bFrom = bPlaces[element] * b.lanes;
      for (let lane = 0; lane < lanes; lane++, at++) {
        out[at] = f(a.data[aFrom + lane * aStep], b.data[bFrom + lane * bStep]);
      }
    }
    return out;
  }
}

/** An operation on single numbers. `check` notes and refuses before anything is computed. */
export class MapStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #f: (x: number) => number;
  readonly #check: ((x: Values) => void) | undefined;
  readonly #out = new Scratch();

  /** For `size` elements. */
  constructor(size: number, f: (x: number) => number, check?: (x: Values) => void) {
    this.size = size;
    this.#f = f;
    this.#check = check;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([x]: readonly Values[], lanes: number): Float64Array {
    this.#check?.(x);
    const f = this.#f;
    const { data } = x;
    const out = this.#out.take(this.size * lanes);
    for (let index = 0; index < out.length; index++) out[index] = f(data[index]);
    return out;
  }
}

/** The same numbers; what only changes shape or scale. */
export class SameStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;

  /** For `size` elements. */
  constructor(size: number) {
    this.size = size;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([x]: readonly Values[]): Float64Array {
    return x.data;
  }
}

/** A function that is a table in the circuit. */
export class LookupStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #table: Table;
  readonly #recorder: Recorder;
  readonly #out = new Scratch();

  /** For `size` elements. */
  constructor(size: number, f: (x: number) => number, recorder: Recorder) {
    this.size = size;
    this.#table = new Table(f);
    this.#recorder = recorder;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([x]: readonly Values[], lanes: number): Float64Array {
    this.#recorder.lookup(x);
    const out = this.#out.take(this.size * lanes);
    this.#table.map(x, out);
    return out;
  }
}

/**
 * Division by a whole number other than 0, rounded half away from zero, with its remainder
 * checked. The quotient is exact enough for that: what is not a half is further from it than
 * 1 / (2 denom), and a denominator is a 32-bit float.
 */
export class DivideStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #denom: number;
  readonly #recorder: Recorder;
  readonly #out = new Scratch();

  /** For `size` elements. */
  constructor(size: number, denom: number, recorder: Recorder) {
    this.size = size;
    this.#denom = denom;
    this.#recorder = recorder;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run([x]: readonly Values[], lanes: number): Float64Array {
    const denom = this.#denom;
    const { data } = x;
    // The quotient, and the distance of the remainder from the divisor.
    this.#recorder.decompose(Math.max(Math.abs(roundAway(magnitude(x) / denom)), Math.abs(denom)));
    const out = this.#out.take(this.size * lanes);
    for (let index = 0; index < out.length; index++) {
      const quotient = data[index] / denom;
      // A branch that follows the sign or the rest would be mispredicted half of the time; this one is rare.
      const up = Math.floor(quotient + 0.5);
      out[index] = up - quotient === 0.5 && quotient < 0 ? up - 1 : up;
    }
    return out;
  }
}

/** One operation after the other. */
export class ChainStep implements Step {
  /** Elements of a sample's result. */
  readonly size: number;
  readonly #first: Step;
  readonly #second: Step;
  readonly #measure: (data: Float64Array, lanes: number) => Values;

  /** `second` takes the result of `first` and keeps its number of elements. */
  constructor(first: Step, second: Step, measure: (data: Float64Array, lanes: number) => Values) {
    this.size = second.size;
    this.#first = first;
    this.#second = second;
    this.#measure = measure;
  }

  /** The result for `lanes` samples; the next call overwrites it. */
  run(inputs: readonly Values[], lanes: number): Float64Array {
    return this.#second.run([this.#measure(this.#first.run(inputs, lanes), lanes)], lanes);
  }
}
