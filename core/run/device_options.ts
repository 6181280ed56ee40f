/**
 * What a device is asked for with, checked where a caller hands it over.
 * @module
 */
import { checkArguments, expect, flag, whole } from "../base/arguments.ts";
import { checkOptions, namesOf, oneOf } from "../base/known.ts";
import type { ProductTile, Profile } from "../graph/op.ts";

/** Options of `GpuDevice.request`. */
export interface DeviceOptions {
  /** Where the adapter comes from; default `navigator.gpu` (in Node, pass that of `npm:webgpu`). */
  readonly gpu?: GPU;
  /** Overrides of the tunables chosen for the adapter. */
  readonly profile?: Partial<Profile>;
}

const OPTIONS = namesOf<DeviceOptions>({ gpu: true, profile: true });
const PROFILE = namesOf<Profile>({ kind: true, unroll: true, workgroupMemory: true, tile: true });
const TILE = namesOf<ProductTile>({ rows: true, columns: true, depth: true, lane: true });

/** Throws an `ArgumentError` for options that nobody reads, and for a `gpu` that is not WebGPU's entry. */
export function checkDeviceOptions(where: string, given: ArrayLike<unknown>): void {
  checkArguments(where, given, 0, OPTIONS);
  const { gpu, profile } = (given[0] ?? {}) as Partial<DeviceOptions>;
  const entry = gpu === undefined || typeof gpu?.requestAdapter === "function";
  expect(entry, `${where}: gpu`, gpu, "an object with requestAdapter(), as navigator.gpu is");
  checkProfile(`${where}: profile`, profile);
}

/** Throws an `ArgumentError` for a device that is not WebGPU's, and for what says nothing of an adapter. */
export function checkDevice(where: string, device: unknown, info: unknown, profile: unknown): void {
  const made = typeof (device as Partial<GPUDevice> | null | undefined)?.createBuffer === "function";
  expect(made, `${where}: device`, device, "a GPUDevice, as adapter.requestDevice() gives it");
  const says = typeof info === "object" && typeof (info as Partial<GPUAdapterInfo> | null)?.description === "string";
  expect(says, `${where}: info`, info, "a GPUAdapterInfo, as adapter.info is");
  checkProfile(`${where}: profile`, profile);
}

function checkProfile(where: string, profile: unknown): void {
  checkOptions(where, profile, PROFILE);
  const { kind, unroll, workgroupMemory, tile } = (profile ?? {}) as Partial<Profile>;
  if (kind !== undefined) oneOf(`${where}, kind`, kind, ["cpu", "gpu"]);
  if (unroll !== undefined) flag(`${where}, unroll`, unroll);
  if (workgroupMemory !== undefined) whole(`${where}, workgroupMemory`, workgroupMemory);
  if (tile === undefined) return;
  checkOptions(`${where}, tile`, tile, TILE);
  const { rows, columns, depth, lane } = tile as Partial<ProductTile>;
  for (const [name, size] of Object.entries({ rows, columns, depth })) whole(`${where}, tile: ${name}`, size);
  const isPair = Array.isArray(lane) && lane.length === 2 && lane.every(Number.isSafeInteger);
  expect(isPair, `${where}, tile: lane`, lane, "two positive integers, rows and columns, such as [8, 4]");
  expect(
    isTile(tile),
    `${where}, tile`,
    tile,
    "powers of two such as { rows: 64, columns: 64, depth: 16, lane: [8, 4] }, of at most 256 lanes, each with four or " +
      "more rows and columns and a share of all that is staged, and no fewer lanes than rows",
  );
}

/** Whether kernels can take products by a tile. */
function isTile({ rows, columns, depth, lane: [r, c] }: ProductTile): boolean {
  const sizes = [rows, columns, depth, r, c];
  if (!sizes.every((size) => size >= 4 && size <= 256 && Number.isInteger(Math.log2(size)))) return false;
  const lanes = rows * columns / (r * c);
  const staged = Math.min(rows, columns) * depth;
  return lanes >= rows && lanes <= 256 && staged % (4 * lanes) === 0;
}
