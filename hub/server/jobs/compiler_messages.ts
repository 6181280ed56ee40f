/**
 * What the compiler and its Worker say to each other.
 * @module
 */
import type { CalibrationReport } from "../../client/calibration_report.ts";
import type { Price } from "../../ezkl/mod.ts";
import type { SentError } from "./compiler_errors.ts";

/** A model to find a circuit for. */
export interface CalibrateRequest {
  /** The ONNX file. */
  onnx: Uint8Array;
  /** A cal_data.json, or an input.json with its one sample. */
  data: Uint8Array;
  /** resources, resources/col-overflow, accuracy or fidelity. */
  target: string;
  /** Share of the samples that may be answered otherwise, for fidelity. */
  tolerance: number;
  /** Run arguments, JSON. */
  runArgs: string;
}

/** A circuit that was found. */
export interface CalibrateResult {
  /** settings.json. */
  settings: Uint8Array<ArrayBuffer>;
  /** The network with the circuit's weights, where they are not the file's own. */
  onnx: Uint8Array<ArrayBuffer> | null;
  /** network.compiled. */
  compiled: Uint8Array<ArrayBuffer>;
  /** What proving it takes. */
  price: Price;
  /** How it was chosen. */
  report: CalibrationReport;
}

/** Settings and the file to compile with them. */
export interface CompileRequest {
  /** The ONNX file, or the calibrated one. */
  onnx: Uint8Array;
  /** settings.json. */
  settings: Uint8Array;
}

/** A compiled circuit. */
export interface CompileResult {
  /** network.compiled. */
  compiled: Uint8Array<ArrayBuffer>;
  /** What proving it takes. */
  price: Price;
}

/** A reference string to make. */
export interface SrsRequest {
  /** Its k. */
  logrows: number;
}

/** A reference string for tests. */
export interface SrsResult {
  /** Its bytes. */
  srs: Uint8Array<ArrayBuffer>;
}

/** Every call with what it takes and gives. */
export interface CompilerCalls {
  /** Chooses and compiles a circuit. */
  calibrate: { request: CalibrateRequest; result: CalibrateResult };
  /** Compiles at known settings. */
  compile: { request: CompileRequest; result: CompileResult };
  /** Makes an unsafe reference string. */
  srs: { request: SrsRequest; result: SrsResult };
}

/** To the Worker. */
export type ToCompiler = {
  [Name in keyof CompilerCalls]: { call: Name; request: CompilerCalls[Name]["request"] };
}[keyof CompilerCalls];

/** From the Worker: how far it is, then one of the others. */
export type FromCompiler =
  | { kind: "progress"; done: number }
  | { kind: "result"; result: CompilerCalls[keyof CompilerCalls]["result"] }
  | { kind: "error"; error: SentError };
