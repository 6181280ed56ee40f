/**
 * Operations of a network that are one operation of the circuit, both natively and frugally.
 * @module
 */
import type { SupportedOp } from "../format/circuit.ts";
import type { Value } from "./circuit_builder.ts";
import { ofRank } from "./frugal_ops.ts";
import { alignedTo } from "./scales.ts";
import type { Float, FrugalNode, Meaning, NativeNode } from "./network.ts";

/** What decides how an operation is written. */
export interface Scaled {
  /** Scales of the operands. */
  readonly scales: readonly number[];
  /** The finest scale at which a result may come: EZKL's larger one of both, or that of the tables. */
  readonly finest: number;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Digits in which magnitudes are written. */
  readonly legs: number;
}

/** An operation and the scale of its result. */
export interface Written {
  /** The operation. */
  readonly op: SupportedOp;
  /** log2 of the multiplier of its integers. */
  readonly scale: number;
}

/** How an operation of a network is written as one of the circuit. */
export interface OneOperation {
  /** The operation, and its scale. */
  readonly write: (about: Scaled) => Written;
  /** Operands that must have one scale, counted without those that are spent. */
  readonly align?: readonly number[];
  /** Operands that are truths, which have no scale. */
  readonly truths?: readonly number[];
  /** Constants that the operation holds itself: nodes read them no more. */
  readonly spent?: readonly number[];
  /** Its result in floating point. */
  readonly float: Float;
}

/** A scale that no operation gives by itself. */
const PROBE = 17;

/** Such an operation. */
export function oneOperation({ write, align = [], truths = [], spent = [], float }: OneOperation): Meaning {
  const meaning: Meaning = {
    native(given: NativeNode) {
      const { args, node } = given;
      if (align.length > 0) given.requantize(align);
      const scales = given.operands.map(({ outScale }) => outScale);
      const [multipliers, common] = alignedTo(scales, align);
      const about = { scales: common, finest: Math.max(args.inputScale, args.paramScale) };
      const { op, scale } = write({ ...about, shape: node.shape, legs: args.decompLegs });
      return given.push(multipliers === null ? op : { kind: "Rescaled", inner: op, scale: multipliers }, scale);
    },
    frugal(given: FrugalNode) {
      const { builder, scheme, args, node } = given;
      const known = [...Array(node.inputs.length - spent.length).keys()].map((side) =>
        given.isConstant(side) ? null : given.capped(given.operand(side))
      );
      const largest = Math.max(...align.map((side) => known[side]?.scale ?? -Infinity));
      const operands = known.map((value, side): Value => {
        const common = align.includes(side) && Number.isFinite(largest) ? largest : undefined;
        const own = value ?? given.operand(side, truths.includes(side) ? 0 : common);
        return node.op.type === "Own" && node.op.spreads ? ofRank(builder, own, node.shape.length) : own;
      });
      const [multipliers, common] = alignedTo(operands.map(({ scale }) => scale), align);
      const about = { scales: common, finest: scheme.tableScale };
      const { op, scale } = write({ ...about, shape: node.shape, legs: args.decompLegs });
      const whole: SupportedOp = multipliers === null ? op : { kind: "Rescaled", inner: op, scale: multipliers };
      return builder.add(whole, operands, node.shape, scale);
    },
    float,
    scaling({ node }) {
      // Whether the result has the scale of its operands is asked of the writing itself.
      const about = { scales: node.inputs.map(() => PROBE), finest: PROBE, shape: node.shape, legs: 2 };
      if (node.inputs.length === 0 || write(about).scale !== PROBE) return {};
      return { keeps: align.length > 0 ? align : [[...node.inputs.keys()].find((side) => !spent.includes(side)) ?? 0] };
    },
  };
  return spent.length === 0 ? meaning : spending(meaning, spent);
}

/** The same for a node that reads constants besides, which its operation holds itself. */
export function spending(meaning: Meaning, spent: readonly number[]): Meaning {
  const kept = <T>(list: readonly T[]) => list.filter((_, side) => !spent.includes(side));
  const sideOf = (inputs: readonly unknown[], side: number) => kept([...inputs.keys()])[side];
  return {
    native(given) {
      for (const side of spent) given.drop(side);
      const operands = kept(given.operands), of = (side: number) => sideOf(given.operands, side);
      return meaning.native({
        ...given,
        operands,
        constant: (side) => given.constant(of(side)),
        requantize: (sides) => given.requantize((sides ?? [...operands.keys()]).map(of)),
        rescale: (side, scale) => given.rescale(of(side), scale),
        push: (op, scale, others = operands) => given.push(op, scale, others),
      });
    },
    frugal(given) {
      const of = (side: number) => sideOf(given.node.inputs, side);
      return meaning.frugal({
        ...given,
        operand: (side, scale) => given.operand(of(side), scale),
        isConstant: (side) => given.isConstant(of(side)),
      });
    },
    float({ shapes, shape }) {
      const compute = meaning.float({ shapes: kept(shapes), shape });
      return (inputs, out) => compute(kept(inputs), out);
    },
    ...meaning.scaling && { scaling: meaning.scaling },
  };
}
