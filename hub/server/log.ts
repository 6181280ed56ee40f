/**
 * What the hub says of its work: a line of JSON for each event, with no secret and no input in it.
 * @module
 */

/** What is told of an event. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** Where events are told. */
export interface Log {
  /** Something happened that should. */
  info(event: string, fields?: LogFields): void;
  /** Something happened that an operator may want to look at. */
  warn(event: string, fields?: LogFields): void;
  /** Something happened that an operator should look at. */
  error(event: string, fields?: LogFields): void;
}

const encoder = new TextEncoder();

/** A log of JSON lines on standard output. */
export function jsonLog(write: (line: Uint8Array) => void = (line) => Deno.stdout.writeSync(line)): Log {
  const say = (level: string) => (event: string, fields: LogFields = {}): void => {
    write(encoder.encode(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`));
  };
  return { info: say("info"), warn: say("warn"), error: say("error") };
}
