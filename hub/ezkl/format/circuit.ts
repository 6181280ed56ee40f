/**
 * The compiled circuit as EZKL 21 keeps it: a graph of integer operations with a scale
 * on every node, and the settings it was made for. Names are EZKL's own in camel case;
 * `circuit_codec.ts` reads and writes these as bytes.
 *
 * Field elements stand here as signed whole numbers, -(r-1)/2 to (r-1)/2, because that
 * is how a circuit's author thinks of them.
 * @module
 */
import type { GraphSettings } from "./settings.ts";
import type { InputType, SupportedOp } from "./operations.ts";
import type { Visibility } from "./run_args.ts";
import type { GraphWitness } from "./witness.ts";

export type * from "./operations.ts";

/** A result of a node: the node's key and the place among its results, which is always 0 outside loops. */
export type Outlet = [node: number, slot: number];

/** One operation of the circuit. */
export interface CircuitNode {
  /** What it does. */
  opkind: SupportedOp;
  /** log2 of the multiplier of its integers. */
  outScale: number;
  /** Where its operands come from; every key is smaller than its own. */
  inputs: Outlet[];
  /** Shape of the result; a scalar is `[1]`. */
  outDims: number[];
  /** The node's key. */
  idx: number;
  /** Edges that consume it, at least 1. A constant with 1 is written where it is used, with more it is copied. */
  numUses: number;
}

/** Who sees what, in the order of the file. */
export interface VarVisibility {
  /** Of the graph's inputs. */
  input: Visibility;
  /** Of the weights. */
  params: Visibility;
  /** Of the graph's outputs. */
  output: Visibility;
}

/** The graph: nodes in ascending order of their keys. */
export interface CircuitModel {
  /** By key, ascending; keys need not be contiguous. */
  nodes: Map<number, CircuitNode>;
  /** Keys of the Input nodes. */
  inputs: number[];
  /** The results that the circuit gives. */
  outputs: Outlet[];
  /** Kind of each output. */
  outputTypes: InputType[];
  /** Who sees inputs, weights and outputs; repeats the run arguments. */
  visibility: VarVisibility;
}

/** What `network.compiled` holds. */
export interface GraphCircuit {
  /** The graph. */
  model: CircuitModel;
  /** The settings that the keys are made with. */
  settings: GraphSettings;
  /** The witness at the file's end where it is not EZKL's usual one, zeros for every input; nothing reads it. */
  graphWitness?: GraphWitness;
}
