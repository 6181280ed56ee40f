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

  /** What comes until it holds this text, or the other end closes. */
  async until(text: string): Promise<string> {
    let all = "";
    const buffer = new Uint8Array(65536);
    while (!all.includes(text)) {
      const count = await this.#connection.read(buffer).catch(() => null);
      if (count === null) break;
      all += new TextDecoder().decode(buffer.subarray(0, count));
    }
    return all;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
