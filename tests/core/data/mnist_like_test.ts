import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { EMNIST, FashionMNIST, KMNIST, MNIST, QMNIST } from "../../../mod.ts";
import { sampleInput } from "../../../core/data/dataset.ts";
import { formatIdx } from "../../../core/data/idx.ts";
import { inFolder } from "../../folder.ts";

/** Three images of 2 rows and 4 columns; a pixel is ten times its place. */
const images = formatIdx({ shape: [3, 2, 4], bytes: Uint8Array.from({ length: 24 }, (_, i) => 10 * i) });
const labels = formatIdx({ shape: [3], bytes: Uint8Array.of(4, 1, 2) });
const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));

async function write(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/${name}`, bytes);
}

/** An IDX file of big-endian 32-bit integers, by the format's description. */
function integers(rows: number[][]): Uint8Array {
  const bytes = new Uint8Array(12 + 4 * rows.flat().length);
  bytes.set([0, 0, 0x0c, 2]);
  const view = new DataView(bytes.buffer);
  [rows.length, rows[0].length, ...rows.flat()].forEach((value, index) => view.setInt32(4 + 4 * index, value));
  return bytes;
}

/** The pixels of a sample as the bytes of the file. */
function pixels(set: MNIST, index: number): number[] {
  return [...sampleInput(set, index)].map((pixel) => Math.round(pixel * 255));
}

Deno.test("FashionMNIST and KMNIST lie where torchvision puts them, or in the folder itself", () =>
  inFolder(async (root) => {
    const files = { "train-images-idx3-ubyte.gz": gzip(images), "train-labels-idx1-ubyte.gz": gzip(labels) };
    await write(`${root}/FashionMNIST/raw`, files);
    await write(`${root}/KMNIST/raw`, files);
    await write(`${root}/own`, files);
    for (const set of [await FashionMNIST.load({ root }), await KMNIST.load({ root: `${root}/own` })]) {
      assert.deepEqual(set.inputs.shape, [1, 2, 4]);
      assert.deepEqual(pixels(set, 1), [80, 90, 100, 110, 120, 130, 140, 150]);
      assert.deepEqual([...set.targets.data], [4, 1, 2]);
    }
    assert.equal((await KMNIST.load({ root })).length, 3);
    await assert.rejects(FashionMNIST.load({ root, train: false }), {
      name: "ArgumentError",
      message: /^FashionMNIST\.load\(\): the images are missing .*t10k-images-idx3-ubyte.*\/FashionMNIST\/raw/,
    });
    // Fashion-MNIST's files are not taken for MNIST's.
    await assert.rejects(MNIST.load({ root }), /MNIST\.load\(\): the images are missing/);
  }));

Deno.test("EMNIST is put upright; its labels are the file's, from 1 in letters, unless they are moved", () =>
  inFolder(async (root) => {
    await write(`${root}/EMNIST/raw`, {
      "emnist-letters-train-images-idx3-ubyte": images,
      "emnist-letters-train-labels-idx1-ubyte": labels,
      "emnist-digits-test-images-idx3-ubyte.gz": gzip(images),
      "emnist-digits-test-labels-idx1-ubyte.gz": gzip(labels),
    });
    const letters = await EMNIST.load({ root, split: "letters" });
    assert.deepEqual(letters.inputs.shape, [1, 4, 2]);
    assert.deepEqual(pixels(letters, 0), [0, 40, 10, 50, 20, 60, 30, 70]);
    assert.deepEqual(pixels(letters, 2), [160, 200, 170, 210, 180, 220, 190, 230]);
    assert.deepEqual([letters.classes, ...letters.targets.data], [5, 4, 1, 2]);
    const moved = await EMNIST.load({ root, split: "letters", targetTransform: (label) => label - 1 });
    assert.deepEqual([moved.classes, ...moved.targets.data], [4, 3, 0, 1]);
    assert.equal((await EMNIST.load({ root, split: "digits", train: false })).length, 3);
    await assert.rejects(EMNIST.load({ root, split: "letter" as "letters" }), {
      name: "ArgumentError",
      message: /^EMNIST\.load\(\), split: there is no "letter", did you mean letters\?/,
    });
    await assert.rejects(EMNIST.load({ root, split: "letters", targetTransform: (label) => label - 2 }), {
      name: "ArgumentError",
      message: /targets\[1\] is -1/,
    });
    await write(`${root}/bytes`, {});
    const bytes = await MNIST.fromBytes({ images, labels, transpose: true });
    assert.deepEqual(pixels(bytes, 0), pixels(letters, 0));
  }));

Deno.test("QMNIST's label is the first of its integers", () =>
  inFolder(async (root) => {
    const rows = [[7, 4, 3528, 5, 50261, 0, 0, 0], [2, 1, 2, 3, 70000, 0, 0, 0], [300, 1, 2, 3, 4, 5, 6, 7]];
    await write(`${root}/QMNIST/raw`, {
      "qmnist-test-images-idx3-ubyte.gz": gzip(images),
      "qmnist-test-labels-idx2-int.gz": gzip(integers(rows)),
    });
    const set = await QMNIST.load({ root, train: false });
    assert.deepEqual([...set.targets.data], [7, 2, 300]);
    assert.deepEqual(pixels(set, 0), [0, 10, 20, 30, 40, 50, 60, 70]);
    await assert.rejects(QMNIST.load({ root }), /the images are missing .*qmnist-train-images-idx3-ubyte/);
    await assert.rejects(MNIST.fromBytes({ images, labels: integers([[1], [-1], [2]]) }), /targets\[1\] is -1/);
    const short = integers(rows).subarray(0, 40);
    await assert.rejects(MNIST.fromBytes({ images, labels: short }), /needs 108 bytes in all, but it ends at byte 40/);
    const table = formatIdx({ shape: [3, 1], bytes: new Uint8Array(3) });
    await assert.rejects(MNIST.fromBytes({ images, labels: table }), /number of dimensions 2 .*32-bit integers/);
  }));

Deno.test("images of several channels have them first, wherever the file has them", () =>
  inFolder(async (root) => {
    // Two images of 5 rows, 2 columns and 3 channels.
    const value = (image: number, channel: number, place: number): number => 100 * image + 30 * channel + place;
    const planes = [0, 1].flatMap((n) =>
      [0, 1, 2].flatMap((c) => Array.from({ length: 10 }, (_, k) => value(n, c, k)))
    );
    const mixed = [0, 1].flatMap((n) =>
      Array.from({ length: 10 }, (_, k) => [0, 1, 2].map((c) => value(n, c, k))).flat()
    );
    const two = formatIdx({ shape: [2], bytes: Uint8Array.of(0, 1) });
    const first = formatIdx({ shape: [2, 3, 5, 2], bytes: Uint8Array.from(planes) });
    const last = formatIdx({ shape: [2, 5, 2, 3], bytes: Uint8Array.from(mixed) });
    await write(root, { "train-images-idx4-ubyte": first, "train-labels-idx1-ubyte": two });
    for (const set of [await MNIST.load({ root }), await MNIST.fromBytes({ images: last, labels: two })]) {
      assert.deepEqual(set.inputs.shape, [3, 5, 2]);
      assert.deepEqual([...set.inputs.data], planes);
    }
    const turned = await MNIST.fromBytes({ images: last, labels: two, transpose: true });
    assert.deepEqual(turned.inputs.shape, [3, 2, 5]);
    assert.deepEqual([...turned.inputs.data.slice(0, 10)], [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]);
    const odd = formatIdx({ shape: [2, 2, 2, 6], bytes: new Uint8Array(48) });
    await assert.rejects(MNIST.fromBytes({ images: odd, labels: two }), {
      name: "FormatError",
      message: /dimensions 4 .*\[2, 2, 2, 6\].*1, 3 or 4 channels second or last/,
    });
  }));

Deno.test("MNIST.fromBytes() reads a gzip file of several members", async () => {
  const parts = new Uint8Array([...gzip(images.subarray(0, 20)), ...gzip(images.subarray(20))]);
  assert.deepEqual(pixels(await MNIST.fromBytes({ images: parts, labels }), 2), [
    160,
    170,
    180,
    190,
    200,
    210,
    220,
    230,
  ]);
});
