/** A loopback server that answers by a script: for what no real hub does when it is asked to. */

/** A request that the server got, with its body read. */
export interface Got {
  method: string;
  path: string;
  headers: Headers;
  /** The operation of a JSON body, or the `operations` part of a multipart one. */
  query: string;
  variables: Record<string, unknown>;
  /** The parts of a multipart body. */
  form: FormData | null;
}

export interface Scripted extends AsyncDisposable {
  url: string;
  /** Every request so far. */
  got: Got[];
}

/** Serves until it is disposed of; `answer` is given each request and its number from 0. */
export function scripted(answer: (got: Got, index: number) => Response | Promise<Response>): Scripted {
  const got: Got[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const multipart = request.headers.get("content-type")?.startsWith("multipart/form-data") ?? false;
    const form = multipart ? await request.formData() : null;
    const text = form ? String(form.get("operations")) : await request.text();
    const { query = "", variables = {} } = text === "" ? {} : JSON.parse(text);
    const { pathname } = new URL(request.url);
    const each = { method: request.method, path: pathname, headers: request.headers, query, variables, form };
    return await answer(each, got.push(each) - 1);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    got,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** An answer with `data`. */
export function data(value: unknown): Response {
  return Response.json({ data: value });
}

/** An answer with one error. */
export function refusal(message: string, code?: string, status = 200): Response {
  const extensions = code === undefined ? {} : { extensions: { code } };
  return Response.json({ data: null, errors: [{ message, ...extensions }] }, { status });
}

/** A stream of server-sent events from `pieces`, each as it is awaited. */
export function events(pieces: AsyncIterable<string> | Iterable<string>): Response {
  const encoder = new TextEncoder();
  const iterator = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await iterator.return?.(undefined);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** A `next` event as graphql-yoga writes it. */
export function next(name: string, record: unknown): string {
  return `event: next\ndata: ${JSON.stringify({ data: { [name]: record } })}\n\n`;
}

/** Whether a client wants events. */
export function wantsEvents({ headers }: Got): boolean {
  return headers.get("accept") === "text/event-stream";
}

/** A key like a hub's, which no message may show. */
export const KEY = "zkg_0f8c_SECRETSECRETSECRET";

/** The error of a promise that must be rejected. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the promise was expected to be rejected with an Error");
}
