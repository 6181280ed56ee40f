/**
 * A cell that goes over time: for a block of eight samples all steps one after another, so that the state stays near.
 * The input's part of the sums is made for all steps first, row by row of the weights; then each step adds the state's
 * part and applies the cell. On the way back each step applies the cell, then hands on what goes to the step before.
 * @module
 */
import { type Code, count, f32, f32x4, get, i32, set, v128, when } from "../../wasm/code.ts";
import { type Cell, isApart, type RecurrenceForm } from "../../graph/recurrence.ts";
import { rowSums } from "./row_sums.ts";
import { WgslEmitter } from "./wgsl_emit.ts";
import { parseBlock } from "./wgsl_parse.ts";
import { constantOf, type Operand, wide } from "./wgsl_values.ts";
import { ARGUMENT, type CpuKernel, ELEMENT_BYTES, type Item, type KernelWriter, pieces } from "./writer.ts";

/** Rows that are made at a time. */
const ROWS = 6;

/** The kernel; inputs and outputs as the operation has them. */
export function recurrenceKernel(
  form: RecurrenceForm,
  names: { readonly name: string; readonly node: string },
  inputs: readonly Item[],
  outputs: readonly Item[],
): CpuKernel {
  // What goes from step to step on the way back: the gradients of both states.
  const carried: Item = { ...outputs[0], bytes: 2 * form.sizes.hidden * ELEMENT_BYTES };
  return {
    ...names,
    reads: inputs,
    writes: form.isBackward ? [...outputs, carried] : outputs,
    blocks: outputs[0].blocks,
    walk: "block",
    parts: 1,
    gradients: false,
    emit: (w) => {
      const over = new Steps(w, form, inputs, form.isBackward ? [...outputs, carried] : outputs);
      return form.isBackward ? over.backward() : over.forward();
    },
  };
}

/** Rows of sums that lie side by side, and so do those of the weights. */
interface Segment {
  readonly sum: number;
  readonly gate: number;
  readonly count: number;
}

/** The sums that a part, input or state, goes to, as few segments as may be. */
function segmentsOf({ sums }: Cell, part: 0 | 1): Segment[] {
  const found: Segment[] = [];
  sums.forEach((gates, sum) => {
    const gate = gates[part];
    if (gate === null) return;
    const last = found.at(-1);
    if (last !== undefined && last.sum + last.count === sum && last.gate + last.count === gate) {
      found[found.length - 1] = { ...last, count: last.count + 1 };
    } else found.push({ sum, gate, count: 1 });
  });
  return found;
}

class Steps {
  readonly #w: KernelWriter;
  readonly #form: RecurrenceForm;
  readonly #block: number;
  readonly #turn: number;
  readonly #t: number;
  readonly #bases: readonly { readonly item: Item; readonly local: number }[];
  readonly #inputs: readonly number[];
  readonly #outputs: readonly number[];

  constructor(w: KernelWriter, form: RecurrenceForm, inputs: readonly Item[], outputs: readonly Item[]) {
    this.#w = w;
    this.#form = form;
    [this.#block, this.#turn, this.#t] = [this.#local(), this.#local(), this.#local()];
    this.#bases = [...inputs, ...outputs].map((item) => ({ item, local: this.#local() }));
    const locals = this.#bases.map(({ local }) => local);
    this.#inputs = locals.slice(0, inputs.length);
    this.#outputs = locals.slice(inputs.length);
  }

  forward(): Code {
    const { cell, sizes: { steps, features, hidden }, more } = this.#form;
    const [x, wIh, wHh, bIh, bHh] = this.#inputs;
    const [y, kept, c] = this.#outputs;
    const sums = cell.sums.length * hidden;
    const [from, to] = [this.#local(), this.#local()];
    const biased = (gate: number | null, biases: number): readonly [number, number] | null =>
      more && gate !== null ? [gate * hidden, biases] : null;
    // Sums begin with their biases, whether the input goes to them or not.
    const inputPart = cell.sums.map(([xGate, hGate], sum) => {
      const biases = [biased(xGate, bIh), biased(hGate, bHh)].filter((bias) => bias !== null);
      return this.#rows(hidden, (row, piece) => [
        set(from, get(x)),
        set(to, this.#at(kept, i32.add(get(row), i32.const(sum * hidden)))),
        rowSums(this.#w, piece, {
          first: this.#weight(wIh, i32.add(get(row), i32.const((xGate ?? 0) * hidden)), features),
          rowBytes: features * 4,
          termBytes: 4,
          terms: xGate === null ? 0 : features,
          from,
          to,
          again: [steps, features * ELEMENT_BYTES, sums * ELEMENT_BYTES],
          biases: biases.map(([first, address]) =>
            i32.add(get(address), i32.shl(i32.add(get(row), i32.const(first)), i32.const(2)))
          ),
        }),
      ]);
    });
    const statePart = segmentsOf(cell, 1).map(({ sum, gate, count: gates }) =>
      this.#rows(gates * hidden, (row, piece) => [
        set(from, this.#step(y, hidden, this.#before())),
        set(to, i32.add(this.#step(kept, sums), this.#bytes(i32.add(get(row), i32.const(sum * hidden))))),
        rowSums(this.#w, piece, {
          first: this.#weight(wHh, i32.add(get(row), i32.const(gate * hidden)), hidden),
          rowBytes: hidden * 4,
          termBytes: 4,
          terms: hidden,
          from,
          to,
        }),
      ])
    );
    const cellPart = this.#units((j, half) => {
      const sumAt = (s: Operand): number => constantOf(s.cells[0].code)! * hidden * ELEMENT_BYTES + half;
      const here = i32.add(this.#step(kept, sums), this.#bytes(get(j)));
      const place = this.#local();
      const emitter = new WgslEmitter(this.#w.f, {
        call: (name, [s, v]) => {
          if (name === "sum") return { value: wide(v128.load(sumAt(s), get(place))) };
          if (name !== "keep") return undefined;
          return { effect: v128.store(sumAt(s), get(place), v.cells[0].code) };
        },
      });
      emitter.add(set(place, here));
      const result = emitter.variable(wide(f32x4.const(0)));
      const next = emitter.variable(wide(f32x4.const(0)));
      const names = new Map([["y", result], ["next", next], [
        "h",
        this.#previous(emitter, y, j, half, get(this.#turn)),
      ]]);
      if (cell.memory) names.set("c", this.#previous(emitter, c, j, half, get(this.#turn)));
      emitter.define(cell.functions);
      emitter.run(parseBlock(cell.forward), names);
      const store = (base: number, value: Operand): Code =>
        v128.store(half, i32.add(this.#step(base, hidden), this.#bytes(get(j))), value.cells[0].code);
      return [emitter.take(), store(y, result), cell.memory ? store(c, next) : []];
    });
    return this.#blocks([
      inputPart,
      this.#turns(false, [when(get(this.#turn), statePart), cellPart]),
    ]);
  }

  backward(): Code {
    const { cell, sizes: { steps, hidden }, more } = this.#form;
    const [dy, kept, y, wHh] = this.#inputs;
    const c = cell.memory ? this.#inputs[4] : 0;
    const dcAt = this.#inputs[cell.memory ? 5 : 4];
    const [dx] = this.#outputs;
    const dh = isApart(cell) ? this.#outputs[1] : dx;
    const carried = this.#outputs.at(-1)!;
    const [sums, gates] = [cell.sums.length * hidden, cell.gates * hidden];
    const [from, to, at] = [this.#local(), this.#local(), this.#local()];
    const memory = hidden * ELEMENT_BYTES;
    const isNotFirst = i32.lt_s(get(this.#turn), i32.const(steps - 1));
    const cellPart = this.#units((j, half) => {
      const [keptHere, dxHere, dhHere, here] = [this.#local(), this.#local(), this.#local(), this.#local()];
      const emitter = new WgslEmitter(this.#w.f, {
        call: (name, [s, v]) => {
          const sum = s === undefined ? null : constantOf(s.cells[0].code);
          if (name === "kept") return { value: wide(v128.load(sum! * hidden * ELEMENT_BYTES + half, get(keptHere))) };
          if (name !== "slope") return undefined;
          const [xGate, hGate] = cell.sums[sum!];
          const store = (gate: number | null, place: number): Code =>
            gate === null ? [] : v128.store(gate * hidden * ELEMENT_BYTES + half, get(place), v.cells[0].code);
          return { effect: [store(xGate, dxHere), isApart(cell) ? store(hGate, dhHere) : []] };
        },
      });
      const load = (base: number): Code => v128.load(half, i32.add(this.#step(base, hidden), this.#bytes(get(j))));
      emitter.add([
        set(keptHere, i32.add(this.#step(kept, sums), this.#bytes(get(j)))),
        set(dxHere, i32.add(this.#step(dx, gates), this.#bytes(get(j)))),
        set(dhHere, i32.add(this.#step(dh, gates), this.#bytes(get(j)))),
        set(here, i32.add(get(carried), this.#bytes(get(j)))),
      ]);
      const value = (code: Code): Operand => {
        const local = this.#w.f.local("v128");
        emitter.add(set(local, code));
        return wide(get(local));
      };
      const down = emitter.variable(wide(f32x4.const(0)));
      const dcNow = v128.load(memory + half, get(here));
      const dc = emitter.variable(wide(more ? f32x4.add(dcNow, load(dcAt)) : dcNow));
      const names = new Map([
        ["dy", value(f32x4.add(load(dy), v128.load(half, get(here))))],
        ["y", value(load(y))],
        ["h", this.#previous(emitter, y, j, half, isNotFirst)],
        ["dh", down],
        ["dc", dc],
      ]);
      if (cell.memory) {
        names.set("next", value(load(c)));
        names.set("c", this.#previous(emitter, c, j, half, isNotFirst));
      }
      emitter.define(cell.functions);
      emitter.run(parseBlock(cell.backward), names);
      return [
        emitter.take(),
        v128.store(half, get(here), down.cells[0].code),
        v128.store(memory + half, get(here), dc.cells[0].code),
      ];
    });
    const downPart = this.#rows(hidden, (row, piece) => [
      set(from, this.#step(dh, gates)),
      set(to, this.#at(carried, get(row))),
      rowSums(this.#w, piece, {
        first: this.#weight(wHh, get(row), 1),
        rowBytes: 4,
        termBytes: hidden * 4,
        terms: gates,
        from,
        to,
      }),
    ]);
    return this.#blocks([
      count(at, i32.const(0), i32.const(memory / 2), [
        f32.store(0, i32.add(get(carried), i32.shl(get(at), i32.const(2))), f32.const(0)),
      ]),
      this.#turns(true, [cellPart, when(isNotFirst, downPart)]),
    ]);
  }

  #local(): number {
    return this.#w.f.local("i32");
  }

  #blocks(body: Code): Code {
    const locate = this.#bases.map(({ item, local }) => set(local, this.#w.at(item, get(this.#block))));
    return count(this.#block, ARGUMENT.firstBlock, ARGUMENT.endBlock, [locate, body]);
  }

  /** All steps, in the order of the cell or against it. */
  #turns(against: boolean, body: Code): Code {
    const { steps, reverse } = this.#form.sizes;
    const turned = i32.sub(i32.const(steps - 1), get(this.#turn));
    return count(this.#turn, i32.const(0), i32.const(steps), [
      set(this.#t, reverse !== against ? turned : get(this.#turn)),
      body,
    ]);
  }

  /** The number of the step before in the cell's order. */
  #before(): Code {
    return i32.add(get(this.#t), i32.const(this.#form.sizes.reverse ? 1 : -1));
  }

  #bytes(element: Code): Code {
    return i32.mul(element, i32.const(ELEMENT_BYTES));
  }

  #at(base: number, element: Code): Code {
    return i32.add(get(base), this.#bytes(element));
  }

  /** Where a step's elements begin. */
  #step(base: number, size: number, step: Code = get(this.#t)): Code {
    return i32.add(get(base), i32.mul(step, i32.const(size * ELEMENT_BYTES)));
  }

  #weight(base: number, row: Code, rowFloats: number): Code {
    return i32.add(get(base), i32.mul(row, i32.const(rowFloats * 4)));
  }

  /** The element of the step before; zero where there is none. */
  #previous(emitter: WgslEmitter, base: number, j: number, half: number, isThere: Code): Operand {
    const { hidden } = this.#form.sizes;
    const local = this.#w.f.local("v128");
    const address = i32.add(this.#step(base, hidden, this.#before()), this.#bytes(get(j)));
    emitter.add([set(local, f32x4.const(0)), when(isThere, set(local, v128.load(half, address)))]);
    return wide(get(local));
  }

  #units(body: (j: number, half: number) => Code): Code {
    const j = this.#local();
    return count(j, i32.const(0), i32.const(this.#form.sizes.hidden), [body(j, 0), body(j, 16)]);
  }

  /** All rows, some at a time; `row` holds the first. */
  #rows(total: number, body: (row: number, piece: number) => Code): Code {
    const row = this.#local();
    return pieces(total, ROWS).map(({ size, start, count: times }) =>
      count(row, i32.const(start), i32.const(start + size * times), body(row, size), size)
    );
  }
}
