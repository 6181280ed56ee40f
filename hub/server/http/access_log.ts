/**
 * One line for each request, once its answer is on its way or its last byte is.
 * @module
 */
import type { LogFields } from "../log.ts";

/** What is told of a request: never a key, a variable or a body. */
export interface AccessEntry {
  /** The request's name. */
  requestId: string;
  /** GET and so on. */
  method: string;
  /** The route's pattern. */
  route: string;
  /** HTTP status. */
  status: number;
  /** Whose key it was. */
  organization: string | null;
  /** When it began, by performance.now(). */
  began: number;
}

/**
 * Calls `tell` with the line and the seconds when the last byte of the answer is on its way; returns the answer to
 * send. Small answers are sent as they are; files and events are counted as they go.
 */
export async function telling(
  response: Response,
  { began, ...rest }: AccessEntry,
  tell: (line: LogFields, seconds: number) => void,
): Promise<Response> {
  let told = false;
  const end = (bytes: number, whole: boolean): void => {
    if (told) return;
    told = true;
    const ms = performance.now() - began;
    tell({ ...rest, ms: Math.round(ms * 10) / 10, bytes, ...(whole ? {} : { cut: true }) }, ms / 1000);
  };
  const { status, headers, body } = response;
  if (body === null) {
    end(0, true);
    return response;
  }
  if (isStreamed(headers)) return new Response(counted(body, end), { status, headers });
  const bytes = await response.bytes();
  end(bytes.length, true);
  return new Response(bytes, { status, headers });
}

/** Files say how long they are, as what is made here does not. */
function isStreamed(headers: Headers): boolean {
  return headers.has("Content-Length") || headers.get("Content-Type")?.startsWith("text/event-stream") === true;
}

function counted(
  body: ReadableStream<Uint8Array>,
  end: (bytes: number, whole: boolean) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          end(bytes, true);
          return;
        }
        bytes += value.length;
        controller.enqueue(value);
      } catch (error) {
        end(bytes, false);
        controller.error(error);
      }
    },
    async cancel(reason): Promise<void> {
      end(bytes, false);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
