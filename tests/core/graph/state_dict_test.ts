import assert from "node:assert/strict";
import type { StateTensor } from "../../../core/graph/state_dict.ts";
import { smallModel } from "../small.ts";

const weights = (): Map<string, StateTensor> => new Map(smallModel(2).stateDict());

function refuses(state: Map<string, StateTensor>, message: RegExp | string, options = {}): void {
  const model = smallModel(1);
  assert.throws(() => model.loadStateDict(state, options), { name: "ArgumentError", message });
  assert.deepEqual(model.stateDict(), smallModel(1).stateDict(), "nothing has changed");
}

Deno.test("loadStateDict() reports what is missing and what is unknown where it is not strict", () => {
  const state = weights();
  state.delete("fc1.bias");
  state.set("fc3.num_batches_tracked", { shape: [], data: BigInt64Array.of(7n) });
  refuses(state, /fc1\.bias is missing; fc3\.num_batches_tracked is unknown to this model; \{ strict: false \} loads/);
  const model = smallModel(1);
  const result = model.loadStateDict(state, { strict: false });
  assert.deepEqual(result, {
    missingKeys: ["fc1.bias"],
    unexpectedKeys: ["fc3.num_batches_tracked"],
    roundedKeys: [],
  });
  const expected = smallModel(2).stateDict().set("fc1.bias", smallModel(1).stateDict().get("fc1.bias")!);
  assert.deepEqual(model.stateDict(), expected);
  assert.deepEqual(model.loadStateDict(weights()), { missingKeys: [], unexpectedKeys: [], roundedKeys: [] });
});

Deno.test("loadStateDict() refuses another shape, strict or not", () => {
  const state = weights().set("fc2.bias", { shape: [4], data: new Float32Array(4) });
  for (const strict of [true, false]) {
    refuses(state, "these are weights of another model: fc2.bias is [4] and should be [3]", { strict });
  }
});

Deno.test("loadStateDict() takes numbers of every type, and says which it rounded", () => {
  const model = smallModel(1);
  const bias = (data: StateTensor["data"], dtype?: string) => {
    const tensor = { shape: [3], data, ...dtype === undefined ? {} : { dtype } };
    const { roundedKeys } = model.loadStateDict(new Map([["fc2.bias", tensor]]), { strict: false });
    return [[...model.fc2.bias!.data], roundedKeys.length];
  };
  assert.deepEqual(bias(Float64Array.of(0.5, -2, 1e-40)), [[0.5, -2, Math.fround(1e-40)], 1]);
  assert.deepEqual(bias(Float64Array.of(0.5, -2, 0)), [[0.5, -2, 0], 0]);
  assert.deepEqual(bias(BigInt64Array.of(1n, -2n, 3n)), [[1, -2, 3], 0]);
  assert.deepEqual(bias(BigInt64Array.of(1n, -2n, 2n ** 24n + 1n)), [[1, -2, 2 ** 24], 1]);
  assert.deepEqual(bias(Int8Array.of(-1, 0, 1)), [[-1, 0, 1], 0]);
  assert.deepEqual(bias(Uint8Array.of(1, 0, 1), "BOOL"), [[1, 0, 1], 0]);
  assert.deepEqual(bias(Float32Array.of(1, 2, 3), "BF16"), [[1, 2, 3], 0]);
  const raw = weights().set("fc2.bias", { shape: [3], data: Uint8Array.of(1, 2, 3), dtype: "F8_E4M3" });
  refuses(raw, /fc2\.bias is of type F8_E4M3, which comes as raw bytes .* convert it to float32/);
});

Deno.test("loadStateDict() refuses numbers that are not finite, unless they are wanted", () => {
  const state = (data: StateTensor["data"]) => weights().set("fc2.bias", { shape: [3], data });
  refuses(state(Float32Array.of(0, NaN, 1)), /^loadStateDict\(\): element 1 of fc2\.bias is NaN, expected finite/);
  refuses(state(Float32Array.of(0, 1, -Infinity)), /element 2 of fc2\.bias is -Infinity, expected finite/);
  refuses(state(Float64Array.of(1e300, 1, 1)), /element 0 of fc2\.bias is 1e\+300, which no 32-bit float holds/);
  const model = smallModel(1);
  model.loadStateDict(state(Float32Array.of(0, NaN, 1)), { allowNonFinite: true });
  assert.deepEqual([...model.fc2.bias!.data], [0, NaN, 1]);
  refuses(weights(), /there is no option allowNonFinit, did you mean allowNonFinite/, { allowNonFinit: true });
});
