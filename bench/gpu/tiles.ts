/**
 * The products of one network's training step by every tile that there is, each by the GPU's own clock. Prints one line
 * of JSON.
 *
 *     deno run -A tiles.js --net "CNN 3-64-128"
 *
 * @module
 */
import { Adam, DataLoader, Generator, GpuDevice, manualSeed, nn, sizeOf, TensorDataset, Trainer } from "../../mod.ts";
import type { ProductTile } from "../../core/graph/op.ts";
import { intensityOf, lanesOf, PRODUCT_TILES, registersOf } from "../../ops/product_tile.ts";
import { build, NETS } from "../nets/nets.ts";
import { flags } from "../program.ts";

/** One product, and its microseconds: by the kernel that is chosen for it, and by each tile, in their order. */
export interface TiledKernel {
  /** Its node and its own name. */
  readonly name: string;
  /** By what is chosen. */
  readonly chosen: number;
  /** By every tile; null where the adapter refused it. */
  readonly tiles: readonly (number | null)[];
}

/** What a process found. */
export interface TilesReport {
  /** The tiles in words, with flops for a byte of global and of workgroup memory, lanes and registers. */
  readonly tiles: readonly string[];
  /** The products; none where the adapter has no timestamps. */
  readonly kernels: readonly TiledKernel[];
}

const PROFILES = 5;

/** Keeps every kernel a dispatch of its own, so that a time is one product's and every tile has the same dispatches. */
function apart(device: GpuDevice): void {
  const own = device.gpu.limits;
  const get = (_: GPUSupportedLimits, key: string | symbol): unknown =>
    key === "maxStorageBuffersPerShaderStage" ? 0 : Reflect.get(own, key, own);
  Object.defineProperty(device.gpu, "limits", { value: new Proxy(own, { get }) });
}

/** A tile in words. */
function described(tile: ProductTile): string {
  const { rows, columns, depth, lane: [r, c] } = tile;
  const { global, workgroup } = intensityOf(tile);
  return `${rows} x ${columns} x ${depth} by ${r} x ${c}: ${global.toFixed(0)} and ${
    workgroup.toFixed(2)
  } flop a byte, ` +
    `${lanesOf(tile)} lanes of ${registersOf(tile)} registers`;
}

/** Microseconds of the products of a step, by index, node and name. */
async function times(net: string, repeats: number, tile?: ProductTile): Promise<Map<string, number>> {
  const { shape, batch, layers } = NETS[net];
  const inputs = new Generator(1).fillUniform(new Float32Array(batch * sizeOf(shape)), -1, 1);
  const targets = Uint8Array.from({ length: batch }, (_, k) => k % 10);
  const loader = new DataLoader(new TensorDataset({ inputs, shape: [...shape], targets }), { batchSize: batch });
  const device = await GpuDevice.request({ profile: { kind: "gpu", unroll: false, ...tile && { tile } } });
  apart(device);
  manualSeed(0);
  try {
    using trainer = await Trainer.create({
      model: build({ shape, batch, layers }),
      loss: new nn.CrossEntropyLoss(),
      optimizer: new Adam(),
      device,
    });
    const least = new Map<string, number>();
    for (let k = 0; k < repeats; k++) {
      for (const [index, { name, node, milliseconds }] of (await trainer.profile(loader, 1) ?? []).entries()) {
        if (!/Conv|Linear|MatMul/.test(name)) continue;
        const key = `${index} ${node}: ${name}`;
        least.set(key, Math.min(least.get(key) ?? Infinity, milliseconds * 1000));
      }
    }
    return least;
  } finally {
    device[Symbol.dispose]();
  }
}

const values = flags({
  net: { type: "string", default: "CNN 3-64-128" },
  repeats: { type: "string", default: String(PROFILES) },
});
const repeats = Number(values.repeats);
const chosen = await times(values.net, repeats);
const byTile: Map<string, number>[] = [];
for (const tile of PRODUCT_TILES) {
  byTile.push(await times(values.net, repeats, tile).catch(() => new Map<string, number>()));
}
const kernels = [...chosen].map(([key, microseconds]): TiledKernel => ({
  name: key.slice(key.indexOf(" ") + 1),
  chosen: microseconds,
  tiles: byTile.map((found) => found.get(key) ?? null),
}));
console.log(JSON.stringify({ tiles: PRODUCT_TILES.map(described), kernels } satisfies TilesReport));
