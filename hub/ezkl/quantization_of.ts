/**
 * What a circuit rounds, as training takes it: from a scheme to fake quantizers in a network's places.
 * @module
 */
import { checkArguments, expect, shape as checkShape } from "../../core/base/arguments.ts";
import { isOptions, namesOf } from "../../core/base/known.ts";
import type { Shape } from "../../core/base/shape.ts";
import type { AnyModule } from "../../core/graph/module.ts";
import type { QConfigMapping } from "../../core/graph/quantization.ts";
import { checkNumberOptions } from "./format/numbers.ts";
import { type Scheme, schemeFrom } from "./network/scheme.ts";

/** What {@linkcode quantizationOf} is to describe. */
export interface QuantizationOptions {
  /** Scales of the circuit: `chosen.scheme` of a fidelity report, or `zkgrad` of its settings. */
  scheme: Scheme;
  /**
   * Magnitude below which weights become 0, which the circuit leaves out: for all layers, or by the names of their
   * weights (`{ "conv1.weight": 0.5 }`). Default: 0, to the nearest point.
   */
  deadZone?: number | Readonly<Record<string, number>>;
}

const OPTIONS = namesOf<QuantizationOptions>({ scheme: true, deadZone: true });

/**
 * Where a frugal circuit of these scales rounds the numbers of `model`, and to what: its inputs, each layer's weights,
 * its bias and what it reads, what tables take and give. A trainer that is given it as `quantizationAware` trains the
 * network to do with such numbers; `convert` then leaves its weights on the circuit's grid, where a calibration for
 * fidelity with the same `scheme` leaves them.
 *
 * An operator that a circuit makes of several steps is rounded where it begins and where it ends.
 *
 * @param model The network.
 * @param sampleShape The shape of one input, without the batch; a list of shapes where there are several.
 * @param options The scales, and what becomes 0.
 * @returns Quantizers by the names of the model's own graph.
 *
 * @example
 * ```ts
 * import { Adam, convert, DataLoader, nn, TensorDataset, Trainer } from "@zkgrad/zkgrad";
 * import { exportOnnx } from "@zkgrad/zkgrad/onnx";
 * import { calibrateSettings, calibrationJson, genSettings, quantizationOf } from "@zkgrad/zkgrad/ezkl";
 *
 * const inputs = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
 * const data = new TensorDataset({ inputs, shape: [2], targets: new Uint8Array([0, 1, 1, 0]) });
 * const model = new nn.Sequential(new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 2));
 * const loss = new nn.CrossEntropyLoss(), optimizer = new Adam({ lr: 0.1 });
 * const samples = calibrationJson(Array.from({ length: 16 }, (_, i) => Float32Array.of(i & 1, i >> 1 & 1)));
 * const first = exportOnnx(model, [2]);
 * const { report } = await calibrateSettings(first, genSettings(first), samples, { target: "fidelity" });
 *
 * // The network goes on with the numbers of the circuit that was chosen.
 * if (!("chosen" in report)) throw new Error("of another target than fidelity");
 * const { scheme } = report.chosen;
 * const quantizationAware = await quantizationOf(model, [2], { scheme });
 * using trainer = await Trainer.create({ model, loss, optimizer, quantizationAware, device: "cpu" });
 * await trainer.fit(new DataLoader(data, { batchSize: 4 }));
 * convert(model, quantizationAware);
 * const onnx = exportOnnx(model, [2]);
 * const { settings } = await calibrateSettings(onnx, genSettings(onnx), samples, { target: "fidelity", scheme });
 * ```
 * @throws {ArgumentError} as a rejection, for a network that no frugal circuit expresses, and where a layer's weights are no parameter
 * of the model but made of several, as with a norm behind a convolution
 */
export async function quantizationOf(
  model: AnyModule,
  sampleShape: Shape | readonly Shape[],
  options: QuantizationOptions,
): Promise<QConfigMapping> {
  const where = "quantizationOf()";
  checkArguments(where, arguments, 2, OPTIONS, ["scheme"]);
  const shapes = (Array.isArray(sampleShape?.[0]) ? sampleShape : [sampleShape]) as readonly Shape[];
  shapes.forEach((shape) => checkShape(`${where}: sampleShape`, shape));
  const isScheme = isOptions(options?.scheme);
  expect(
    isScheme,
    `${where}: scheme`,
    options?.scheme,
    "scales of a circuit, such as chosen.scheme of a fidelity report",
  );
  const scheme = schemeFrom(options.scheme);
  const { deadZone = 0 } = options;
  const zones = isOptions(deadZone) ? deadZone as Readonly<Record<string, number>> : null;
  checkNumberOptions(where, zones ?? { deadZone: deadZone as number }, { least: 0 });
  // Here and not above: who only proves loads nothing that trains.
  const { quantizedPlaces } = await import("./quantized_places.ts");
  return quantizedPlaces(model, shapes, scheme, zones ?? deadZone as number);
}
