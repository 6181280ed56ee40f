/**
 * Server-sent events, read from the body of an answer.
 * @module
 */

/** One event. */
export interface ServerEvent {
  /** Its kind; `message` where none is said. */
  event: string;
  /** What it carries. */
  data: string;
}

/** An event of more characters is no event of a hub. */
const LIMIT = 2 ** 24;

/**
 * The events of a stream, in the format that the HTML standard gives for `text/event-stream`.
 * `heard` is called with every piece that arrives, comments included, which servers send to
 * keep a connection open. An event that the stream's end cuts is dropped, as the standard says.
 */
export async function* serverEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<ServerEvent, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "", event = "", data: string[] = [];
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      text += decoder.decode(value, { stream: true });
      // A carriage return at the end may be half of a line break.
      const lines = text.split(/\r\n|\n|\r(?!$)/);
      text = lines.pop()!;
      if (text.length + data.reduce((sum, { length }) => sum + length, 0) > LIMIT) return;
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { event: event || "message", data: data.join("\n") };
          event = "";
          data = [];
          continue;
        }
        const [, field, content] = /^([^:]*):? ?(.*)$/s.exec(line)!;
        if (field === "event") event = content;
        else if (field === "data") data.push(content);
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
