/**
 * The errors of the engine. Each is a sentence that says what was wrong, where,
 * what was given, what was expected, and what to do.
 * @module
 */

/** The base of every error that zkgrad throws on purpose. */
export class ZkgradError extends Error {
  /** The class, as text. */
  override name = "ZkgradError";
}

/** Shapes that do not fit together, at the layer that refused them. */
export class ShapeError extends ZkgradError {
  /** The class, as text. */
  override name = "ShapeError";
}

/** An argument outside its domain. */
export class ArgumentError extends ZkgradError {
  /** The class, as text. */
  override name = "ArgumentError";
}

/** A file or byte string that is not what it claims to be. */
export class FormatError extends ZkgradError {
  /** The class, as text. */
  override name = "FormatError";
}

/** No GPU adapter answers on this machine. */
export class NoAdapterError extends ZkgradError {
  /** The class, as text. */
  override name = "NoAdapterError";
}

/** The GPU refused, was lost, or ran out of memory. */
export class DeviceError extends ZkgradError {
  /** The class, as text. */
  override name = "DeviceError";
}

/** A compute kernel that does not compile; the message holds the line. */
export class ShaderError extends ZkgradError {
  /** The class, as text. */
  override name = "ShaderError";
}

/** A value that is not a number appeared during training. */
export class NonFiniteError extends ZkgradError {
  /** The class, as text. */
  override name = "NonFiniteError";
}

/** Runs `body`; an error that it throws says first where it happened. */
export function prefixed<T>(where: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof Error) error.message = `${where}: ${error.message}`;
    throw error;
  }
}
