/**
 * Models and inputs on their way to a hub.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import type { UploadedFile } from "./graphql.ts";

/** An `input.json` or `cal_data.json`: its bytes, its text, or what it holds. */
export type HubData = Uint8Array | string | HubInput;

/** What an `input.json` holds: a flat list of numbers for each input of the model. */
export interface HubInput {
  /** The inputs; in a calibration file several samples follow each other in each list. */
  input_data: ArrayLike<number>[];
}

/**
 * The bytes of a model.
 * @throws {ArgumentError} for anything but bytes
 */
export function modelFile(caller: string, model: Uint8Array): UploadedFile {
  if (model instanceof Uint8Array && model.length > 0) {
    return { name: "network.onnx", type: "application/octet-stream", bytes: model };
  }
  throw new ArgumentError(
    `${caller}: model is ${kindOf(model)}, expected the bytes of an ONNX file, as exportOnnx() makes them`,
  );
}

/**
 * The bytes of an input or of calibration samples.
 * @throws {ArgumentError} for anything that is none of a {@linkcode HubData}
 */
export function dataFile(caller: string, argument: string, name: string, data: HubData): UploadedFile {
  const type = "application/json";
  if (data instanceof Uint8Array && data.length > 0) return { name, type, bytes: data };
  if (typeof data === "string" && data !== "") return { name, type, bytes: new TextEncoder().encode(data) };
  const lists: unknown = (data as Partial<HubInput> | null)?.input_data;
  if (Array.isArray(lists) && lists.every((list) => Array.isArray(list) || ArrayBuffer.isView(list))) {
    const plain = { ...data as HubInput, input_data: (lists as ArrayLike<number>[]).map((list) => Array.from(list)) };
    return { name, type, bytes: new TextEncoder().encode(JSON.stringify(plain)) };
  }
  throw new ArgumentError(
    `${caller}: ${argument} is ${kindOf(data)}, expected the bytes or the text of ${name}, as ` +
      `${argument === "data" ? "inputJson()" : "calibrationJson()"} makes it, or {input_data: [[…]]}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined || typeof value !== "object") return value === "" ? "empty" : typeof value;
  if (value instanceof Uint8Array) return "empty";
  return `of the class ${value.constructor?.name ?? "Object"}`;
}
