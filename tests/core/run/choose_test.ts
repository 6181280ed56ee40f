/** Which device is taken: a real GPU, else the CPU; a software adapter only where it is asked for. */
import assert from "node:assert/strict";
import { type DeviceName, requestDevice } from "../../../core/run/choose.ts";
import { CpuDevice } from "../../../core/run/cpu/device.ts";

/** An entry whose adapter says this of itself, and gives no device. */
function entry(info: Partial<GPUAdapterInfo> | null): GPU {
  const adapter = info && {
    info: { description: "", device: "", vendor: "", architecture: "", ...info },
    limits: {},
    features: new Set(),
    requestDevice: () => Promise.reject(new Error("the GPU was asked")),
  };
  return { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
}

async function chosen(name: DeviceName, gpu: GPU): Promise<string> {
  try {
    using device = await requestDevice(name, { gpu });
    return device.description;
  } catch (error) {
    return (error as Error).name === "NoAdapterError" ? "no adapter" : (error as Error).message;
  }
}

Deno.test("auto takes a GPU where a real one answers, else the CPU", async () => {
  const cpu = /^CPU, \d+ threads?, WebAssembly$/;
  for (const description of ["NVIDIA H100", "Apple M2", "Intel(R) Arc(tm)"]) {
    assert.equal(await chosen("auto", entry({ description })), "the GPU was asked");
    assert.match(await chosen("cpu", entry({ description })), cpu);
  }
  const software = [{ description: "llvmpipe (LLVM 15.0.6, 256 bits)" }, { device: "SwiftShader Device" }];
  for (const info of [...software, { description: "Microsoft Basic Render Driver" }, { isFallbackAdapter: true }]) {
    assert.match(await chosen("auto", entry(info)), cpu);
    assert.equal(await chosen("gpu", entry(info)), "the GPU was asked");
  }
  assert.match(await chosen("auto", entry(null)), cpu);
  assert.equal(await chosen("gpu", entry(null)), "no adapter");
  const failing = { requestAdapter: () => Promise.reject(new Error("no")) } as unknown as GPU;
  assert.match(await chosen("auto", failing), cpu);
});

Deno.test("a CPU device is disposed of once and for all", async () => {
  const device = await CpuDevice.request({ threads: 2 });
  await device.idle();
  device[Symbol.dispose]();
  device[Symbol.dispose]();
  await assert.rejects(device.idle(), { name: "DeviceError", message: /disposed of/ });
});
