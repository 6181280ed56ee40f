/** Stands between a program and Postgres, and cuts a connection at a chosen message. */
export class CuttingProxy {
  readonly #listener: Deno.TcpListener;
  readonly #target: URL;
  readonly #connections = new Set<Deno.Conn>();
  readonly #serving: Promise<void>;
  #cut: { word: string; when: "before" | "after" } | null = null;

  /** Stands before the database at `url`. */
  constructor(url: string) {
    this.#target = new URL(url);
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#serving = this.#serve();
  }

  /** The address to give to the program. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = `${this.#listener.addr.port}`;
    return url.href;
  }

  /** Cuts the next connection that says `word`: before Postgres hears it, or after it has answered. */
  cutAt(word: string, when: "before" | "after"): void {
    this.#cut = { word, when };
  }

  /** Whether the cut was made. */
  get wasCut(): boolean {
    return this.#cut === null;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const connection of [...this.#connections]) end(connection);
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const pairs: Promise<void>[] = [];
    for await (const client of this.#listener) pairs.push(this.#join(client));
    await Promise.all(pairs);
  }

  async #join(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({ hostname: this.#target.hostname, port: Number(this.#target.port) });
    this.#connections.add(client).add(server);
    let deaf = false;
    const toServer = copy(client, server, (text) => {
      if (this.#cut === null || !text.includes(this.#cut.word)) return true;
      deaf = this.#cut.when === "after";
      this.#cut = null;
      return deaf;
    });
    const toClient = copy(server, client, () => !deaf);
    await Promise.race([toServer, toClient]);
    for (const connection of [client, server]) {
      end(connection);
      this.#connections.delete(connection);
    }
    await Promise.all([toServer, toClient]);
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn, mayPass: (text: string) => boolean): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    while (true) {
      const read = await from.read(buffer);
      if (read === null || !mayPass(new TextDecoder().decode(buffer.subarray(0, read)))) return;
      for (let written = 0; written < read;) written += await to.write(buffer.subarray(written, read));
    }
  } catch {
    // The other direction has ended the connection.
  }
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
