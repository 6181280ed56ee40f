/** Every operation's cases on the CPU back end, against TensorFlow.js and themselves. */
import assert from "node:assert/strict";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { operations } from "../../ops/mod.ts";
import { casesOf } from "./cases.ts";
import { CpuExecution, evaluateOnCpu } from "./cpu_harness.ts";
import { assertClose, weigh } from "./harness.ts";
import { differentiateByReference, references } from "./references.ts";

for (const op of operations) {
  for (const { opCase, index, name, tensors } of casesOf(op)) {
    Deno.test(`on the CPU: ${name}`, async (t) => {
      using device = await CpuDevice.request({ threads: 1 });
      const weighed = weigh(tensors, ([x, ...rest]) => x.graph.apply(op, [x, ...rest], opCase.attributes)[0]);
      const expected = await differentiateByReference(
        tensors,
        weighed.coefficients,
        (inputs) => references[op.name](inputs, opCase.attributes),
      );
      for (const [fusion, apart] of [[true, false], [false, false], [true, true]]) {
        await t.step(`agrees with TensorFlow.js, fusion ${fusion}, apart ${apart}`, async () => {
          const { output, gradients } = await evaluateOnCpu(device, weighed, fusion, apart);
          assertClose(output, expected.output, 1e-5, "output");
          assert.equal(gradients.size, tensors.length);
          for (const [k, gradient] of expected.gradients.entries()) {
            assertClose(gradients.get(`input${k}`)!, gradient, 1e-5, `gradient of input ${k}`);
          }
        });
      }

      await t.step("gives the same bytes when it is run again, and all memory back", async () => {
        const before = device.liveBytes;
        const { given, output, loss, gradients } = weighed;
        {
          using execution = await CpuExecution.create(device, { given, wanted: [output, loss], gradients });
          const replay = () => {
            execution.run();
            return [execution.read(output), execution.read(loss), execution.plan.readGradients()];
          };
          assert.deepEqual(replay(), replay());
        }
        assert.equal(device.liveBytes, before);
      });

      if (index === 0 && tensors.length > 1) {
        await t.step("makes any one gradient without the others", async () => {
          for (const [k, gradient] of expected.gradients.entries()) {
            const name = `input${k}`;
            const gradients = new Map([[name, weighed.gradients.get(name)!]]);
            const alone = await evaluateOnCpu(device, { ...weighed, gradients });
            assert.deepEqual([...alone.gradients.keys()], [name]);
            assertClose(alone.gradients.get(name)!, gradient, 1e-5, `gradient of input ${k}`);
          }
        });
      }
    });
  }
}
