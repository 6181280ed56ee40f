import assert from "node:assert/strict";
import { GpuDevice } from "../../../core/run/device.ts";
import { DeviceError, NoAdapterError, ShaderError } from "../../../core/base/errors.ts";
import { lowerLimits } from "../small.ts";

const STORAGE = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

Deno.test("GpuDevice says what to install where no adapter answers", async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  await assert.rejects(GpuDevice.request({ gpu }), (error: Error) => {
    assert.ok(error instanceof NoAdapterError);
    assert.match(error.message, /requestAdapter\(\) gave null.*apt-get install mesa-vulkan-drivers/);
    return true;
  });
});

Deno.test("GpuDevice keeps what it was requested from alive, as npm's webgpu needs it", async () => {
  const device = new URL("../../../core/run/device.ts", import.meta.url).href;
  const script = `import { GpuDevice } from "${device}";
    let gpu = { requestAdapter: (options) => navigator.gpu.requestAdapter(options) };
    const held = new WeakRef(gpu), loose = new WeakRef({});
    globalThis.device = await GpuDevice.request({ gpu });
    gpu = null;
    for (let k = 0; k < 20 && loose.deref(); k++) { await new Promise((done) => setTimeout(done, 5)); gc(); }
    console.log(loose.deref() === undefined, held.deref() !== undefined);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--v8-flags=--expose-gc", script],
    env: { NO_COLOR: "1", XDG_RUNTIME_DIR: "/tmp" },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "true true\n", new TextDecoder().decode(stderr));
});

const hasNode = await new Deno.Command("node", { args: ["--version"], stdout: "null", stderr: "null" }).output()
  .then(({ success }) => success, () => false);

Deno.test(
  { name: "GpuDevice says in Node what Node lacks, or what its WebGPU refused", ignore: !hasNode },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const source = new URL("../../../core/run/device.ts", import.meta.url).pathname;
      const bundle = await new Deno.Command(Deno.execPath(), {
        args: ["bundle", "-q", "--no-lock", source, "-o", `${folder}/device.mjs`],
      }).output();
      assert.ok(bundle.success, new TextDecoder().decode(bundle.stderr));
      const script = `import { GpuDevice } from "./device.mjs";
      for (const options of [{}, { gpu: { requestAdapter: async () => null } }]) {
        await GpuDevice.request(options).catch(({ name, message }) => console.log(name + ": " + message));
      }`;
      await Deno.writeTextFile(`${folder}/ask.mjs`, script);
      const { stdout } = await new Deno.Command("node", { args: ["ask.mjs"], cwd: folder }).output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assert.match(lines[0], /^NoAdapterError: .*Node \d+\S* has no WebGPU of its own. Install npm's webgpu/);
      assert.match(lines[1], /^NoAdapterError: .*gave null in Node \d+.*refused the one that is installed.*newer Mesa/);
      assert.ok(!lines.some((line) => /apt-get/.test(line)));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("GpuDevice says so in a runtime without a GPU, too", async () => {
  const device = new URL("../../../core/run/device.ts", import.meta.url).href;
  const script = `import { GpuDevice } from "${device}";
    await GpuDevice.request().catch((error) => { console.log(error.name + ": " + error.message); Deno.exit(3); });`;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", script],
    env: { DENO_WEBGPU_BACKEND: "noop", NO_COLOR: "1" },
  }).output();
  assert.equal(code, 3);
  assert.match(new TextDecoder().decode(stdout), /^NoAdapterError: no GPU adapter answers/);
});

Deno.test("GpuDevice brings bytes to the GPU and back, whatever their number and place", async () => {
  using device = await GpuDevice.request();
  for (const length of [0, 1, 2, 3, 4, 5, 1023, (4 << 20) + 3, (9 << 20) + 1]) {
    const data = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
    const buffer = device.upload("bytes", data);
    const back = new Uint8Array(await device.read(buffer));
    assert.deepEqual(back.subarray(0, length), data);
    assert.ok(back.subarray(length).every((byte) => byte === 0));
    device.free(buffer);
  }
  const view = new Float32Array(20).map((_, i) => i).subarray(5, 9);
  const buffer = device.upload("floats", new Float32Array(16));
  device.write(buffer, 8, view);
  assert.deepEqual([...new Float32Array(await device.read(buffer, 4, 24))], [0, 5, 6, 7, 8, 0]);
  device.free(buffer);
  assert.equal(device.liveBytes, 0);
});

Deno.test("GpuDevice names both sizes where a buffer is larger than the device allows", async () => {
  using device = await GpuDevice.request();
  const { maxBufferSize, maxStorageBufferBindingSize } = device.gpu.limits;
  assert.throws(() => device.buffer("slot 3", maxStorageBufferBindingSize + 1, STORAGE), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.ok(error.message.startsWith(`slot 3 needs ${maxStorageBufferBindingSize + 4} bytes`), error.message);
    assert.ok(error.message.includes(` holds ${Math.min(maxBufferSize, maxStorageBufferBindingSize)}; use fewer`));
    return true;
  });
  lowerLimits(device, { maxBufferSize: 1000 });
  assert.throws(() => device.buffer("rows", 1004, GPUBufferUsage.COPY_DST), /rows needs 1004 bytes .* holds 1000/);
  assert.equal(device.liveBytes, 0);
  assert.equal(device.counts.buffers, 0);
});

Deno.test("GpuDevice names the kernel and the line that does not compile, and goes on", async () => {
  using device = await GpuDevice.request();
  const layout = device.gpu.createPipelineLayout({ bindGroupLayouts: [] });
  const start = "@compute @workgroup_size(1)\nfn main() {\n";
  await assert.rejects(device.pipeline("halve", `${start}  let x: u32 = 1.5;\n}`, layout, ""), (error: Error) => {
    assert.ok(error instanceof ShaderError);
    assert.match(error.message, /^kernel halve does not compile: line 3, column \d+: /);
    assert.ok(error.message.endsWith("\n  let x: u32 = 1.5;"), error.message);
    return true;
  });
  const wide = "@compute @workgroup_size(100000)\nfn main() {}";
  await assert.rejects(device.pipeline("wide", wide, layout, ""), (error: Error) => {
    assert.ok(error instanceof ShaderError);
    assert.match(error.message, /^kernel wide does not compile: [^\d].*[Ww]orkgroup/s);
    return true;
  });
  await device.pipeline("fine", `${start}}`, layout, "");
  await device.idle();
});

Deno.test("GpuDevice compiles a source once for each layout", async () => {
  using device = await GpuDevice.request();
  const layout = device.gpu.createPipelineLayout({ bindGroupLayouts: [] });
  const code = "@compute @workgroup_size(1) fn main() {}";
  const both = await Promise.all([device.pipeline("a", code, layout, ""), device.pipeline("b", code, layout, "")]);
  assert.equal(both[0], both[1]);
  assert.equal(device.counts.pipelines, 1);
  await device.pipeline("c", code, layout, "read");
  assert.equal(device.counts.pipelines, 2);
});

Deno.test("GpuDevice throws what the GPU refuses, at the next look", async () => {
  using device = await GpuDevice.request();
  const buffer = device.upload("small", new Float32Array(4));
  device.gpu.queue.writeBuffer(buffer, 0, new Float32Array(8));
  await assert.rejects(device.idle(), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.match(error.message, /^the GPU refused a command: /);
    return true;
  });
  assert.throws(() => device.buffer("next", 4, STORAGE), DeviceError);
});

Deno.test("GpuDevice tells a freed buffer, a lost device and a disposed one apart", async () => {
  const device = await GpuDevice.request();
  const freed = device.upload("freed", new Float32Array(4));
  device.free(freed);
  await assert.rejects(device.read(freed), { name: "DeviceError", message: "the buffer freed was freed" });
  const buffer = device.upload("kept", new Float32Array(4));
  const layout = device.gpu.createPipelineLayout({ bindGroupLayouts: [] });
  device.gpu.destroy();
  const lost = {
    name: "DeviceError",
    message: /^the GPU device was lost \(destroyed\).* go on from the last checkpoint/,
  };
  await assert.rejects(device.pipeline("late", "@compute @workgroup_size(1) fn main() {}", layout, ""), lost);
  await assert.rejects(device.read(buffer), lost);
  await assert.rejects(device.idle(), lost);
  device[Symbol.dispose]();
  device[Symbol.dispose]();
  await assert.rejects(device.idle(), { name: "DeviceError", message: /disposed of/ });
  assert.equal(device.liveBytes, 0);
});
