/** A connection on which a test writes HTTP itself, byte by byte. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    return new RawConnection(await Deno.connect({ hostname, port: Number(port) }));
  }

  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** What comes until the end of an answer's headers. */
  async head(): Promise<string> {
    return await this.#until((text) => text.includes("\r\n\r\n"));
  }

  /** What comes until the other end closes, or nothing more does for a while. */
  async rest(): Promise<string> {
    return await this.#until(() => false);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #until(enough: (text: string) => boolean): Promise<string> {
    let text = "";
    const buffer = new Uint8Array(65536);
    while (!enough(text)) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return text;
  }
}
