/** Lines and groups that the lanes of a workgroup share on a GPU, at lengths that no number of lanes divides. */
import assert from "node:assert/strict";
import { GroupNormOp } from "../../ops/group_norm.ts";
import { LogSoftmaxOp } from "../../ops/log_softmax.ts";
import { ReduceMeanOp } from "../../ops/mean.ts";
import { SoftmaxOp } from "../../ops/softmax.ts";
import { ReduceSumOp } from "../../ops/sum.ts";
import { checkAgreement } from "./agreement.ts";
import { Devices, evaluate, Execution, uniform, weigh } from "./harness.ts";

let devices: Devices;
Deno.test.beforeAll(async () => {
  devices = await Devices.request();
});
Deno.test.afterAll(() => devices[Symbol.dispose]());

Deno.test("Softmax and LogSoftmax along lines that lanes share agree with TensorFlow.js", async () => {
  await checkAgreement(devices.gpu, SoftmaxOp, [[3, 2, 67]], { dim: 2 });
  await checkAgreement(devices.gpu, SoftmaxOp, [[2, 515]], { dim: 1 });
  await checkAgreement(devices.gpu, LogSoftmaxOp, [[3, 65]], { dim: 1 });
});

Deno.test("GroupNorm over groups that lanes share agrees with TensorFlow.js", async () => {
  await checkAgreement(devices.gpu, GroupNormOp, [[3, 5, 65], [65], [65]], { groups: null, eps: 0.01 });
  await checkAgreement(devices.gpu, GroupNormOp, [[2, 4, 9, 9], [4], [4]], { groups: 2, eps: 0.01 });
  await checkAgreement(devices.gpu, GroupNormOp, [[2, 528], [528], [528]], { groups: null, eps: 0.01 });
});

Deno.test("sums and means over the last axes, which lanes share, agree with TensorFlow.js", async () => {
  await checkAgreement(devices.gpu, ReduceSumOp, [[3, 2, 9, 8]], { axes: [2, 3], keepdim: false });
  await checkAgreement(devices.gpu, ReduceMeanOp, [[2, 130]], { axes: [1], keepdim: true });
});

Deno.test("a NaN makes the whole of a line that lanes share NaN, and no other", async () => {
  const x = uniform([2, 70], 1);
  for (const at of [0, 33, 69]) {
    const data = x.data.slice();
    data[at] = NaN;
    const { output } = await evaluate(
      devices.gpu,
      weigh([{ ...x, data }], ([x]) => {
        return x.graph.apply(SoftmaxOp, [x], { dim: 1 })[0];
      }),
    );
    assert.ok(output.subarray(0, 70).every(Number.isNaN));
    assert.ok(output.subarray(70).every(Number.isFinite));
  }
});

Deno.test("what lanes share comes out the same, to the bit, in every run", async () => {
  const weighed = weigh([uniform([5, 300], 3)], ([x]) => x.graph.apply(SoftmaxOp, [x], { dim: 1 })[0]);
  const { given, output, loss, gradients } = weighed;
  using execution = await Execution.create(devices.gpu, { given, wanted: [output, loss], gradients });
  const replay = () => {
    execution.run();
    return Promise.all([execution.read(output), execution.gradients()]);
  };
  assert.deepEqual(await replay(), await replay());
});
