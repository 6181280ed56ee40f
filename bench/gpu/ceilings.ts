/**
 * What a GPU can do at most, by way of WebGPU: multiply-adds of a loop that touches registers alone, and bytes of a copy.
 * @module
 */

/** What was measured. */
export interface Ceilings {
  /** Teraflops of f32, a multiply-add being two. */
  readonly teraflops: number;
  /** Gigabytes a second, read and written. */
  readonly gigabytes: number;
}

const WORKGROUPS = 4096;
const INVOCATIONS = 256;
/** Sums side by side in an invocation, each of four lanes, more than an instruction's latency. */
const SUMS = 8;
const TURNS = 256;
const REPEATS = 10;
/** The copy's bytes, more than any cache has. */
const BYTES = 1 << 27;

const sums = Array.from({ length: SUMS }, (_, k) => k);
const MULTIPLY_ADD = `@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${INVOCATIONS}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(y[0].x + 0.999); let b = vec4f(y[0].y + 0.001);
${sums.map((k) => `  var s${k} = vec4f(f32(id.x + ${k}u));`).join("\n")}
  for (var k = 0u; k < ${TURNS}u; k++) {
${sums.map((k) => `    s${k} = fma(s${k}, a, b);`).join("\n")}
  }
  if (y[1].x != 0.0) { y[2] = ${sums.map((k) => `s${k}`).join(" + ")}; }
}`;

/** Milliseconds of the shortest of some runs, waited for one by one. */
async function least(device: GPUDevice, encode: (encoder: GPUCommandEncoder) => void): Promise<number> {
  let best = Infinity;
  for (let k = 0; k < REPEATS; k++) {
    const encoder = device.createCommandEncoder();
    encode(encoder);
    const commands = encoder.finish();
    const began = performance.now();
    device.queue.submit([commands]);
    // Deno waits inside of the call, and its promise sleeps for 10 ms more.
    const done = device.queue.onSubmittedWorkDone();
    best = Math.min(best, performance.now() - began);
    await done;
  }
  return best;
}

/** Measures both on a device. */
export async function ceilings(device: GPUDevice): Promise<Ceilings> {
  const module = device.createShaderModule({ code: MULTIPLY_ADD });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
  const small = device.createBuffer({ size: 64, usage: GPUBufferUsage.STORAGE });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: small } }],
  });
  const computing = await least(device, (encoder) => {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(WORKGROUPS);
    pass.end();
  });
  const [from, to] = [GPUBufferUsage.COPY_SRC, GPUBufferUsage.COPY_DST].map((usage) =>
    device.createBuffer({ size: BYTES, usage })
  );
  const copying = await least(device, (encoder) => encoder.copyBufferToBuffer(from, 0, to, 0, BYTES));
  for (const buffer of [small, from, to]) buffer.destroy();
  const operations = 2 * 4 * SUMS * TURNS * WORKGROUPS * INVOCATIONS;
  return { teraflops: operations / computing / 1e9, gigabytes: 2 * BYTES / copying / 1e6 };
}
