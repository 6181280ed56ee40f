/**
 * What only a request can get wrong, and how errors are answered.
 * @module
 */
import { HubError, TooManyRequestsError } from "../errors.ts";
import { publicError } from "../public_error.ts";

/** The client was too slow. */
export class RequestTimeoutError extends HubError {
  /** The class, as text. */
  override name = "RequestTimeoutError";
  /** HTTP status. */
  override readonly status: number = 408;
  /** For programs. */
  override readonly code: string = "REQUEST_TIMEOUT";
}

/** There is such an address, but not for this method. */
export class MethodNotAllowedError extends HubError {
  /** The class, as text. */
  override name = "MethodNotAllowedError";
  /** HTTP status. */
  override readonly status: number = 405;
  /** For programs. */
  override readonly code: string = "METHOD_NOT_ALLOWED";
  /** Methods that there are, for the header Allow. */
  readonly allowed: readonly string[];

  /** With the methods that there are. */
  constructor(message: string, allowed: readonly string[]) {
    super(message);
    this.allowed = allowed;
  }
}

/** The body is of a type that is not read. */
export class UnsupportedMediaTypeError extends HubError {
  /** The class, as text. */
  override name = "UnsupportedMediaTypeError";
  /** HTTP status. */
  override readonly status: number = 415;
  /** For programs. */
  override readonly code: string = "UNSUPPORTED_MEDIA_TYPE";
}

/** The client asks for a type of answer that there is not. */
export class NotAcceptableError extends HubError {
  /** The class, as text. */
  override name = "NotAcceptableError";
  /** HTTP status. */
  override readonly status: number = 406;
  /** For programs. */
  override readonly code: string = "NOT_ACCEPTABLE";
}

/** The hub is about to end; another, or this one started again, takes the request. */
export class StoppingError extends HubError {
  /** The class, as text. */
  override name = "StoppingError";
  /** HTTP status. */
  override readonly status: number = 503;
  /** For programs. */
  override readonly code: string = "STOPPING";
}

/** An error as an answer, in GraphQL's form for every address, so that a client needs to know only one. */
export function errorResponse(error: unknown, requestId: string): Response {
  const { message, code, status } = publicError(error);
  const headers = new Headers();
  if (error instanceof TooManyRequestsError) {
    headers.set("Retry-After", String(Math.max(1, Math.ceil(error.retryAfter))));
  }
  if (status === 503) headers.set("Retry-After", "2");
  if (error instanceof MethodNotAllowedError) headers.set("Allow", error.allowed.join(", "));
  if (status === 401) headers.set("WWW-Authenticate", 'Bearer realm="hub"');
  return Response.json({ data: null, errors: [{ message, extensions: { code, requestId } }] }, { status, headers });
}
