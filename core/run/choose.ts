/**
 * Which device computes: a GPU where a real one answers, else the CPU.
 * @module
 */
import { deno } from "../base/host.ts";
import type { AnyModule } from "../graph/module.ts";
import type { Optimizer } from "../graph/optimizer.ts";
import type { Backend } from "./backend.ts";
import { CpuBackend } from "./cpu/backend.ts";
import { CpuDevice } from "./cpu/device.ts";
import { type DeviceOptions, GpuDevice } from "./device.ts";
import { GpuBackend } from "./gpu_backend.ts";

/** A device of either kind. */
export type Device = GpuDevice | CpuDevice;

/**
 * Which device is asked for: `"gpu"` is any that WebGPU has, be it a program; `"cpu"` the processor, by way of
 * WebAssembly; `"auto"` a GPU where a real one answers, else the processor.
 */
export type DeviceName = "auto" | "gpu" | "cpu";

/** The names. */
export const DEVICE_NAMES: readonly DeviceName[] = ["auto", "gpu", "cpu"];

/** Adapters that are programs on the processor, which the CPU back end outruns. */
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|software|basic render|warp/i;

/**
 * Asks for a device by name. Throws a `NoAdapterError` for `"gpu"` where none answers, and a `DeviceError` where the
 * CPU back end cannot run.
 */
export async function requestDevice(name: DeviceName, options: DeviceOptions = {}): Promise<Device> {
  if (name === "gpu" || (name === "auto" && await realGpu(options.gpu))) return await GpuDevice.request(options);
  return await CpuDevice.request();
}

/** Puts a model on a device. */
export function backendOf(device: Device, model: AnyModule, optimizer: Pick<Optimizer, "state">): Promise<Backend> {
  return device instanceof CpuDevice
    ? CpuBackend.create(device, model, optimizer)
    : GpuBackend.create(device, model, optimizer);
}

/** Files of Linux's drivers of GPUs, in /dev: of the kernel's own, NVIDIA's, Windows' in WSL, and those of phones. */
const DRIVERS = /^(dri|kfd|nvidia.*|dxg|mali.*|kgsl.*|pvr.*|galcore)$/;

/** Everything that Deno asks leave for; it shows /dev to programs that may do all. */
const PERMISSIONS = ["read", "write", "net", "env", "sys", "run", "ffi"];

/**
 * Whether this is surely a machine without a driver of any GPU: asking for an adapter would load drivers that are
 * programs, 70 MB of them.
 */
function lacksDrivers(): boolean {
  const { build, permissions, readDirSync } = deno() ?? {};
  if (build?.os !== "linux" || permissions === undefined || readDirSync === undefined) return false;
  if (!PERMISSIONS.every((name) => permissions.querySync({ name }).state === "granted")) return false;
  try {
    return [...readDirSync("/dev")].every(({ name }) => !DRIVERS.test(name));
  } catch {
    return false;
  }
}

/** Whether an adapter answers that is no program. */
async function realGpu(given: GPU | undefined): Promise<boolean> {
  if (given === undefined && lacksDrivers()) return false;
  const gpu = given ?? globalThis.navigator?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return false;
  const { description, device, vendor, architecture } = adapter.info;
  const { isFallbackAdapter = false } = adapter.info as { isFallbackAdapter?: boolean };
  return !isFallbackAdapter && !SOFTWARE.test([description, device, vendor, architecture].join(" "));
}
