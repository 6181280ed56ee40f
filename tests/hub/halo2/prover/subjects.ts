/** Small circuits of every kind with a witness of each, to prove. */
import { Engine } from "../../../../hub/ezkl/engine/engine.ts";
import { decodeCircuit, encodeCircuit } from "../../../../hub/ezkl/format/circuit_codec.ts";
import type { RunArgs } from "../../../../hub/ezkl/format/run_args.ts";
import { settingsFromJson, settingsToJson } from "../../../../hub/ezkl/format/settings_json.ts";
import { layOut } from "../../../../hub/ezkl/layout/layout.ts";
import { CircuitProver } from "../../../../hub/ezkl/prover/circuit_prover.ts";
import { genSrs } from "../../../../hub/ezkl/srs/generate.ts";
import { MADE } from "../../ezkl/format/fixtures.ts";
import { CircuitWriter, settingsOf } from "../../ezkl/layout/circuits.ts";
import { PUBLISHED_SECRET } from "../../ezkl/srs/fixtures.ts";

/** A circuit and what it computed. */
export interface Subject {
  compiled: Uint8Array<ArrayBuffer>;
  srs: Uint8Array<ArrayBuffer>;
  /** `settings.json`. */
  settingsText: string;
  witness: Uint8Array<ArrayBuffer>;
}

const made = new URL("../../ezkl/made/", import.meta.url);

interface Written {
  args: Partial<RunArgs>;
  input: number[][];
  write: (circuit: CircuitWriter) => number[];
}

const table = { lookupRange: [-60n, 60n] as [bigint, bigint], decompBase: 8, decompLegs: 3 };

/** Circuits that are written here, by what is special about them. */
export const WRITTEN: Readonly<Record<string, Written>> = {
  "two tables of three columns, public inputs": {
    args: { ...table, logrows: 6, inputVisibility: "Public" },
    input: [[1, -2, 50]],
    write: (
      c,
    ) => [c.lookup({ name: "Tanh", scale: 4 }, c.lookup({ name: "Sigmoid", scale: 4 }, c.input([3]), [3]), [3])],
  },
  "one inner column, many blocks": {
    args: { decompBase: 8, decompLegs: 3, logrows: 6, numInnerCols: 1 },
    input: [[3, -1, 4, 1, -5, 9, 2, 6]],
    write: (c) => [c.linear({ name: "LeakyReLU", slope: 0, scale: 1 }, [c.input([8])], [8])],
  },
  "four inner columns": {
    args: { decompBase: 8, decompLegs: 4, logrows: 7, numInnerCols: 4 },
    input: [[1, 2, 3, 4, 5, 6, 7]],
    write: (c) => {
      const weights = c.constant(Array.from({ length: 21 }, (_, at) => at - 10), [3, 7]);
      return [c.linear({ name: "Einsum", equation: "mk,nk->mn" }, [c.input([1, 7]), weights], [1, 3])];
    },
  },
  "shuffles": {
    args: { decompBase: 8, decompLegs: 3, logrows: 8 },
    input: [[5, -3, 8, 0, 2, 2]],
    write: (c) => [c.hybrid({ name: "ReduceMax", axes: [1] }, [c.input([2, 3])], [2, 1])],
  },
  "no outputs shown, private weights": {
    args: {
      ...{ decompBase: 8, decompLegs: 3, logrows: 7, inputVisibility: "Public", outputVisibility: "Private" },
      paramVisibility: "Private",
    },
    input: [[1, 2, 3]],
    write: (c) => [c.linear({ name: "Mult" }, [c.input([3]), c.constant([2, 3, -4], [3])], [3])],
  },
};

/** Names of all subjects. */
export const SUBJECTS: readonly string[] = [...MADE, ...Object.keys(WRITTEN)];

const strings = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
const subjects = new Map<string, Promise<Subject>>();

/** A subject, made once. */
export function subject(name: string): Promise<Subject> {
  let known = subjects.get(name);
  if (!known) subjects.set(name, known = make(name));
  return known;
}

function srsOf(logrows: number): Promise<Uint8Array<ArrayBuffer>> {
  let srs = strings.get(logrows);
  if (!srs) strings.set(logrows, srs = genSrs(logrows, { secret: PUBLISHED_SECRET }));
  return srs;
}

async function make(name: string): Promise<Subject> {
  if (MADE.includes(name)) {
    const file = (file: string) => Deno.readFileSync(new URL(`${name}/${file}`, made));
    const compiled = file("model.compiled");
    return {
      compiled,
      srs: await srsOf(decodeCircuit(compiled).settings.runArgs.logrows),
      settingsText: new TextDecoder().decode(file("settings.json")),
      witness: file("witness.json"),
    };
  }
  const { args, input, write } = WRITTEN[name];
  const writer = new CircuitWriter(args), model = writer.model(write(writer));
  const settings = settingsOf(model, writer.args, layOut(model, writer.args, "dummy"));
  const compiled = encodeCircuit({ model, settings });
  await using engine = await Engine.create();
  const witness = await engine.genWitness(compiled, JSON.stringify({ input_data: input }));
  return { compiled, srs: await srsOf(writer.args.logrows), settingsText: settingsToJson(settings), witness };
}

/** Our key and a proof of ours for a subject. */
export async function proven(name: string, threads = 1) {
  const { compiled, srs, settingsText, witness } = await subject(name);
  await using prover = await CircuitProver.create(compiled, srs, { threads });
  const vk = await prover.verifyingKey(), proof = await prover.prove(witness);
  return { srs, settingsText, settings: settingsFromJson(settingsText), vk, proof };
}
