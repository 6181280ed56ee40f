/** What the training section is made of, without a browser: digits as a file, code that is shown, axes, a changed bit. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { FormatError, MNIST, type Module, nn, sampleInput } from "../../../mod.ts";
import { scaleOf } from "../../../hub/page/charts/scale.ts";
import { withBitChanged } from "../../../hub/page/contract/changed_bit.ts";
import { readDigits, unpackDigits } from "../../../hub/page/train/digits.ts";
import { makeNetwork } from "../../../hub/page/train/make_network.ts";
import { codeOf, DIGITS_FILE, PRESETS } from "../../../hub/page/train/presets.ts";
import { writeDigits } from "../../../hub/page/train/write_digits.ts";

Deno.test("the file of digits holds MNIST's, rounded, and says what is wrong with a damaged one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeDigits(folder, { train: 30, choose: 7, test: 5 });
    const file = await Deno.readFile(`${folder}/${DIGITS_FILE}`), { train, choose, test } = unpackDigits(file);
    const full = await MNIST.load({ train: true, transform: Math.round });
    const other = await MNIST.load({ train: false, transform: Math.round });
    for (const [set, own, first] of [[train, full, 0], [choose, full, 59_993], [test, other, 0]] as const) {
      for (const [index, label] of set.labels.entries()) {
        assert.equal(label, own.targets.data[first + index]);
        assert.deepEqual(set.pixels.subarray(index * 784, (index + 1) * 784), sampleInput(own, first + index));
      }
    }
    assert.deepEqual([train, choose, test].map(({ labels }) => labels.length), [30, 7, 5]);
    assert.throws(() => unpackDigits(file.subarray(0, 900)), FormatError);
    assert.throws(() => unpackDigits(gzipSync(new Uint8Array(99))), /does not begin as a file of digits does/);
    const head = new Uint8Array(30);
    head.set(new TextEncoder().encode("DIGITS1\n\x05"));
    assert.throws(() => readDigits(head), /has 30 bytes, expected 515 for 5 digits/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the code that is shown makes the network that is trained", () => {
  for (const preset of PRESETS) {
    const code = codeOf(preset, 7), [, text] = /const model = ([^;]+);/.exec(code)!;
    const shown = new Function("nn", `return ${text}`)(nn) as Module, made = makeNetwork(preset);
    const shapes = (model: Module) => model.namedParameters().map(([name, { shape }]) => [name, shape]);
    assert.deepEqual(shapes(shown), shapes(made));
    assert.equal(shown.summary([2, 1, 28, 28]), made.summary([2, 1, 28, 28]));
    assert.match(code, /epoch <= 7;/);
  }
});

Deno.test("an axis reaches over its numbers, by round ones", () => {
  const { at, ticks, ends } = scaleOf([0.913, 0.972], 100, 0);
  assert.deepEqual(ticks, [0.9, 0.92, 0.94, 0.96, 0.98]);
  assert.deepEqual([ends[0], Number(ends[1].toFixed(9)), at(0.9), Math.round(at(0.94))], [0.9, 0.98, 100, 50]);
  for (const values of [[], [0], [3, 3], [0, 1e6], [-2, 5], [NaN, 1]]) {
    const scale = scaleOf(values, 0, 10);
    for (const value of values.filter(Number.isFinite)) {
      assert.ok(scale.at(value) >= -1e-9 && scale.at(value) <= 10 + 1e-9, `${values}`);
    }
    assert.ok(scale.ticks.length >= 2 && scale.ticks.length < 12, `${values}: ${scale.ticks}`);
  }
});

Deno.test("one bit of a call's proof is changed, and nothing else", () => {
  const call = new Uint8Array(4 + 3 * 32 + 64 + 32 + 32);
  new DataView(call.buffer).setUint32(4 + 2 * 32 + 28, 64);
  for (const [random, expected] of [[0, 800], [0.999999, 800 + 511]]) {
    const { data, changed } = withBitChanged(call, () => random);
    assert.equal(changed, expected);
    const places = [...data.keys()].filter((place) => data[place] !== call[place]);
    assert.deepEqual(places, [changed >> 3]);
    assert.equal(data[changed >> 3], 128 >> changed % 8);
  }
});
