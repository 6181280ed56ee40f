/**
 * What a kernel's generator knows: which function it writes, and where values lie.
 *
 * A batch lies in blocks of 8 samples, `[batch / 8][element][8]`: an element is two vectors, so nothing is packed or
 * padded inside a sample. Blocks form shares; a share is what one thread takes at a time, and leaves one partial sum of
 * each gradient. The shares of a batch do not depend on the threads, and so neither do results.
 * @module
 */
import { type Code, get, getGlobal, i32 } from "../../wasm/code.ts";
import type { ModuleBuilder, WasmFunction } from "../../wasm/module.ts";
import type { Value } from "../../graph/graph.ts";

/** Samples in a block. */
export const BLOCK_SAMPLES = 8;
/** Bytes of one element of a block's samples. */
export const ELEMENT_BYTES = BLOCK_SAMPLES * 4;

/** How a value lies: in blocks of samples, or row-major as parameters do. */
export type Layout = "blocked" | "plain";

/** Something that lies in memory. */
export interface Item {
  /** Whose numbers they are. */
  readonly value: Value;
  /** How they lie. */
  readonly layout: Layout;
  /** Bytes of a block, or of all where it is plain. */
  readonly bytes: number;
  /** Blocks, or 1. */
  readonly blocks: number;
}

/** Where an item lies. */
export interface Placement {
  /** In the thread's arena, in the batch's own memory, once for each share, or once. */
  readonly kind: "arena" | "batch" | "share" | "fixed";
  /** The first byte. */
  readonly offset: number;
  /** Bytes from one block, or share, to the next. */
  readonly stride: number;
}

/** The parameters of a kernel's function. */
export const PARAMETERS = ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;

/** What a kernel's function is called with, as code. */
export const ARGUMENT = {
  /** The thread's arena. */
  arena: get(0),
  /** The first block of the share to take. */
  firstBlock: get(1),
  /** The block after the last. */
  endBlock: get(2),
  /** The first part (of channels, say) to take. */
  firstPart: get(3),
  /** The part after the last. */
  endPart: get(4),
  /** Which share it is. */
  share: get(5),
  /** 1: sums begin anew; 0: they go on. */
  anew: get(6),
} as const;

/** Bytes that each thread has for itself, where no kernel asks for more. */
export const SCRATCH_BYTES = 16 << 10;

/** Where the fields of a step lie, in bytes from its beginning. */
export const STEP = {
  start: 0,
  count: 4,
  row: 8,
  seed: 12,
  scale: 16,
  share: 20,
  phase: 24,
  index: 28,
  bytes: 32,
} as const;

/** What code is made with. */
export class KernelWriter {
  /** The function. */
  readonly f: WasmFunction;
  /** The module that it is in. */
  readonly module: ModuleBuilder;
  /** Blocks in a share. */
  readonly shareBlocks: number;
  /** The global that holds where the running step's fields lie. */
  readonly stepGlobal: number;
  /** Whether kernels are called block by block, as one of many that a share goes through. */
  readonly divided: boolean;
  readonly #scratchGlobal: number;
  readonly #places: ReadonlyMap<Item, Placement>;
  readonly #constant: (values: Int32Array<ArrayBuffer>) => number;

  /** A writer of one function. */
  constructor(
    f: WasmFunction,
    module: ModuleBuilder,
    fields: {
      readonly shareBlocks: number;
      readonly stepGlobal: number;
      readonly scratchGlobal: number;
      readonly divided: boolean;
      readonly places: ReadonlyMap<Item, Placement>;
      readonly constant: (values: Int32Array<ArrayBuffer>) => number;
    },
  ) {
    this.f = f;
    this.module = module;
    this.shareBlocks = fields.shareBlocks;
    this.stepGlobal = fields.stepGlobal;
    this.#scratchGlobal = fields.scratchGlobal;
    this.divided = fields.divided;
    this.#places = fields.places;
    this.#constant = fields.constant;
  }

  /** Lays numbers down in memory; returns where. */
  constant(values: readonly number[]): number {
    return this.#constant(Int32Array.from(values));
  }

  /** The step's address. */
  get step(): Code {
    return getGlobal(this.stepGlobal);
  }

  /** The address of the bytes that are the thread's own, for what a kernel keeps near. */
  get scratch(): Code {
    return getGlobal(this.#scratchGlobal);
  }

  /** The number of a block in the batch. */
  globalBlock(block: Code): Code {
    return i32.add(i32.mul(ARGUMENT.share, i32.const(this.shareBlocks)), block);
  }

  /** The address of an item's block; of all of it, where it is plain. */
  at(item: Item, block: Code): Code {
    const place = this.#places.get(item);
    if (place === undefined) throw new Error(`nobody has placed ${item.value.name}`);
    const { kind, offset, stride } = place;
    const start = i32.const(offset);
    if (kind === "fixed") return start;
    if (kind === "share") return i32.add(start, i32.mul(ARGUMENT.share, i32.const(stride)));
    const base = kind === "arena" ? i32.add(ARGUMENT.arena, start) : start;
    if (stride === 0) return base;
    return i32.add(base, i32.mul(kind === "batch" ? this.globalBlock(block) : block, i32.const(stride)));
  }
}

/** One of the functions that a step is made of. */
export interface CpuKernel {
  /** A short name for listings. */
  readonly name: string;
  /** The graph's node. */
  readonly node: string;
  /** What it reads. */
  readonly reads: readonly Item[];
  /** What it writes. */
  readonly writes: readonly Item[];
  /** Blocks of the batch that it can take one by one; 1 where it works on what is plain. */
  readonly blocks: number;
  /** How it walks: block by block, or over all blocks of a share at once; `sums`: block by block, adding to its results. */
  readonly walk: "block" | "share" | "sums" | "plain";
  /** Parts that different threads can take. */
  readonly parts: number;
  /** Whether all that it writes is summed over the batch. */
  readonly gradients: boolean;
  /** Bytes of a thread's own that it needs, where those are more than {@linkcode SCRATCH_BYTES}. */
  readonly scratch?: number;
  /** Writes its function's body. */
  emit(writer: KernelWriter): Code;
}

/** Equal pieces, as far as may be, of at most `most`: two sizes, the larger first. */
export interface Pieces {
  /** Elements of each. */
  readonly size: number;
  /** The number of the first such piece. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
  /** The first element. */
  readonly start: number;
}

/** Cuts `total` into pieces. */
export function pieces(total: number, most: number): Pieces[] {
  const count = Math.ceil(total / most);
  const small = Math.floor(total / count);
  const large = total - small * count;
  const found = [
    { size: small + 1, first: 0, count: large, start: 0 },
    { size: small, first: large, count: count - large, start: large * (small + 1) },
  ];
  return found.filter((piece) => piece.count > 0);
}

/** How many pieces there are. */
export function pieceCount(total: number, most: number): number {
  return Math.ceil(total / most);
}
