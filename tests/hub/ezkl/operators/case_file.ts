/** An ONNX file of one operator, made of a case that the operator's own file holds, and inputs for it. */
import { lowerOnnx } from "../../../../hub/ezkl/compile/lower.ts";
import type { InputType } from "../../../../hub/ezkl/format/circuit.ts";
import type { Network } from "../../../../hub/ezkl/network/network.ts";
import type { Attribute, CaseTensor, Operator, OperatorCase } from "../../../../hub/ezkl/operators/operator.ts";
import { AttributeType, DataType } from "../../../../onnx/enums.ts";
import { type AttributeProto, encodeModel, type TensorProto } from "../../../../onnx/proto.ts";
import { random } from "../../../onnx/lenet.ts";

/** A case as a file. */
export interface CaseFile {
  readonly name: string;
  readonly operator: Operator;
  readonly given: OperatorCase;
  readonly bytes: Uint8Array;
  readonly network: Network;
}

const TYPES = { FLOAT: DataType.FLOAT, BOOL: DataType.BOOL, INT64: DataType.INT64 } as const;
const OUTPUTS: Partial<Record<InputType, number>> = { F32: DataType.FLOAT, Bool: DataType.BOOL, Int: DataType.INT64 };

function attribute([name, value]: [string, Attribute]): AttributeProto {
  if (typeof value === "number") return { name, i: value, type: AttributeType.INT };
  if (typeof value === "string") return { name, s: new TextEncoder().encode(value), type: AttributeType.STRING };
  if (Array.isArray(value)) return { name, ints: [...value], type: AttributeType.INTS };
  if ("float" in value) return { name, f: value.float, type: AttributeType.FLOAT };
  return { name, floats: [...(value as { floats: number[] }).floats], type: AttributeType.FLOATS };
}

function tensor(name: string, { shape, values = [], type = "FLOAT" }: CaseTensor): TensorProto {
  const data = type === "FLOAT"
    ? { floatData: [...values] }
    : type === "INT64"
    ? { int64Data: [...values] }
    : { int32Data: [...values] };
  return { name, dims: [...shape], dataType: TYPES[type], ...data };
}

/** The file of a case. */
export function caseFile(operator: Operator, given: OperatorCase): CaseFile {
  const names = given.inputs.map((_, at) => `x${at}`);
  const outputs = Array.from({ length: given.outputs ?? 1 }, (_, at) => `y${at}`);
  const value = (name: string, elemType: number, shape?: readonly number[]) => ({
    name,
    type: {
      tensorType: {
        elemType,
        ...shape === undefined ? {} : { shape: { dim: shape.map((dimValue) => ({ dimValue })) } },
      },
    },
  });
  const write = (shown: string[], made: { type: number; shape?: readonly number[] }[]) =>
    encodeModel({
      irVersion: 8,
      opsetImport: [{ version: given.opset ?? 17 }],
      graph: {
        name: operator.name,
        node: [{
          opType: operator.name,
          name: "node",
          input: given.inputs.map((tensor, at) => tensor === null ? "" : names[at]),
          output: outputs,
          attribute: Object.entries(given.attributes ?? {}).map(attribute),
        }],
        input: given.inputs.flatMap((tensor, at) =>
          tensor === null || tensor.values !== undefined
            ? []
            : [value(names[at], TYPES[tensor.type ?? "FLOAT"], tensor.shape)]
        ),
        initializer: given.inputs.flatMap((own, at) => own?.values === undefined ? [] : [tensor(names[at], own)]),
        output: shown.map((name, at) => value(name, made[at].type, made[at].shape)),
      },
    });
  // The places of a TopK and the statistics of a BatchNormalization are left out.
  const isFirstAlone = ["BatchNormalization", "TopK"].includes(operator.name);
  const shown = isFirstAlone ? outputs.slice(0, 1) : outputs;
  const plain = write(shown, shown.map(() => ({ type: DataType.FLOAT })));
  const network = lowerOnnx(plain);
  const made = network.outputs.map((place, at) => ({
    type: OUTPUTS[network.outputTypes[at]] ?? DataType.FLOAT,
    shape: network.nodes[place].shape,
  }));
  const name = given.name === undefined ? operator.name : `${operator.name} ${given.name}`;
  return { name, operator, given, bytes: write(shown, made), network };
}

/** Inputs of a case, drawn. */
export function inputsOf({ given }: CaseFile, seed: number): Float32Array[] {
  const next = random(seed);
  return given.inputs.flatMap((own) => {
    if (own === null || own.values !== undefined) return [];
    const isBool = own.type === "BOOL", [low, high] = isBool ? [0, 1] : own.range ?? [-2, 2];
    const isWhole = own.type !== undefined;
    const size = own.shape.reduce((a, b) => a * b, 1);
    return [
      Float32Array.from(
        { length: size },
        () => isWhole ? low + Math.floor(next() * (high - low + 1)) : Math.fround(low + next() * (high - low)),
      ),
    ];
  });
}
