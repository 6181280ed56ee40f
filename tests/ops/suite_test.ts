/** Every operation's cases against TensorFlow.js, finite differences, ONNX and itself. */
import assert from "node:assert/strict";
import type { GpuDevice } from "../../core/run/device.ts";
import type { Value } from "../../core/graph/graph.ts";
import { Generator } from "../../core/base/random.ts";
import { importGraph } from "../../onnx/import.ts";
import { operations } from "../../ops/mod.ts";
import { type Case, casesOf, exportCase, PARAMETERS } from "./cases.ts";
import { assertClose, Devices, evaluate, Execution, PROFILES, type Tensor, weigh, type Weighed } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

Deno.test("operations are those that the references know, each with an ONNX counterpart and cases", () => {
  assert.deepEqual(operations.map(({ name }) => name).sort(), Object.keys(references).sort());
  for (const { name, onnx, writeOnnx, cases = [] } of operations) {
    assert.ok((onnx ?? writeOnnx) !== undefined && cases.length >= 2, `${name} has ${cases.length} cases`);
  }
});

for (const op of operations) {
  for (const { opCase, index, name, tensors } of casesOf(op)) {
    Deno.test(name, async (t) => {
      const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], opCase.attributes)[0], opCase);
      const expected = await differentiateByReference(
        tensors,
        weighed.coefficients,
        (inputs) => references[op.name](inputs, opCase.attributes),
        opCase,
      );

      await t.step("has TensorFlow.js's shape", () => assert.deepEqual(weighed.output.shape, expected.shape));

      for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
        await t.step(`agrees with TensorFlow.js under the ${profile} profile, fused or not`, async () => {
          for (const fusion of [true, false]) {
            const { output, gradients } = await evaluate(devices[profile], weighed, fusion);
            assertClose(output, expected.output, 1e-5, `output, fusion ${fusion}`);
            assert.equal(gradients.size, expected.gradients.size);
            for (const [k, gradient] of expected.gradients) {
              assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}, fusion ${fusion}`);
            }
          }
        });
      }

      await t.step("agrees with its own finite differences", () => checkDifferences(devices.cpu, tensors, weighed));

      await t.step("gives the same bytes when it is run again, and all memory back", async () => {
        const before = devices.cpu.liveBytes;
        const { given, output, loss, gradients } = weighed;
        {
          using execution = await Execution.create(devices.cpu, { given, wanted: [output, loss], gradients });
          assert.ok(devices.cpu.liveBytes > before);
          const replay = () => {
            execution.run();
            return Promise.all([execution.read(output), execution.read(loss), execution.gradients()]);
          };
          assert.deepEqual(await replay(), await replay());
        }
        assert.equal(devices.cpu.liveBytes, before);
      });

      // Once for each operation, as every choice of outputs is another kernel to compile.
      if (index === 0 && expected.gradients.size > 1) {
        await t.step("makes any one gradient without the others", async () => {
          for (const profile of Object.keys(PROFILES) as (keyof typeof PROFILES)[]) {
            for (const [k, gradient] of expected.gradients) {
              const name = `input${k}`;
              const gradients = new Map([[name, weighed.gradients.get(name)!]]);
              const alone = await evaluate(devices[profile], { ...weighed, gradients });
              assert.deepEqual([...alone.gradients.keys()], [name]);
              assertClose(alone.gradients.get(name)!, gradient, 1e-5, `gradient of input ${k}, ${profile} profile`);
            }
          }
        });
      }

      await t.step("survives ONNX", () => checkOnnx(devices.cpu, { op, opCase, index, name, tensors }, weighed));
    });
  }
}

Deno.test("Sigmoid, Tanh and ReLU stay finite far out", async () => {
  const x = [-1e30, -1e4, -100, -20, 0, 20, 100, 1e4, 1e30];
  const limits: Record<string, [number, number, number]> = { Sigmoid: [0, 0.5, 1], Tanh: [-1, 0, 1] };
  for (const [name, [low, middle, high]] of Object.entries(limits)) {
    const op = operations.find((op) => op.name === name)!;
    const tensor = { shape: [1, x.length], data: Float32Array.from(x) };
    const { output, gradients } = await evaluate(
      devices.cpu,
      weigh([tensor], ([x]) => x.graph.apply(op, [x], null)[0]),
    );
    const [a, b, c] = [output.slice(0, 4), output[4], output.slice(5)];
    assert.ok(a.every((y) => Math.abs(y - low) < 1e-6), `${name}: ${a}`);
    assert.ok(Math.abs(b - middle) < 1e-7, `${name}(0) is ${b}`);
    assert.ok(c.every((y) => Math.abs(y - high) < 1e-6), `${name}: ${c}`);
    const slopes = gradients.get("input0")!;
    assert.ok(slopes.every((slope, i) => i === 4 ? slope !== 0 : Math.abs(slope) < 1e-6), `${name}': ${slopes}`);
  }
  const relu = operations.find((op) => op.name === "Relu")!;
  const tensor = { shape: [1, 4], data: Float32Array.of(-1e30, -0, 0, 1e30) };
  const weighed = weigh([tensor], ([x]) => x.graph.apply(relu, [x], null)[0]);
  const { output, gradients } = await evaluate(devices.cpu, weighed);
  assert.deepEqual([...output].map((y) => y + 0), [0, 0, 0, Math.fround(1e30)]);
  assert.deepEqual([...gradients.get("input0")!].map((y) => y + 0), [0, 0, 0, weighed.coefficients[3]]);
});

/** Moves each input a little, every element up or down at random, and compares the loss with the gradient. */
async function checkDifferences(device: GpuDevice, tensors: readonly Tensor[], weighed: Weighed): Promise<void> {
  const { given, inputs, output, loss, coefficients } = weighed;
  const { gradients } = await evaluate(device, weighed);
  const step = 1 / 128;
  using execution = await Execution.create(device, { given, wanted: [output, loss] });
  for (const [k, { data }] of tensors.entries()) {
    if (!gradients.has(`input${k}`)) continue;
    const random = new Generator(7 + k);
    const direction = Float32Array.from(data, () => random.uniform() < 0.5 ? -1 : 1);
    const lossAt = async (distance: number): Promise<number> => {
      execution.write(inputs[k], data.map((value, i) => value + distance * direction[i]));
      execution.run();
      const y = await execution.read(output);
      return y.reduce((sum, value, i) => sum + value * coefficients[i], 0);
    };
    const [above, below] = await Promise.all([lossAt(step), lossAt(-step)]);
    execution.write(inputs[k], data);
    const measured = (above - below) / (2 * step);
    const gradient = gradients.get(`input${k}`)!;
    const expected = gradient.reduce((sum, slope, i) => sum + slope * direction[i], 0);
    const norm = Math.hypot(...gradient);
    assert.ok(
      norm > 0 && Math.abs(measured - expected) <= 1e-2 * norm,
      `input ${k}: the loss changes by ${measured} and the gradient says ${expected}; its norm is ${norm}`,
    );
  }
}

/** Writes the operation as a file, reads it and runs what was read. */
async function checkOnnx(device: GpuDevice, one: Case, weighed: Weighed): Promise<void> {
  const { op, opCase, tensors } = one;
  const imported = importGraph(exportCase(one), operations, { batch: opCase.inputs[0][0] });
  if (op.onnx !== undefined && op.writeOnnx === undefined) {
    assert.equal(imported.graph.nodes.length, 1);
    const [node] = imported.graph.nodes;
    assert.equal(node.op, op);
    assert.equal(node.name, `layer/${op.name}`);
    assert.deepEqual(node.attributes, opCase.attributes);
    assert.deepEqual([...imported.weights.keys()], PARAMETERS.slice(0, tensors.length - 1));
  }
  const given = new Map<Value, Float32Array<ArrayBuffer>>([[imported.input, tensors[0].data]]);
  for (const value of imported.graph.values) {
    const weights = imported.weights.get(value.name);
    if (value.node === null && weights !== undefined) given.set(value, Float32Array.from(weights.data));
  }
  using execution = await Execution.create(device, { given, wanted: [imported.output] });
  execution.run();
  using original = await Execution.create(device, { given: weighed.given, wanted: [weighed.output] });
  original.run();
  const [read, direct] = await Promise.all([execution.read(imported.output), original.read(weighed.output)]);
  if (op.onnx !== undefined) assert.deepEqual(read, direct);
  else assertClose(read, direct, 1e-6, "what comes back from the file");
}
