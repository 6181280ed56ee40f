/**
 * The frugal circuit: the cheapest one we know how to write for a network, free of the
 * native rule that one scale serves all.
 *
 * - Layers give their results at one scale, and sigmoids and tanhs get them there, so one
 *   table serves all layers of a kind. The proof's cost grows with the number of tables more than with
 *   anything else.
 * - What comes out of a table loses `dropBits` bits, by one more table (one cell an
 *   element, where EZKL's own division takes about fifty), before the next layer, whose
 *   weights get as many.
 * - A window of an average pooling is a sum; where its size is a power of two the
 *   division is a change of scale.
 * - A dot product leaves out the weights that are 0, where the key fixes the weights:
 *   zeros included. Where they are private it has them all, so that the circuit tells
 *   nothing of them but their number.
 * - Inputs are held to what a table takes, at one cell an element, in place of EZKL's range
 *   check at about sixteen.
 * @module
 */
import { ArgumentError } from "../../../core/base/errors.ts";
import type { CircuitModel, LookupOp } from "../format/circuit.ts";
import type { RunArgs } from "../format/run_args.ts";
import { CircuitBuilder, type Value } from "../network/circuit_builder.ts";
import { type LinearLayer, linearLayers } from "../network/linear_layer.ts";
import type { Network, NetworkNode } from "../network/network.ts";
import { meaningOf } from "../operators/meanings.ts";
import { scaleAt, type Scheme } from "../network/scheme.ts";
import { add, denseDots, finer, linear, padded, sparseDots } from "../network/frugal_ops.ts";
import { holdToBits, holdToTable } from "./binary_inputs.ts";
import { fewestBits, quantize } from "../numbers/fixed_point.ts";
import { nearest, type Rounding } from "../network/rounded_layer.ts";

/** How dot products are written: without the weights that are 0, or with them. */
export type Dots = typeof sparseDots;

/**
 * Writes the circuit of `network` at the scales of `scheme`; `dots` is for circuits that are only simulated,
 * and `seen` is told what each place became.
 * @throws {ArgumentError} where the scheme leaves a layer's weights no bits, or the network needs what a frugal circuit has not
 */
export function buildFrugal(
  network: Network,
  args: RunArgs,
  scheme: Scheme,
  rounding: Rounding = nearest,
  dots: Dots = args.paramVisibility === "Fixed" ? sparseDots : denseDots,
  seen: (place: number, value: Value) => void = () => {},
): CircuitModel {
  const visibility = { input: args.inputVisibility, params: args.paramVisibility, output: args.outputVisibility };
  const fixed = args.paramVisibility === "Fixed";
  const builder = new CircuitBuilder(visibility);
  const layers = linearLayers(network);
  const last = lastValues(network);
  const sums = new Map([...layers].flatMap(([place, { sum }]) => sum === null ? [] : [[sum, place]]));
  const values = new Map<number, Value>();
  const divided = new Map<string, Value>();
  network.nodes.forEach((node, place) => {
    if (node.op.type === "Constant") return;
    values.set(place, lower(node, place));
    seen(place, values.get(place)!);
  });
  for (const place of network.inputs) {
    const x = values.get(place)!;
    if (scheme.binaryInputs) holdToBits(builder, x, args, scheme);
    else if (args.ignoreRangeCheckInputsOutputs && !builder.isLookedUp(x)) holdToTable(builder, x, scheme);
  }
  return builder.finish(network.outputs.map((place) => valueOf(place)), network.outputTypes);

  function valueOf(place: number): Value {
    const found = values.get(place);
    if (found !== undefined) return found;
    throw new ArgumentError(
      `compileCircuit(): ${network.nodes[place].label} is a constant where a frugal circuit needs a computed value`,
    );
  }

  function lower(node: NetworkNode, place: number): Value {
    const { op, inputs, shape } = node;
    if (sums.has(place)) return shaped(valueOf(sums.get(place)!), shape);
    if (op.type === "Downsample") {
      throw new ArgumentError(`compileCircuit(): ${node.label} is no step of a frugal circuit`);
    }
    return meaningOf(op).frugal({
      node,
      place,
      builder,
      scheme,
      args,
      operand: (side, scale) => values.get(inputs[side]) ?? constantAt(inputs[side], scale),
      isConstant: (side) => !values.has(inputs[side]),
      capped: (x) => x.scale > scheme.tableScale ? divide(x, x.scale - scheme.tableScale) : x,
      atTableScale,
      coarser: divide,
      dropped: (x) => droppedFor(x, place),
      maker: (side) => network.nodes[inputs[side]],
      layer: () => lowerLinear(node, place),
    });
  }

  /** What a table needs, whatever scale it comes at. */
  function atTableScale(x: Value): Value {
    const bits = scheme.tableScale - x.scale;
    if (bits === 0) return x;
    return bits < 0 ? divide(x, -bits) : finer(builder, x, bits);
  }

  /** The value divided, by one table for all that lose as many bits; once for all readers. */
  function divide(x: Value, bits: number): Value {
    if (bits === 0) return x;
    const key = `${x.key} ${bits}`, op: LookupOp = { name: "Div", denom: 2 ** bits };
    const known = divided.get(key) ?? builder.add({ kind: "Nonlinear", op }, [x], x.dims, x.scale - bits);
    divided.set(key, known);
    return known;
  }

  /** The value so coarse that the weights at `place`, which bring it to its scale, have the bits that they need. */
  function droppedFor(x: Value, place: number): Value {
    const scale = scaleAt(scheme.scales, place) ?? scheme.tableScale;
    const least = scaleAt(scheme.weightScales, place) ?? scheme.dropBits;
    while (scheme.dropBits > 0 && scale - x.scale < least) x = divide(x, scheme.dropBits);
    return x;
  }

  /**
   * A layer gives its results at the scale of the tables, and its weights get the bits between that and its
   * input's scale. Where that would be none, the input loses `dropBits` bits first, more than once if it has to,
   * always by the one table. What no layer and no nonlinear step follows gets `outputScale` bits whatever its scale.
   */
  function lowerLinear(node: NetworkNode, place: number): Value {
    const layer = layers.get(place);
    if (layer === undefined) {
      throw new ArgumentError(
        `compileCircuit(): ${node.label} has no fixed weights, and a layer of a frugal circuit has; take the ` +
          "target resources or accuracy",
      );
    }
    let x = valueOf(layer.source);
    let weightScale: number;
    if (scheme.scales === undefined) {
      while (!last[place] && scheme.dropBits > 0 && x.scale >= scheme.tableScale) x = divide(x, scheme.dropBits);
      weightScale = last[place] ? scheme.outputScale : scheme.tableScale - x.scale;
    } else {
      if (!last[place]) x = droppedFor(x, place);
      weightScale = last[place]
        ? scaleAt(scheme.weightScales, place) ?? scheme.outputScale
        : (scaleAt(scheme.scales, place) ?? scheme.tableScale) - x.scale;
    }
    if (weightScale < 0) {
      throw new ArgumentError(
        `compileCircuit(): ${node.label} gets its input at scale ${x.scale} and is to give scale ${scheme.tableScale}, ` +
          "which leaves its weights no bits; raise tableScale or dropBits",
      );
    }
    const scales = { input: x.scale, weight: weightScale, output: x.scale + weightScale };
    const { weights, bias } = rounding(layer, place, scales);
    const y = dots(builder, padded(builder, x, layer), layer, weights, scales);
    if (bias === null || (fixed && bias.every((value) => value === 0))) return shaped(ordered(y, layer), node.shape);
    const sum = add(builder, "Add", y, builder.weights(bias, [layer.outputs, 1], y.scale), y.dims);
    return shaped(ordered(sum, layer), node.shape);
  }

  /** The results `[outputs, rows]` with the outputs' axis where the layer has it. */
  function ordered(y: Value, { outputs, rows, rowShape, outputAxis }: LinearLayer): Value {
    if (rows === 1 || outputAxis === 0) return y;
    const dims = [...rowShape.slice(0, outputAxis), outputs, ...rowShape.slice(outputAxis)];
    const move = { name: "MoveAxis", source: 0, destination: outputAxis } as const;
    return linear(builder, move, [shaped(y, [outputs, ...rowShape])], dims);
  }

  function shaped(x: Value, shape: number[]): Value {
    if (x.dims.join() === shape.join()) return x;
    return linear(builder, { name: "Reshape", shape }, [x], shape);
  }

  /** Fixed numbers at `scale`, or at the coarsest that holds them exactly and at most at that of the tables. */
  function constantAt(place: number, given?: number): Value {
    const { op, shape, label } = network.nodes[place];
    if (op.type !== "Constant") throw new ArgumentError(`compileCircuit(): ${label} has no value yet`);
    // The fewest bits would tell of hidden numbers how fine they are.
    const scale = given ?? (fixed ? fewestBits(op.values, scheme.tableScale) : scheme.tableScale);
    return builder.weights(Array.from(op.values, (value) => quantize(value, scale)), shape, scale);
  }
}

const steps = new Set(["Conv", "MatMul", "Sigmoid", "Tanh", "Relu", "LeakyRelu", "Own"]);

/** By place: whether no layer and no nonlinear step is computed from it. */
export function lastValues({ nodes }: Network): boolean[] {
  const last = nodes.map(() => true);
  // Readers stand behind what they read, so each is settled before its operands.
  for (let place = nodes.length - 1; place >= 0; place--) {
    const { op, inputs } = nodes[place];
    if (steps.has(op.type) || !last[place]) { for (const input of inputs) last[input] = false; }
  }
  return last;
}
