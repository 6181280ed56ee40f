/**
 * A module with PyTorch's parameters, on inputs that are parameters too, so that all gradients can be compared.
 * @module
 */
import { differentiate } from "../../core/graph/grad.ts";
import type { Value } from "../../core/graph/graph.ts";
import { Module, type Tensor, trace } from "../../core/graph/module.ts";
import { sizeOf } from "../../core/base/shape.ts";
import type { Shape } from "../../core/base/shape.ts";
import { CpuDevice } from "../../core/run/cpu/device.ts";
import { flatten, mul, nn, sum } from "../../ops/mod.ts";
import { CpuExecution } from "./cpu_harness.ts";
import { assertClose, Devices, Execution, WeightedSumOp } from "./harness.ts";

/** What PyTorch made of a module. */
export interface TorchCase {
  readonly shapes: readonly Shape[];
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  readonly dinputs: readonly (readonly number[])[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

class Held extends Module {
  given: nn.Parameter[];
  net: Module;
  made: Tensor | null = null;
  readonly #call: (inputs: readonly Tensor[]) => Tensor;
  readonly #weights: Float32Array;

  constructor(net: Module, one: TorchCase, call: (inputs: readonly Tensor[]) => Tensor) {
    super();
    this.net = net;
    this.given = one.inputs.map((data, k) => nn.Parameter.from(one.shapes[k], Float32Array.from(data)));
    this.#call = call;
    this.#weights = Float32Array.from(one.output, (_, k) => Math.cos(k));
  }

  /** A sum over all, weighed with cosines, in one row. */
  override forward(x: Tensor): Tensor {
    this.made = this.#call(this.given.map((parameter) => parameter.in(x.graph)));
    const weighed = mul(this.made, x.graph.constant(this.made.shape, this.#weights));
    return sum(flatten(weighed), [0, 1], { keepdim: true });
  }
}

/** Compares output and all gradients on both back ends; `call` applies `net` to the inputs. */
export async function checkTorch(
  net: Module,
  one: TorchCase,
  call: (inputs: readonly Tensor[]) => Tensor,
): Promise<void> {
  const state = net.stateDict();
  for (const [name, { data }] of state) data.set(one.parameters[name]);
  net.loadStateDict(state);
  const model = new Held(net, one, call);
  const { graph, input, output, parameters } = trace(model, [1, 1]);
  const unit = graph.source("unit", [1, 1], "target");
  const [loss] = graph.apply(WeightedSumOp, [output, unit], null);
  const found = differentiate(loss, [...parameters.values()]);
  const gradients = new Map([...found].map(([value, gradient]) => [value.name, gradient]));
  const stored = model.stateDict();
  const given = new Map<Value, Float32Array<ArrayBuffer>>(
    [...parameters].map(([name, value]) => [value, Float32Array.from(stored.get(name)!.data)]),
  );
  given.set(unit, Float32Array.of(1)).set(input, Float32Array.of(0));
  const wanted = [loss, model.made!];
  using devices = await Devices.request();
  using cpu = await CpuDevice.request({ threads: 1 });
  using onCpu = await CpuExecution.create(cpu, { given, wanted, gradients });
  using onGpu = await Execution.create(devices.gpu, { given, wanted, gradients });
  onCpu.run();
  onGpu.run();
  const results = [
    { output: onCpu.read(model.made!), slopes: onCpu.plan.readGradients() },
    { output: await onGpu.read(model.made!), slopes: await onGpu.gradients() },
  ];
  for (const [k, { output, slopes }] of results.entries()) {
    const where = k === 0 ? "CPU" : "GPU";
    assertClose(output.slice(0, sizeOf(model.made!.shape)), one.output, 1e-6, `output, ${where}`);
    one.dinputs.forEach((slope, k) => assertClose(slopes.get(`given.${k}`)!, slope, 1e-5, `input ${k}, ${where}`));
    for (const [name, slope] of Object.entries(one.gradients)) {
      assertClose(slopes.get(`net.${name}`)!, slope, 1e-5, `${name}, ${where}`);
    }
  }
}
