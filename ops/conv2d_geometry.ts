/**
 * The sizes of a 2-D convolution, by name, and how its kernels read planes.
 * @module
 */
import type { WindowAxis } from "../core/graph/cpu_form.ts";
import type { ConvGeometry } from "./conv_geometry.ts";
import type { Shape } from "../core/base/shape.ts";

/** What a 2-D convolution can be told. */
export interface Conv2dAttributes {
  /** Steps of the kernel between two outputs, down and to the right. */
  readonly stride: readonly [number, number];
  /** Rows of zeros above and below, columns of zeros left and right. */
  readonly padding: readonly [number, number];
}

/** Every size of one convolution, from x `[batch, channels, height, width]` to y `[batch, filters, rows, columns]`. */
export interface Geometry {
  /** Samples. */
  readonly batch: number;
  /** Input channels. */
  readonly channels: number;
  /** Rows of the input. */
  readonly height: number;
  /** Columns of the input. */
  readonly width: number;
  /** Output channels. */
  readonly filters: number;
  /** Rows of the output. */
  readonly rows: number;
  /** Columns of the output. */
  readonly columns: number;
  /** Rows of the kernel. */
  readonly kernelRows: number;
  /** Columns of the kernel. */
  readonly kernelColumns: number;
  /** Weights of one filter for one channel. */
  readonly taps: number;
  /** See {@linkcode Conv2dAttributes}. */
  readonly stride: readonly [number, number];
  /** See {@linkcode Conv2dAttributes}. */
  readonly padding: readonly [number, number];
}

/** Names the sizes of the convolution of an input by a weight. */
export function geometryOf(input: Shape, weight: Shape, attributes: Conv2dAttributes): Geometry {
  const [batch, channels, height, width] = input;
  const [filters, , kernelRows, kernelColumns] = weight;
  const { stride, padding } = attributes;
  const rows = Math.floor((height + 2 * padding[0] - kernelRows) / stride[0]) + 1;
  const columns = Math.floor((width + 2 * padding[1] - kernelColumns) / stride[1]) + 1;
  const taps = kernelRows * kernelColumns;
  return { batch, channels, height, width, filters, rows, columns, kernelRows, kernelColumns, taps, stride, padding };
}

/** The directions of a convolution as templates see them: rows and columns. */
export function axesOf(g: Geometry): readonly [WindowAxis, WindowAxis] {
  const [down, across] = [0, 1].map((k): WindowAxis => ({
    places: [g.rows, g.columns][k],
    size: [g.height, g.width][k],
    taps: [g.kernelRows, g.kernelColumns][k],
    stride: g.stride[k],
    padding: g.padding[k],
  }));
  return [down, across];
}

/** The same convolution as one of any kind. */
export function generalOf(g: Geometry): ConvGeometry {
  const [down, across] = axesOf(g).map((axis) => ({ ...axis, dilation: 1 }));
  return { batch: g.batch, channels: g.channels, filters: g.filters, groups: 1, down, across };
}

/** Tiles are written out for kernels of at most so many taps, whose work is small enough to need them. */
const MOST_TAPS = 64;
/** Tiles reach over all that lies between two steps of the kernel: at most so many elements. */
const MOST_STEP = 16;

/**
 * Whether kernels take this convolution in tiles, whose text grows with taps and
 * stride. Plain loops take the others, and what reads nothing but padding along
 * an axis: there is no tile to read then.
 */
export function isTiled({ taps, stride, ...g }: Geometry): boolean {
  const reads = (size: number, kernel: number, padding: number, step: number, count: number) =>
    range(count).some((i) => i * step - padding < size && i * step - padding + kernel > 0);
  return taps <= MOST_TAPS && stride[0] * stride[1] <= MOST_STEP &&
    reads(g.height, g.kernelRows, g.padding[0], stride[0], g.rows) &&
    reads(g.width, g.kernelColumns, g.padding[1], stride[1], g.columns);
}

/** The integers from 0 up to `count`. */
export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The largest divisor of `size` that is at most `limit`, and at least 1. */
export function divisorUpTo(size: number, limit: number): number {
  let divisor = Math.max(1, Math.min(size, Math.floor(limit)));
  while (size % divisor !== 0) divisor--;
  return divisor;
}

/** The component of a vector of `width` elements, or the scalar itself. */
export function part(vector: string, index: number, width: number): string {
  return width === 1 ? vector : `${vector}.${"xyzw"[index]}`;
}

/** A place along one axis: `at` takes values up to a multiple of `step`, of which those below `size` count. */
export interface Limit {
  /** The place, as WGSL. */
  readonly at: string;
  /** How many places there are. */
  readonly size: number;
  /** How many of them the lanes take at a time. */
  readonly step: number;
}

/** A statement that runs only within those limits that lanes can go beyond. */
export function guarded(statement: string, limits: readonly Limit[]): string {
  const inside = limits.filter(({ size, step }) => size % step !== 0).map(({ at, size }) => `${at} < ${size}u`);
  return inside.length === 0 ? `  ${statement}\n` : `  if (${inside.join(" && ")}) { ${statement} }\n`;
}

/** How a lane reads a tile of rows out of planes of `height` x `width`. */
export interface TileReader {
  /** Element type of the bound array. */
  readonly type: string;
  /** Declarations: the tile's top left corner, `<name>_row` and `<name>_col`, and what `quad` calls. */
  readonly text: string;
  /** To be put once in front of the reads, where `<name>_base` is the plane's first element. */
  readonly start: string;
  /** WGSL for four neighbours in one row of the tile, from column `4 * quad` on. */
  quad(row: number, quad: number): string;
}

/** What is known of a tile when the text is written. */
export interface TileOptions {
  /** The bound array. */
  readonly name: string;
  /** Rows of a plane. */
  readonly height: number;
  /** Columns of a plane. */
  readonly width: number;
  /** Whether the tile's first column, and each row's length, are multiples of four. */
  readonly aligned: boolean;
  /** Whether the tile may reach outside the plane, where it reads zeros. */
  readonly masked: boolean;
  /** How an element of the array (four where it is aligned) is read; default by its index. */
  readonly element?: ((index: string) => string) | undefined;
}

/** Reads a tile four neighbours at a time; the kernel sets its corner, which may be negative where it is masked. */
export function tileReader({ name, height, width, aligned, masked, element }: TileOptions): TileReader {
  const read = element ?? ((index) => `${name}[${index}]`);
  const corner = `var<private> ${name}_row: i32;\nvar<private> ${name}_col: i32;\n`;
  const divisor = aligned ? " / 4u" : "";
  const type = aligned ? "vec4f" : "f32";
  if (!masked) {
    return {
      type,
      text: corner,
      start: `let o = (${name}_base + u32(${name}_row * ${width} + ${name}_col))${divisor};`,
      quad: (row, quad) => {
        const offset = row * width + quad * 4;
        if (aligned) return read(`o + ${offset / 4}u`);
        return `vec4f(${range(4).map((i) => `${name}[o + ${offset + i}u]`).join(", ")})`;
      },
    };
  }
  const zero = `${type}()`;
  // `&` and not `&&`, which would be a branch for each of dozens of reads: some compilers take minutes over it.
  const masking = `fn ${name}_at(base: u32, r: i32, c: i32) -> ${type} {
  let row = u32(${name}_row + r);
  let col = u32(${name}_col + c);
  let inside = (row < ${height}u) & (col < ${width}u);
  return select(${zero}, ${read(`select(0u, (base + row * ${width}u + col)${divisor}, inside)`)}, inside);
}
`;
  return {
    type,
    text: corner + masking,
    start: "",
    quad: (row, quad) => {
      const at = (i: number) => `${name}_at(${name}_base, ${row}, ${quad * 4 + i})`;
      return aligned ? at(0) : `vec4f(${range(4).map(at).join(", ")})`;
    },
  };
}
