import assert from "node:assert/strict";
import { ArgumentError, FormatError } from "../../core/base/errors.ts";
import { calibrationJson, inputJson, parseCalibrationJson, parseInputJson } from "../../hub/ezkl/samples.ts";
import { random } from "../onnx/lenet.ts";

Deno.test("inputJson() writes one flat list as the EZKL notebook does", () => {
  assert.equal(inputJson(new Float32Array([0, 1, 0.5, -2])), '{"input_data": [[0.0, 1.0, 0.5, -2.0]]}');
});

Deno.test("calibrationJson() writes the samples after each other in one list", () => {
  const samples = [new Float32Array([0.1, 1 / 3]), new Float32Array([1e-7, 1e21])];
  assert.equal(calibrationJson(samples), '{"input_data": [[0.1, 0.33333334, 1e-7, 1e+21]]}');
});

Deno.test("numbers are the shortest that give the same float", () => {
  const words = new Uint32Array(1);
  const floats = new Float32Array(words.buffer);
  const next = random(3);
  let count = 0;
  while (count < 20_000) {
    words[0] = next() * 2 ** 32;
    if (!Number.isFinite(floats[0])) continue;
    count++;
    const text = inputJson(floats).slice('{"input_data": [['.length, -3);
    assert.ok(Object.is(Math.fround(Number(text)), floats[0]), text);
    const digits = Number(text).toExponential().replace(/e.*/, "").replace(/[-.]/g, "").length;
    if (digits > 1) assert.notEqual(Math.fround(Number(floats[0].toPrecision(digits - 1))), floats[0], text);
  }
});

Deno.test("parseInputJson() gives back what inputJson() wrote, the sign of zero too", () => {
  const sample = new Float32Array([0, -0, 0.1, 3.4028235e38, 1.4e-45, -255]);
  assert.deepEqual(parseInputJson(inputJson(sample), 6), sample);
  assert.deepEqual(parseCalibrationJson(calibrationJson([sample, sample]), 6), [sample, sample]);
  assert.deepEqual(parseInputJson('{"input_data":[[1,2e0]],"output_data":[[1]]}', 2), new Float32Array([1, 2]));
});

Deno.test("calibrationJson() refuses what no model can take", () => {
  assert.throws(() => inputJson(new Float32Array([1, NaN])), (error) => {
    assert.ok(error instanceof ArgumentError);
    assert.match(error.message, /element 1 of sample 0 is NaN/);
    return true;
  });
  assert.throws(() => calibrationJson([new Float32Array([1]), new Float32Array([-Infinity])]), /element 0 of sample 1/);
  assert.throws(
    () => calibrationJson([new Float32Array(2), new Float32Array(3)]),
    /sample 1 has 3 elements, expected 2/,
  );
  assert.throws(() => calibrationJson([]), /no sample/);
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ["text that is not JSON", "{input_data: [[1]]}", /in\.json is not JSON/],
  ["a missing key", '{"input": [[1]]}', /no list of one list of numbers under "input_data"/],
  ["null", "null", /under "input_data"/],
  ["a single list", '{"input_data": [1, 2]}', /under "input_data"/],
  ["two lists", '{"input_data": [[1], [2]]}', /under "input_data"/],
  ["an empty list", '{"input_data": [[]]}', /holds 0 numbers, expected a multiple of 2/],
  ["too many numbers", '{"input_data": [[1, 2, 3, 4]]}', /holds 4 numbers, expected 2 for one sample/],
  ["a nested list", '{"input_data": [[[1], [2]]]}', /element 0 of input_data in in\.json is \[1\], expected a number/],
  ["a string", '{"input_data": [[1, "2"]]}', /element 1 .* is "2"/],
  ["a boolean", '{"input_data": [[true, 2]]}', /element 0 .* is true/],
  ["a number beyond 32-bit floats", '{"input_data": [[1e39, 2]]}', /element 0 .* is 1e\+39/],
];
for (const [what, text, pattern] of refused) {
  Deno.test(`parseInputJson() refuses ${what}`, () => {
    assert.throws(() => parseInputJson(text, 2, "in.json"), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, pattern);
      return true;
    });
  });
}
