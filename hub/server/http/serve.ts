/**
 * Listening, and ending without cutting anybody off.
 * @module
 */
import type { Services } from "../services.ts";
import { createHandler } from "./handler.ts";
import type { RequestLimits } from "./limits.ts";

/** A server that listens. */
export interface RunningServer {
  /** Its address, such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Takes no more requests, waits so many seconds for answers under way, then cuts them off. */
  stop(seconds: number): Promise<void>;
}

/** Connections without a request are closed at once. */
const LINGER_MS = 2000;

/** Listens at the configured address; `tmp` is a folder for temporary files. */
export function serve(
  services: Services,
  { tmp }: { tmp: string },
  limits: Partial<RequestLimits> = {},
): RunningServer {
  const { config: { host, port }, log } = services;
  const handler = createHandler(services, { tmp }, limits);
  const cut = new AbortController();
  const options = {
    hostname: host,
    port,
    signal: cut.signal,
    onListen: (): void => {},
    onError: (error: unknown): Response => {
      log.error("answer failed", { error: String(error).slice(0, 500) });
      return new Response(null, { status: 500 });
    },
  };
  const server = Deno.serve(options, handler);
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${server.addr.port}`,
    async stop(seconds): Promise<void> {
      // Deno's own shutdown would break off the bodies that are being read.
      const cutOff = await handler.drain(seconds);
      if (cutOff > 0) log.warn("answers cut off", { seconds, answers: cutOff });
      // A connection whose client does not go on reading must not keep the hub.
      const ended = cutOff > 0 ? server.finished : server.shutdown();
      if (cutOff > 0) cut.abort();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LINGER_MS);
      await Promise.race([ended, late]);
      clearTimeout(timer);
    },
  };
}
