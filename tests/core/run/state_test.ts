import assert from "node:assert/strict";
import { GpuDevice } from "../../../core/run/device.ts";
import { FlatState } from "../../../core/run/state.ts";
import { smallModel } from "../small.ts";

Deno.test("FlatState brings back all that lies in its buffers, whoever wrote there in between", async () => {
  using device = await GpuDevice.request();
  const model = smallModel();
  const state = await FlatState.create(device, model, { state: ["first", "second"] });
  const moments = [3, 4].map((value) =>
    new Map(model.namedParameters().map(([name, { data }]) => [name, data.map((number) => value * number)]))
  );
  state.writeMoments(moments);
  state.keep();
  const read = async () => [new Uint32Array(await device.read(state.parameters)), await state.readMoments()];
  const before = await read();
  assert.deepEqual(before[1], moments);
  // As a layer would whose forward has state: running statistics lie in the same buffers.
  for (const buffer of [state.parameters, ...state.moments]) {
    device.write(buffer, 0, new Float32Array(buffer.size / 4).fill(NaN));
  }
  assert.notDeepEqual(await read(), before);
  state.rollback();
  assert.deepEqual(await read(), before);
  await state.download();
  assert.deepEqual(model.stateDict(), smallModel().stateDict());
  state.dispose();
  assert.equal(device.liveBytes, 0);
});
