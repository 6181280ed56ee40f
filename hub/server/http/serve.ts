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
  /** Takes no more connections, waits so many seconds for answers under way, then cuts them off. */
  stop(seconds: number): Promise<void>;
}

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
      handler.drain();
      const timer = setTimeout(() => {
        log.warn("answers cut off", { seconds });
        cut.abort();
      }, seconds * 1000);
      try {
        await Promise.race([server.shutdown(), server.finished]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
