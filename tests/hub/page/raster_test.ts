/** A drawing as the network sees it: as large as MNIST's digits, and in the middle. */
import assert from "node:assert/strict";
import { MNIST, sampleInput } from "../../../mod.ts";
import { centred, mass, raster, SIDE } from "../../../hub/page/draw/raster.ts";

/** The extent of what is black. */
function box(image: Float32Array): { width: number; height: number } {
  const places = Array.from(image).flatMap((grey, at) => grey > 0.5 ? [at] : []);
  const xs = places.map((at) => at % SIDE), ys = places.map((at) => Math.floor(at / SIDE));
  return { width: Math.max(...xs) - Math.min(...xs) + 1, height: Math.max(...ys) - Math.min(...ys) + 1 };
}

Deno.test("MNIST's own digits have their centre of mass in the middle, within a pixel: what centred() is to make", async () => {
  const test = await MNIST.load({ train: false });
  for (let index = 0; index < 50; index++) {
    const { x, y } = mass(Float32Array.from(sampleInput(test, index)));
    assert.ok(Math.abs(x - SIDE / 2) < 1 && Math.abs(y - SIDE / 2) < 1, `image ${index}: ${x}, ${y}`);
  }
});

Deno.test("a stroke anywhere on the paper comes to the middle, and to MNIST's twenty pixels", () => {
  for (const [from, to] of [[2, 9], [12, 26], [4, 24]]) {
    const image = centred([[{ x: from, y: from }, { x: to, y: to / 2 }, { x: from, y: to }]]);
    const { x, y } = mass(image), { width, height } = box(image);
    assert.ok(Math.abs(x - SIDE / 2) < 0.35 && Math.abs(y - SIDE / 2) < 0.35, `${x}, ${y}`);
    const largest = Math.max(width, height);
    assert.ok(largest >= 15 && largest <= 21, `${width} x ${height} of a stroke from ${from} to ${to}`);
  }
});

Deno.test("a line is as wide as the pencil, a dot stays one, and an empty paper is empty", () => {
  const line = raster([[{ x: 14, y: 4 }, { x: 14, y: 24 }]]);
  const row = line.subarray(14 * SIDE, 15 * SIDE).reduce((sum, grey) => sum + grey, 0);
  assert.ok(Math.abs(row - 2.7) < 0.4, `${row} pixels`);
  const { width, height } = box(centred([[{ x: 3, y: 25 }]]));
  assert.ok(width <= 4 && height <= 4, `${width} x ${height}`);
  assert.ok(centred([]).every((grey) => grey === 0));
});
