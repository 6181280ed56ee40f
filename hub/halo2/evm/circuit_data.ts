/**
 * The data of a circuit: all that a verifier contract needs to know of it, in the form that
 * its loops read.
 * @module
 */
import { FormatError } from "../../../core/base/errors.ts";
import type { ConstraintSystem } from "../circuit/constraint_system.ts";
import { digestOf } from "../circuit/digest.ts";
import type { Commitment, VerifyingKey } from "../circuit/verifying_key.ts";
import { G2, type G2Point, inverse, P, power, R } from "../curve/bn254.ts";
import { DELTA, rootOfUnity } from "../curve/scalars.ts";
import { BLINDING_ROWS } from "../verify/lagrange.ts";
import { type ProofShape, proofShape } from "../verify/proof_shape.ts";
import { CircuitPlaces } from "./circuit_places.ts";
import { Bytes, MOST_ADDRESS } from "./data_writer.ts";
import { gateRecords } from "./gate_runs.ts";
import { lookupRecords } from "./lookup_records.ts";
import { DATA, HEADER_BYTES, headerBytes, type HeaderField, type HeaderWord, WORD } from "./memory.ts";
import { groupsAt } from "./opened_groups.ts";
import { openingRecords, pieceRuns } from "./opening_records.ts";
import { proofPlaces } from "./proof_places.ts";

/** What a contract verifies proofs of. */
export interface EvmCircuit {
  /** The circuit's constraint system. */
  system: ConstraintSystem;
  /** Its key. */
  vk: VerifyingKey;
  /** How many numbers are shown. */
  instances: number;
  /** The secret of the reference string times the generator of G2. */
  secretG2: G2Point;
}

/** A circuit's data. */
export interface CircuitData {
  bytes: Uint8Array<ArrayBuffer>;
  /** How much a contract does with it. */
  work: CircuitWork;
}

/** How much a contract does, counted. */
export interface CircuitWork {
  /** Multiplications of the curve, with an addition each. */
  multiplications: number;
  /** Commitments of a proof. */
  points: number;
  /** Values of a proof. */
  values: number;
  /** Bytes of a proof. */
  proofBytes: number;
  /** Columns without a commitment. */
  zeros: number;
  /** Columns of the permutation, and products over them. */
  columns: number;
  /** @see columns */
  products: number;
  /** Lookup arguments, their inputs that are on somewhere, and the columns that those choose from. */
  lookups: number;
  /** @see lookups */
  inputs: number;
  /** @see lookups */
  choices: number;
  /** Gates that are computed, runs of them, members of shared columns, steps of programs. */
  gates: number;
  /** @see gates */
  runs: number;
  /** @see gates */
  members: number;
  /** @see gates */
  steps: number;
  /** Numbers that are shown. */
  instances: number;
  /** log2 of the rows. */
  logrows: number;
  /** Words of memory. */
  memory: number;
}

/** Addresses that records hold and that are known once all are written. */
interface Starts {
  constants: number;
  programs: number;
  proof: number;
}

/**
 * A circuit's data.
 * @throws {FormatError} for a circuit that the contract's memory has no room for
 */
export function circuitData(circuit: EvmCircuit): CircuitData {
  // Records hold addresses of what lies behind them, but no length depends on an address.
  const draft = write(circuit, { constants: 0, programs: 0, proof: 0 });
  const end = draft.starts.proof + draft.behind;
  if (end > MOST_ADDRESS || circuit.instances > MOST_ADDRESS) {
    throw new FormatError(
      `createEvmVerifier(): the circuit's data and proof take ${end} bytes of the contract's memory and it shows ` +
        `${circuit.instances} numbers, expected at most ${MOST_ADDRESS} of each; make a smaller circuit`,
    );
  }
  const { bytes, work } = write(circuit, draft.starts);
  return { bytes, work };
}

function write(
  { system, vk, instances, secretG2 }: EvmCircuit,
  starts: Starts,
): CircuitData & { starts: Starts; behind: number } {
  const shape = proofShape(system);
  const proof = proofPlaces(shape, starts.proof);
  const places = new CircuitPlaces(system, vk.fixed, proof, { ...starts, work: proof.end });
  const body = new Bytes();
  const put = (bytes: Bytes): [start: number, end: number] => {
    const start = DATA + HEADER_BYTES + body.length;
    body.append(bytes.toBytes());
    return [start, start + bytes.length];
  };

  const fixed = new Map(system.queries.fixed.map(({ index }) => [index, putPoint(vk.fixed[index], put)]));
  const sigmas = vk.permutation.map((point) => putPoint(point, put));
  const groups = groupsAt(system, proof, fixed, sigmas);
  const opening = openingRecords(groups, vk.logrows, places);
  const { selectors, gates, ...counted } = gateRecords(system.gates, places);
  const { lookups, inputs, choices } = lookupRecords(system.lookups, places);
  const constants = put(words(places.constants));
  const programs = put(places.programs);
  const zeros = system.queries.fixed.filter((query) => places.isZero(query)).map((query) => places.value(query));
  const columns = system.permutation.map((column) => places.column(column));

  const fields: Omit<Record<HeaderField, number>, "dataBytes"> = {
    proofBytes: proof.end - starts.proof,
    instances,
    proof: starts.proof,
    adviceBytes: 2 * WORD * shape.advice,
    values: proof.values.advice[0],
    opening: proof.opening,
    said: places.workEnd,
    logrows: vk.logrows,
    ...roundFields(shape, proof.opening - proof.values.advice[0]),
    ...range("rotations", put(words(opening.rotations))),
    ...three("lacks", opening.lacks),
    ...three("has", opening.has),
    ...range("zeros", put(new Bytes().pair(...zeros))),
    ...range("selectors", put(selectors)),
    ...range("gates", put(gates)),
    products: proof.values.products[0],
    lastProduct: proof.values.products.at(-1)!,
    ...range("columns", put(new Bytes().pair(...columns))),
    chunk: 2 * shape.chunk,
    sigmas: proof.values.permutation[0],
    ...range("lookups", put(lookups)),
    sums: proof.values.lookups[0] ?? 0,
    ...range("pieces", put(pieceRuns(proof.pieces))),
    quotient: proof.pieces[0],
    ...range("groups", put(opening.groups)),
  };
  const dataBytes = HEADER_BYTES + body.length;
  const header = headerBytes(wordsOf(system, vk, secretG2), { ...fields, dataBytes });
  return {
    bytes: header.append(body.toBytes()).toBytes(),
    starts: { constants: constants[0], programs: programs[0], proof: Math.ceil((DATA + dataBytes) / WORD) * WORD },
    behind: places.workEnd - starts.proof,
    work: {
      multiplications: groups.flatMap(({ members }) => members).filter(({ point }) => point !== null).length +
        shape.pieces + 1,
      points: (proof.values.advice[0] - starts.proof) / (2 * WORD) + 2,
      values: (proof.opening - proof.values.advice[0]) / WORD + 1,
      proofBytes: fields.proofBytes,
      zeros: zeros.length,
      columns: columns.length,
      products: shape.products,
      lookups: shape.lookups,
      inputs,
      choices,
      gates: counted.computed,
      runs: counted.runs,
      members: counted.members,
      steps: places.programs.length / 6,
      instances,
      logrows: vk.logrows,
      memory: Math.ceil((places.workEnd + WORD * (1 + instances) + fields.adviceBytes) / WORD),
    },
  };
}

/** The words of the header. */
function wordsOf(system: ConstraintSystem, vk: VerifyingKey, { x, y }: G2Point): Record<HeaderWord, bigint> {
  const n = 1n << BigInt(vk.logrows), omega = rootOfUnity(vk.logrows);
  return {
    digest: digestOf(system, vk),
    r: R,
    p: P,
    omega,
    omegaEnd: power(omega, n - BigInt(BLINDING_ROWS + 1), R),
    rowsInverse: inverse(n, R),
    delta: DELTA,
    // The precompile wants imaginary parts first.
    g2: G2.x[1],
    g2b: G2.x[0],
    g2c: G2.y[1],
    g2d: G2.y[0],
    secret: x[1],
    secretB: x[0],
    secretC: (P - y[1]) % P,
    secretD: (P - y[0]) % P,
  };
}

/** A commitment's address, once it is written; null for infinity, which is not. */
function putPoint(point: Commitment, put: (bytes: Bytes) => [number, number]): number | null {
  return point && put(new Bytes().word(point.x).word(point.y))[0];
}

function words(values: readonly bigint[]): Bytes {
  const bytes = new Bytes();
  for (const value of values) bytes.word(value);
  return bytes;
}

/** What is said before each challenge but the first, in bytes; nothing before gamma and nu. */
function roundFields({ lookups, products, pieces }: ProofShape, values: number) {
  const point = 2 * WORD;
  return {
    rounds: point * lookups,
    rounds1: 0,
    rounds2: point * (products + lookups + 1),
    rounds3: point * pieces,
    rounds4: values,
    rounds5: 0,
    rounds6: point,
  };
}

function range<Name extends string>(name: Name, [start, end]: [number, number]) {
  return { [name]: start, [`${name}End`]: end } as Record<Name | `${Name}End`, number>;
}

function three<Name extends string>(name: Name, [a, b, c]: readonly number[]) {
  return { [name]: a, [`${name}B`]: b, [`${name}C`]: c } as Record<Name | `${Name}B` | `${Name}C`, number>;
}
