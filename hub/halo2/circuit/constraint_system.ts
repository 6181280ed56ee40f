/**
 * The constraint system of a circuit as its key has it: what a proof is checked against,
 * and what a verifier contract and a prover are made from.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import type { GraphSettings } from "../../ezkl/format/settings.ts";
import { configure } from "./configure.ts";
import type { Column, Draft } from "./draft.ts";
import { type Expression, highestDegree, type Query, replaceSelectors } from "./expression.ts";
import {
  argumentDegree,
  argumentsOf,
  groupLookups,
  type LookupArgument,
  type LookupGroup,
} from "./lookup_arguments.ts";
import {
  ownColumns,
  selectorExpression,
  type SelectorPlace,
  type SelectorRows,
  sharedColumns,
} from "./selector_columns.ts";
import type { SplitDepth } from "./tables.ts";
import type { VerifyingKey } from "./verifying_key.ts";

/** A constraint system without selectors. */
export interface ConstraintSystem {
  /** Columns of each family. */
  columns: Readonly<Record<Query["column"], number>>;
  /** The values that a proof opens, of each family in order. */
  queries: Readonly<Record<Query["column"], readonly Query[]>>;
  /** The polynomials that are zero in every row. */
  gates: readonly Expression[];
  /** The columns whose cells may be bound to each other, in order. */
  permutation: readonly Column[];
  /** What the lookups prove. */
  lookups: readonly LookupArgument[];
  /** The lookups by table, with selectors. */
  lookupGroups: readonly LookupGroup[];
  /** The columns of constants. */
  constants: readonly Column[];
  /** Where each selector went. */
  selectors: readonly SelectorPlace[];
  /** How many selectors the key says it has: none where they are not compressed. */
  namedSelectors: number;
  /** The highest degree of a constraint. */
  degree: number;
}

/** The argument of the permutation has this degree at least. */
const PERMUTATION_DEGREE = 3;

/**
 * The constraint system of a key of `settings`; see {@linkcode SplitDepth} for `depth`.
 * @throws {FormatError} for a key of another circuit
 */
export function constraintSystem(
  caller: string,
  settings: GraphSettings,
  vk: VerifyingKey,
  depth: SplitDepth = Infinity,
): ConstraintSystem {
  const system = systemOf(settings, vk.selectors, depth);
  if (system.columns.fixed !== vk.fixed.length) {
    throw new FormatError(
      `${caller}: the verifying key has ${vk.fixed.length} fixed columns, and one of these settings with its selectors ` +
        `has ${system.columns.fixed}; it is damaged or belongs to another circuit, so make it again with setup()`,
    );
  }
  return system;
}

/** The constraint system of `settings` whose selectors are on in these rows; null where they are not compressed. */
export function systemOf(
  settings: GraphSettings,
  rows: SelectorRows | null,
  depth: SplitDepth = Infinity,
): ConstraintSystem {
  const draft = configure(settings, depth);
  const lookupGroups = groupLookups(draft);
  const lookups = argumentsOf(lookupGroups, draft.gates);
  const degree = Math.max(PERMUTATION_DEGREE, highestDegree(draft.gates), ...lookups.map(argumentDegree));
  const selectors = rows ? sharedColumns(draft, rows, degree) : ownColumns(draft);
  const expressions = selectorExpressions(draft, selectors);
  const replace = (expression: Expression) => replaceSelectors(expression, (selector) => expressions[selector]);
  return {
    columns: draft.columns,
    queries: draft.queries,
    gates: draft.gates.map(replace),
    permutation: draft.permutation,
    lookups: lookups.map(({ table, inputs }) => ({
      table: table.map(replace),
      inputs: inputs.map((input) => input.map(replace)),
    })),
    lookupGroups,
    constants: draft.constants,
    selectors,
    namedSelectors: rows ? draft.selectors.length : 0,
    degree,
  };
}

/** Gives the selectors their columns, and says what each is then. */
function selectorExpressions(draft: Draft, places: readonly SelectorPlace[]): Expression[] {
  const count = places.reduce((most, { column }) => Math.max(most, column + 1), 0);
  const columns = Array.from({ length: count }, () => draft.read(draft.add("fixed")));
  return places.map((place) => selectorExpression(columns[place.column], place));
}
