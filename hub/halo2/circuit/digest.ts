/**
 * The digest of a verifying key, with which every proof's challenges begin: a hash of the
 * constraint system and the commitments as halo2 prints them.
 * @module
 */
import { blake2b } from "npm:@noble/hashes@2.4.0/blake2.js";
import { P, R } from "../curve/bn254.ts";
import { rootOfUnity } from "../curve/scalars.ts";
import type { ConstraintSystem } from "./constraint_system.ts";
import type { Column } from "./draft.ts";
import { type Expression, hexOf, type Query } from "./expression.ts";
import type { Commitment, VerifyingKey } from "./verifying_key.ts";

const FAMILIES = { fixed: "Fixed", advice: "Advice", instance: "Instance" } as const;

/** The digest, an element of the field. */
export function digestOf(system: ConstraintSystem, vk: VerifyingKey): bigint {
  const text = new TextEncoder().encode(pinnedText(system, vk));
  const message = new Uint8Array(8 + text.length);
  new DataView(message.buffer).setBigUint64(0, BigInt(text.length), true);
  message.set(text, 8);
  const hash = blake2b(message, { personalization: new TextEncoder().encode("Halo2-Verify-Key") });
  let value = 0n;
  for (let byte = hash.length - 1; byte >= 0; byte--) value = value << 8n | BigInt(hash[byte]);
  return value % R;
}

/** The key as halo2 prints it. */
function pinnedText(system: ConstraintSystem, { logrows, fixed, permutation }: VerifyingKey): string {
  const extended = logrows + Math.ceil(Math.log2(system.degree - 1));
  return `PinnedVerificationKey { base_modulus: "${hexOf(P)}", scalar_modulus: "${hexOf(R)}", ` +
    `domain: PinnedEvaluationDomain { k: ${logrows}, extended_k: ${extended}, omega: ${
      hexOf(rootOfUnity(logrows))
    } }, ` +
    `cs: ${systemText(system)}, fixed_commitments: ${list(fixed, point)}, ` +
    `permutation: VerifyingKey { commitments: ${list(permutation, point)} } }`;
}

function systemText(system: ConstraintSystem): string {
  const { columns, queries, gates, permutation, lookups, lookupGroups, constants } = system;
  const argument = (table: readonly Expression[], inputs: readonly Expression[][], names: [string, string]) =>
    `{ ${names[0]}: ${list(table, expression)}, ${names[1]}: ${list(inputs, (input) => list(input, expression))} }`;
  const groups = lookupGroups.map(({ key, table, inputs }) =>
    `"${key}": LookupTracker ${argument(table, inputs, ["table", "inputs"])}`
  );
  return `PinnedConstraintSystem { num_fixed_columns: ${columns.fixed}, num_advice_columns: ${columns.advice}, ` +
    `num_instance_columns: ${columns.instance}, num_selectors: ${system.namedSelectors}, ` +
    `gates: ${list(gates, expression)}, advice_queries: ${list(queries.advice, query)}, ` +
    `instance_queries: ${list(queries.instance, query)}, fixed_queries: ${list(queries.fixed, query)}, ` +
    `permutation: Argument { columns: ${list(permutation, column)} }, lookups: ${
      list(
        lookups,
        ({ table, inputs }) => `Argument ${argument(table, inputs, ["table_expressions", "inputs_expressions"])}`,
      )
    }, lookups_map: {${groups.join(", ")}}, constants: ${list(constants, column)}, minimum_degree: None }`;
}

function expression(tree: Expression): string {
  switch (tree.kind) {
    case "constant":
      return `Constant(${hexOf(tree.value)})`;
    case "selector":
      return `Selector(Selector(${tree.index}, ${tree.simple}))`;
    case "query": {
      const { column, index, rotation, query } = tree.query;
      return `${FAMILIES[column]} { query_index: ${query}, column_index: ${index}, rotation: Rotation(${rotation}) }`;
    }
    case "negated":
      return `Negated(${expression(tree.a)})`;
    case "sum":
      return `Sum(${expression(tree.a)}, ${expression(tree.b)})`;
    case "product":
      return `Product(${expression(tree.a)}, ${expression(tree.b)})`;
    case "scaled":
      return `Scaled(${expression(tree.a)}, ${hexOf(tree.value)})`;
  }
}

function column({ column, index }: Column): string {
  return `Column { index: ${index}, column_type: ${FAMILIES[column]} }`;
}

function query({ column: family, index, rotation }: Query): string {
  return `(${column({ column: family, index })}, Rotation(${rotation}))`;
}

function point(commitment: Commitment): string {
  return commitment === null ? "Infinity" : `(${hexOf(commitment.x)}, ${hexOf(commitment.y)})`;
}

function list<T>(items: readonly T[], text: (item: T) => string): string {
  return `[${items.map(text).join(", ")}]`;
}
