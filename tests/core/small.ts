/**
 * A network and a data set so small that a test of the engine takes no time.
 */
import { TensorDataset } from "../../core/data/dataset.ts";
import type { Device } from "../../core/run/choose.ts";
import type { GpuDevice } from "../../core/run/device.ts";
import { Module, type Tensor } from "../../core/graph/module.ts";
import type { Optimizer } from "../../core/graph/optimizer.ts";
import { Generator, manualSeed } from "../../core/base/random.ts";
import { Trainer } from "../../core/train/trainer.ts";
import { Adam } from "../../ops/adam.ts";
import { CrossEntropyLoss } from "../../ops/cross_entropy.ts";
import { Linear } from "../../ops/linear.ts";
import { sigmoid } from "../../ops/sigmoid.ts";

Deno.env.set("XDG_RUNTIME_DIR", Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp"); // the driver warns without it

/** 12 to 8 to 3. */
export class SmallNet extends Module {
  fc1 = new Linear(12, 8);
  fc2 = new Linear(8, 3);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(sigmoid(this.fc1.forward(x)));
  }
}

export function smallModel(seed = 1): SmallNet {
  manualSeed(seed);
  return new SmallNet();
}

/** Points of 12 numbers in three classes, by the largest of the first three. */
export function smallData(samples: number, seed = 5): TensorDataset {
  const inputs = new Generator(seed).fillUniform(new Float32Array(12 * samples), -1, 1);
  const targets = Uint8Array.from({ length: samples }, (_, n) => {
    const first = [...inputs.subarray(n * 12, n * 12 + 3)];
    return first.indexOf(Math.max(...first));
  });
  return new TensorDataset({ inputs, shape: [12], targets, classes: 3 });
}

export function smallTrainer(
  device: Device,
  model: Module = smallModel(),
  optimizer: Optimizer = new Adam({ lr: 0.01 }),
): Promise<Trainer> {
  return Trainer.create({ model, loss: new CrossEntropyLoss(), optimizer, device });
}

/** Tells the engine of limits that are lower than the device's own. */
export function lowerLimits(device: GpuDevice, limits: Partial<Record<keyof GPUSupportedLimits, number>>): void {
  const own = device.gpu.limits;
  const value = new Proxy(own, {
    get: (_, key) => limits[key as keyof GPUSupportedLimits] ?? Reflect.get(own, key, own),
  });
  Object.defineProperty(device.gpu, "limits", { value });
}
