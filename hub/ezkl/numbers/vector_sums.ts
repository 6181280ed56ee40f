/**
 * Sums of products in WebAssembly, for some samples at once: each number is multiplied and added as JavaScript would
 * do it, and in the same order, so that results are the same to the last bit.
 * @module
 */
import { type Code, count, f64x2, get, i32, set, v128 } from "../../../core/wasm/code.ts";
import { features } from "../../../core/wasm/features.ts";
import { ModuleBuilder, type WasmFunction } from "../../../core/wasm/module.ts";
import type { ContractionPlan, PackedWeights } from "./contraction_plan.ts";

/** Samples come in fours: two vectors of two numbers. */
const STEP = 4;
/** Rows that share what is loaded; eight sums and their operands fill the vector registers. */
const ROWS = 4;
const NUMBER = 8, PLACE = 4, PAGE = 65536;
/** Weights that lie ready at once, for they are read again for every position. */
const PANEL = 2 ** 17;
/** Pages that the operands may take at most; what is larger is computed without vectors. */
const MOST_PAGES = 2 ** 14;
/** Bytes that are kept for the next sums. */
const KEPT = 2 ** 27;

/** The exported function; all are addresses and numbers of bytes or elements. */
type Run = (
  x: number,
  xPosition: number,
  outPosition: number,
  positions: number,
  terms: number,
  depth: number,
  weights: number,
  starts: number,
  outRow: number,
  rows: number,
  out: number,
  laneBytes: number,
) => void;

let module: WebAssembly.Module | undefined;
let kernel: { readonly run: Run; readonly memory: WebAssembly.Memory } | undefined;

/**
 * The sums of a plan for `lanes` samples of x, which lie innermost as in `Values`; false where vectors have no use or
 * are not to be had, and nothing was computed.
 */
export function vectorSums(
  { groups, xPosition, outPosition, outRow, xTerm }: ContractionPlan,
  { w, bias }: PackedWeights,
  x: Float64Array,
  lanes: number,
  out: Float64Array,
): boolean {
  const rows = outRow.length, depth = xTerm.length, laneBytes = lanes * NUMBER;
  if (lanes % STEP !== 0 || !features().vectors) return false;
  const panel = Math.min(rows, Math.max(ROWS, Math.floor(PANEL / depth / ROWS) * ROWS));
  let end = 0;
  const place = (bytes: number) => {
    const at = end;
    end += Math.ceil(bytes / 16) * 16;
    return at;
  };
  const xAt = place(x.length * NUMBER), outAt = place(out.length * NUMBER);
  const weightsAt = place(panel * depth * NUMBER), startsAt = place(panel * NUMBER);
  const tables = [xPosition, outPosition, xTerm, outRow], tablesAt = tables.map(({ length }) => place(length * PLACE));
  if (end > MOST_PAGES * PAGE) return false;
  const { run, memory } = roomFor(end);
  const numbers = new Float64Array(memory.buffer), places = new Int32Array(memory.buffer);
  numbers.set(x, xAt / NUMBER);
  tables.forEach((table, index) => {
    for (let at = tablesAt[index] / PLACE, k = 0; k < table.length; k++) places[at + k] = table[k] * laneBytes;
  });
  const [xPositionAt, outPositionAt, termsAt, outRowAt] = tablesAt, positions = xPosition.length;
  groups.forEach((group, index) => {
    for (let row = 0; row < rows; row += panel) {
      const some = Math.min(panel, rows - row), first = index * rows + row;
      numbers.set(w.subarray(first * depth, (first + some) * depth), weightsAt / NUMBER);
      numbers.set(bias.subarray(first, first + some), startsAt / NUMBER);
      const from = xAt + group.x * laneBytes, to = outAt + group.out * laneBytes, rowsAt = outRowAt + row * PLACE;
      run(
        from,
        xPositionAt,
        outPositionAt,
        positions,
        termsAt,
        depth,
        weightsAt,
        startsAt,
        rowsAt,
        some,
        to,
        laneBytes,
      );
    }
  });
  out.set(numbers.subarray(outAt / NUMBER, outAt / NUMBER + out.length));
  if (memory.buffer.byteLength > KEPT) kernel = undefined;
  return true;
}

function roomFor(bytes: number): { readonly run: Run; readonly memory: WebAssembly.Memory } {
  if (kernel === undefined || kernel.memory.buffer.byteLength < bytes) {
    module ??= new WebAssembly.Module(moduleBytes());
    // Another memory, because one that grows detaches its buffer, and V8 looks at every array more often from then on.
    const initial = Math.min(MOST_PAGES, 2 ** Math.ceil(Math.log2(bytes / PAGE)));
    const memory = new WebAssembly.Memory({ initial: Math.max(1, initial), maximum: MOST_PAGES });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    kernel = { run: exports.run as Run, memory };
  }
  return kernel;
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ initial: 1, maximum: MOST_PAGES, shared: false });
  const f = module.function(Array.from({ length: 12 }, () => "i32" as const), [], "run");
  const [x, xPosition, outPosition, positions, , , , , , rows, out] = Array.from({ length: 12 }, (_, index) => index);
  const [p, r, from, to] = Array.from({ length: 4 }, () => f.local("i32"));
  const tableAt = (table: number, index: number) => i32.load(0, i32.add(get(table), i32.shl(get(index), i32.const(2))));
  const inFours = i32.and(get(rows), i32.const(-ROWS));
  f.body = count(p, i32.const(0), get(positions), [
    set(from, i32.add(get(x), tableAt(xPosition, p))),
    set(to, i32.add(get(out), tableAt(outPosition, p))),
    count(r, i32.const(0), inFours, rowsOf(f, ROWS, { r, from, to }), ROWS),
    count(r, inFours, get(rows), rowsOf(f, 1, { r, from, to })),
  ]);
  return module.bytes;
}

/** The sums of `rows` rows from `r` on at one position, for all samples. */
function rowsOf(f: WasmFunction, rows: number, { r, from, to }: Record<"r" | "from" | "to", number>): Code {
  const [, , , , terms, depth, weights, starts, outRow, , , laneBytes] = Array.from({ length: 12 }, (_, at) => at);
  const locals = (type: "i32" | "v128", length: number) => Array.from({ length }, () => f.local(type));
  const [lane, k, at, ahead] = locals("i32", 4), w = locals("i32", rows), target = locals("i32", rows);
  const sums = w.map(() => locals("v128", 2)), values = locals("v128", 2), weight = f.local("v128");
  const rowBytes = i32.shl(get(depth), i32.const(3));
  const term = [
    set(at, i32.add(get(ahead), i32.load(0, i32.add(get(terms), i32.shl(get(k), i32.const(2)))))),
    values.map((value, half) => set(value, v128.load(16 * half, get(at)))),
    sums.map((own, row) => [
      set(weight, v128.load64_splat(0, get(w[row]))),
      set(w[row], i32.add(get(w[row]), i32.const(NUMBER))),
      own.map((sum, half) => set(sum, f64x2.add(get(sum), f64x2.mul(get(weight), get(values[half]))))),
    ]),
  ];
  return [
    target.map((local, row) =>
      set(
        local,
        i32.add(get(to), i32.load(PLACE * row, i32.add(get(outRow), i32.shl(get(r), i32.const(2))))),
      )
    ),
    count(lane, i32.const(0), get(laneBytes), [
      set(ahead, i32.add(get(from), get(lane))),
      w.map((local, row) => set(local, i32.add(get(weights), i32.mul(i32.add(get(r), i32.const(row)), rowBytes)))),
      sums.map((own, row) =>
        own.map((sum) => set(sum, v128.load64_splat(NUMBER * row, i32.add(get(starts), i32.shl(get(r), i32.const(3))))))
      ),
      count(k, i32.const(0), get(depth), term),
      sums.map((own, row) =>
        own.map((sum, half) => v128.store(16 * half, i32.add(get(target[row]), get(lane)), get(sum)))
      ),
    ], STEP * NUMBER),
  ];
}
