/**
 * What becomes of one operator by the rule that is known of it.
 * @module
 */
import { ZkgradError } from "../../core/base/errors.ts";
import { type Shape, sizeOf } from "../../core/base/shape.ts";
import type { DataTypeName } from "../enums.ts";
import type { Tensor } from "../tensor.ts";
import type { Budget } from "./budget.ts";
import { type Around, Call, type Made, type Rule, type Step, Unknown } from "./call.ts";
import type { ReadValue } from "./graph.ts";
import { ruleOf } from "./rules.ts";
import { foldedValue } from "./scope.ts";
import { withSettings } from "./settings.ts";
import { isFloat, isNumeric } from "./typed.ts";

/** What becomes of an operator. */
export type Applied =
  /** Its first output is this value, and it makes nothing else. */
  | { readonly value: ReadValue }
  /** Several nodes stand in its place. */
  | { readonly steps: readonly Step[] }
  /** Its outputs are these constants. */
  | { readonly constants: readonly ReadValue[] }
  /** It stays, in this form. */
  | {
    readonly call: Call;
    /** The shapes of its outputs; null where they are not known. */
    readonly shapes: readonly Shape[] | null;
    readonly types: readonly (DataTypeName | null)[] | null;
    readonly problem: ZkgradError | null;
  };

/** Dimensions that a value may have, as a tensor of a file may. */
const MOST_DIMENSIONS = 64;

/**
 * Applies a rule to a node with outputs of these names. What is wrong with a node that
 * computes is told by `problem`; what is wrong with one of constants alone is thrown.
 */
export function applyRule(given: Call, rule: Rule, names: readonly string[], around: Around, budget: Budget): Applied {
  let call = given, own = rule;
  let shapes: readonly Shape[] | null = null, types: readonly (DataTypeName | null)[] | null = null;
  let problem: ZkgradError | null = null;
  try {
    if (rule.arity !== undefined) given.checkArity(rule.arity);
    call = withSettings(given, rule.settings);
    const formed = rule.form?.(call, around) ?? call;
    if (!(formed instanceof Call)) return "name" in formed ? { value: formed } : { steps: formed };
    call = formed;
    own = call.opType === given.opType ? rule : ruleOf(call.opType, call.opset);
    types = typesOf(call, own);
    shapes = own.shapes === undefined ? null : sound(own.shapes(call));
  } catch (error) {
    if (!(error instanceof ZkgradError)) throw error;
    if (!(error instanceof Unknown)) problem = error;
  }
  const isConstant = given.inputs.length > 0 &&
    given.inputs.every((value) => value === null || value.constant !== null);
  if (problem !== null && isConstant && own.fold !== undefined) throw problem;
  if (problem === null && shapes !== null && types !== null && (isConstant || own.always)) {
    const folded = fold(call, own, names, shapes, types, budget);
    if (folded !== null) return { constants: folded };
  }
  return { call, shapes, types, problem };
}

function typesOf(call: Call, rule: Rule): readonly (DataTypeName | null)[] {
  if (rule.types !== undefined) return rule.types(call);
  if (rule.shapes === undefined) throw new Unknown("nothing is known of the operator");
  const type = call.inputs[0]?.type ?? null;
  return Array.from({ length: call.outputs }, () => type);
}

/** Shapes that a tensor can have; null where one is none, since inputs of a damaged file may have led to anything. */
function sound(shapes: readonly Shape[]): readonly Shape[] | null {
  const isSound = (shape: Shape) =>
    shape.length <= MOST_DIMENSIONS && shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    Number.isSafeInteger(shape.reduce((bound, size) => bound * Math.max(size, 1), 1));
  return shapes.every(isSound) ? shapes : null;
}

/** The outputs as constants; null where the rule cannot make them, or the file is too small for the work. */
function fold(
  call: Call,
  rule: Rule,
  names: readonly string[],
  shapes: readonly Shape[],
  types: readonly (DataTypeName | null)[],
  budget: Budget,
): readonly ReadValue[] | null {
  const read = rule.always ? [] : call.inputs.flatMap((value) => value ?? []);
  const made = names.flatMap((_, index): readonly Made[] => {
    const shape = shapes[index], type = types[index] ?? null;
    return shape !== undefined && isNumeric(type) ? [{ shape, type }] : [];
  });
  if (rule.fold === undefined || made.length < names.length) return null;
  if (!read.every(({ type, shape }) => shape !== null && isNumeric(type))) return null;
  const elements = [...made.map(({ shape }) => sizeOf(shape)), ...read.map(({ shape }) => sizeOf(shape!))];
  if (!budget.affords(Math.max(...elements, 0), made.every(({ type }) => isFloat(type)))) return null;
  try {
    const data = rule.fold(call, made);
    return made.map(({ shape, type }, index) => {
      const tensor: Tensor = { shape, dataType: type, data: data[index] };
      return foldedValue(names[index], tensor, sourceOf(tensor, read));
    });
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

/** The file's tensor that a constant merely shows in another shape; null where there is none. */
function sourceOf({ data }: Tensor, read: readonly ReadValue[]): string | null {
  const source = read.find(({ constant }) => constant !== null && constant.read().data === data);
  return source?.constant?.tensor ?? null;
}
