/** Which tile is chosen for which product, and what counting says of tiles. */
import assert from "node:assert/strict";
import { ArgumentError } from "../../core/base/errors.ts";
import type { ProductTile, Profile } from "../../core/graph/op.ts";
import { checkDeviceOptions } from "../../core/run/device_options.ts";
import { bytesOf, intensityOf, lanesOf, PRODUCT_TILES, sharesFor, tileFor } from "../../ops/product_tile.ts";

const GPU: Profile = { kind: "gpu", unroll: false, workgroupMemory: 16384 };

Deno.test("every tile is one that a profile can ask for, and fits what WebGPU guarantees", () => {
  for (const tile of PRODUCT_TILES) {
    checkDeviceOptions("GpuDevice.request()", [{ profile: { tile } }]);
    assert.ok(lanesOf(tile) <= 256 && lanesOf(tile) >= tile.rows);
    assert.ok(bytesOf(tile) <= 16384);
  }
});

Deno.test("a profile refuses tiles that kernels cannot work by", () => {
  const [good] = PRODUCT_TILES;
  const wrong: Record<string, unknown>[] = [
    { ...good, rows: 48 },
    { ...good, lane: [2, 8] },
    { ...good, lane: [4, 4] },
    { ...good, depth: 4 },
    { rows: 64 },
    { ...good, tall: 3 },
    { ...good, rows: "128" },
    { ...good, depth: 8n },
    { ...good, lane: 8 },
    { ...good, lane: "88" },
    { ...good, lane: [8, 8, 8] },
  ];
  for (const tile of wrong) {
    const profile = { tile: tile as unknown as ProductTile };
    assert.throws(() => checkDeviceOptions("GpuDevice.request()", [{ profile }]), ArgumentError);
  }
});

Deno.test("products of few rows, columns or multiply-adds, and those of processors, have no tile", () => {
  assert.equal(tileFor(GPU, { rows: 16, columns: 1 << 20, depth: 576 }), null);
  assert.equal(tileFor(GPU, { rows: 256, columns: 120, depth: 256 }), null);
  assert.equal(tileFor(GPU, { rows: 64, columns: 16384, depth: 27 }), null);
  assert.equal(tileFor({ ...GPU, kind: "cpu" }, { rows: 2048, columns: 2048, depth: 2048 }), null);
  assert.equal(tileFor({ ...GPU, workgroupMemory: 1024 }, { rows: 2048, columns: 2048, depth: 2048 }), null);
});

Deno.test("large products have the tile that reads least, small ones a tile that keeps more multiprocessors busy", () => {
  const reads = (tile: ProductTile | null) => intensityOf(tile!).global;
  const large = tileFor(GPU, { rows: 4096, columns: 4096, depth: 512 });
  assert.equal(reads(large), Math.max(...PRODUCT_TILES.map(reads)));
  assert.ok(reads(tileFor(GPU, { rows: 128, columns: 2000, depth: 2000 })) < reads(large));
});

Deno.test("a deep product with few results is shared out, as far as its reader adds up", () => {
  const size = { rows: 128, columns: 576, depth: 16384 };
  const tile = tileFor(GPU, size)!;
  const shares = sharesFor(tile, size, 64);
  assert.ok(shares > 4 && shares * size.rows * size.columns <= 1 << 20);
  assert.equal(sharesFor(tile, size, 1), 1);
  assert.equal(sharesFor(tile, { ...size, depth: 32 }, 64), 1);
});
