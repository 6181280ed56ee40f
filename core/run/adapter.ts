/**
 * Why no adapter answers, in words that fit the runtime: what it is, what was
 * asked, and what to do.
 * @module
 */

/** The little of `globalThis` that tells runtimes apart. */
interface Runtime {
  readonly Deno?: unknown;
  readonly process?: { readonly versions?: { readonly node?: string; readonly bun?: string } };
}

const DRIVER = "your GPU's Vulkan driver";

/**
 * The sentence for a `NoAdapterError`.
 *
 * @param gpu What was asked for an adapter and gave null, or undefined where there is nothing to ask.
 * @param runtime Where this runs.
 */
export function noAdapter(gpu: GPU | undefined, runtime: Runtime = globalThis as Runtime): string {
  const { node, bun } = runtime.process?.versions ?? {};
  const asked = gpu === undefined ? "there is no navigator.gpu" : "navigator.gpu.requestAdapter() gave null";
  if (runtime.Deno !== undefined) {
    return `no GPU adapter answers: ${asked}. On Debian or Ubuntu install the software driver ` +
      `(apt-get install mesa-vulkan-drivers) or ${DRIVER}; on other systems update the GPU driver`;
  }
  if (node === undefined) {
    return `no GPU adapter answers: ${asked}. Enable WebGPU in this browser, on a page over https or from localhost, ` +
      "and update the GPU driver";
  }
  const name = bun === undefined ? `Node ${node}` : `Bun ${bun}`;
  if (gpu === undefined) {
    return `no GPU adapter answers: ${name} has no WebGPU of its own. Install npm's webgpu, assign its globals to ` +
      "globalThis and pass request: { gpu: create([]) }";
  }
  return `no GPU adapter answers: requestAdapter() of the gpu that was passed gave null in ${name}. It found no ` +
    `driver, or refused the one that is installed: npm's webgpu (Dawn) then warns on the error output which feature ` +
    `it misses, as it does of the software driver of Mesa 22.3 (Debian 12). Install ${DRIVER} or a newer Mesa, or ` +
    "run in Deno, which takes that driver";
}
