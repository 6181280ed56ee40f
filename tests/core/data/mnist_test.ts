import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { sampleInput, subset } from "../../../core/data/dataset.ts";
import { formatIdx } from "../../../core/data/idx.ts";
import { MNIST } from "../../../core/data/mnist.ts";
import { inFolder } from "../../folder.ts";
import { cpuTime } from "../../cpu_time.ts";

const images = formatIdx({ shape: [3, 2, 4], bytes: Uint8Array.from({ length: 24 }, (_, i) => 10 * i) });
const labels = formatIdx({ shape: [3], bytes: Uint8Array.of(4, 0, 2) });

const histogram = (set: MNIST): number[] => {
  const counts = new Array(set.classes).fill(0);
  for (const label of set.targets.data) counts[label]++;
  return counts;
};

Deno.test("MNIST.load() gives the full training set", async () => {
  await MNIST.load({ train: false }); // the first use of a machine fetches the package
  const begin = cpuTime();
  const set = await MNIST.load();
  const elapsed = cpuTime(begin);
  assert.equal(set.length, 60_000);
  assert.deepEqual(set.inputs.shape, [1, 28, 28]);
  assert.equal(set.inputs.data.length, 60_000 * 784);
  assert.equal(set.classes, 10);
  assert.deepEqual([...set.targets.data.slice(0, 5)], [5, 0, 4, 1, 9]);
  assert.deepEqual(histogram(set), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  let sum = 0;
  for (const byte of set.inputs.data) sum += byte;
  assert.equal((sum / set.inputs.data.length / 255).toFixed(4), "0.1307"); // the mean that torchvision's examples use
  assert.ok(elapsed < 5000, `${elapsed} ms`);
});

Deno.test("MNIST.load() gives the test set, transformed by a table", async () => {
  let calls = 0;
  const set = await MNIST.load({ train: false, transform: (pixel) => (calls++, Math.round(pixel)) });
  assert.equal(calls, 256);
  assert.equal(set.length, 10_000);
  assert.deepEqual([...set.targets.data.slice(0, 5)], [7, 2, 1, 0, 4]);
  assert.deepEqual(histogram(set), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  assert.equal(set.inputs.table?.[127], 0);
  assert.equal(set.inputs.table?.[128], 1);
  const pixels = sampleInput(set, 0);
  assert.deepEqual(new Set(pixels), new Set([0, 1]));
  assert.equal(subset(set, 100).classes, 10);
});

Deno.test("MNIST.load() finds every usual layout and name", () =>
  inFolder(async (folder) => {
    const gzip = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes));
    const layouts: [string, Uint8Array, string, Uint8Array][] = [
      ["train-images-idx3-ubyte", images, "train-labels-idx1-ubyte", labels],
      ["train-images.idx3-ubyte", images, "train-labels.idx1-ubyte", labels],
      ["train-images-idx3-ubyte.gz", gzip(images), "train-labels-idx1-ubyte.gz", gzip(labels)],
      ["train-images-idx3-ubyte.gz", images, "train-labels.idx1-ubyte", gzip(labels)],
      ["MNIST/raw/train-images-idx3-ubyte", images, "MNIST/raw/train-labels-idx1-ubyte", labels],
      ["MNIST/raw/train-images-idx3-ubyte.gz", gzip(images), "MNIST/raw/train-labels-idx1-ubyte.gz", gzip(labels)],
    ];
    for (const [index, [imageName, imageBytes, labelName, labelBytes]] of layouts.entries()) {
      const root = `${folder}/${index}`;
      await Deno.mkdir(`${root}/MNIST/raw`, { recursive: true });
      await Deno.writeFile(`${root}/${imageName}`, imageBytes);
      await Deno.writeFile(`${root}/${labelName}`, labelBytes);
      const set = await MNIST.load({ root });
      assert.deepEqual(set.inputs.shape, [1, 2, 4]);
      assert.deepEqual([...set.targets.data], [4, 0, 2]);
      assert.equal(set.classes, 5);
      assert.deepEqual(sampleInput(set, 1)[0], Math.fround(80 / 255));
    }
  }));

Deno.test("MNIST.load() says which files are missing", () =>
  inFolder(async (root) => {
    await assert.rejects(MNIST.load({ root }), {
      name: "ArgumentError",
      message: /the images are missing in .*train-images-idx3-ubyte, train-images\.idx3-ubyte.*\.gz.*download/,
    });
    await Deno.writeFile(`${root}/t10k-images-idx3-ubyte`, images);
    await assert.rejects(MNIST.load({ root, train: false }), /the labels are missing in .*t10k-labels-idx1-ubyte/);
    await assert.rejects(MNIST.load({ root, train: false, download: true }), {
      name: "ArgumentError",
      message: /t10k-images-idx3-ubyte is of another data set/,
    });
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), ["t10k-images-idx3-ubyte"]);
  }));

Deno.test("MNIST.load() downloads what is missing, and again after half of it was lost", () =>
  inFolder(async (folder) => {
    const root = `${folder}/data`;
    const first = await MNIST.load({ root, train: false, download: true });
    const expected = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name).sort(), expected);
    const { mtime } = await Deno.stat(`${root}/${expected[0]}`);
    assert.deepEqual((await MNIST.load({ root, train: false, download: true })).targets, first.targets);
    assert.deepEqual((await Deno.stat(`${root}/${expected[0]}`)).mtime, mtime);
    await Deno.remove(`${root}/${expected[1]}`);
    assert.deepEqual((await MNIST.load({ root, train: false, download: true })).targets, first.targets);
  }));

Deno.test("MNIST.load() names the file and the byte of a defect", () =>
  inFolder(async (root) => {
    await Deno.writeFile(`${root}/train-images-idx3-ubyte`, images.subarray(0, 39));
    await Deno.writeFile(`${root}/train-labels-idx1-ubyte`, labels);
    await assert.rejects(MNIST.load({ root }), {
      name: "FormatError",
      message: /train-images-idx3-ubyte: .* it ends at byte 39/,
    });
    await Deno.writeFile(`${root}/train-images-idx3-ubyte`, formatIdx({ shape: [2, 2, 2], bytes: new Uint8Array(8) }));
    await assert.rejects(MNIST.load({ root }), {
      name: "FormatError",
      message: /train-labels-idx1-ubyte: at byte 4 there is the number of labels 3, expected 2, .*train-images/,
    });
    await Deno.writeFile(`${root}/train-images-idx3-ubyte`, labels);
    await assert.rejects(MNIST.load({ root }), /train-images.*at byte 3 .*dimensions 1 .*expected 3/);
  }));

Deno.test("MNIST.load() names the permission that is missing", {
  permissions: { read: false },
}, async () => {
  await assert.rejects(MNIST.load({ root: "/data" }), { name: "ArgumentError", message: /--allow-read=\/data/ });
});

Deno.test("MNIST.fromBytes() needs no files", { permissions: "none" }, async () => {
  const set = await MNIST.fromBytes({
    images: new Uint8Array(gzipSync(images)),
    labels,
    transform: (pixel) => 1 - pixel,
  });
  assert.equal(set.length, 3);
  assert.equal(sampleInput(set, 0)[0], 1);
  await assert.rejects(MNIST.fromBytes({ images: labels, labels }), {
    name: "FormatError",
    message: /^the image file: /,
  });
  await assert.rejects(MNIST.fromBytes({ images, labels, transform: () => NaN }), { name: "ArgumentError" });
});
