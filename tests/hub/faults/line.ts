/** A line to a server that can go dead: connections still come about, and no byte gets through. */
export class Line implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: number;
  readonly #ends = new Set<Deno.TcpConn>();
  #dead = false;

  /** To a port of this machine. */
  constructor(target: number) {
    this.#target = target;
    void this.#serve();
  }

  /** Where it begins. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** From now on what is sent is lost, on connections that there are and on new ones. */
  cut(): void {
    this.#dead = true;
  }

  /** New connections work again; those that lost something break. */
  mend(): void {
    this.#hangUp();
    this.#dead = false;
  }

  /** Ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await Promise.resolve();
    this.#hangUp();
  }

  async #serve(): Promise<void> {
    for await (const near of this.#listener) {
      this.#ends.add(near);
      if (!this.#dead) void this.#connect(near);
    }
  }

  async #connect(near: Deno.TcpConn): Promise<void> {
    try {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#ends.add(far);
      await Promise.all([this.#pass(near, far), this.#pass(far, near)]);
    } catch {
      this.#close(near);
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const block = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await from.read(block);
        // A dead line does not tell either that the other side hung up.
        if (this.#dead) return;
        if (count === null) break;
        for (let at = 0; at < count;) at += await to.write(block.subarray(at, count));
      }
    } catch {
      // A broken connection ends like one that was closed.
    }
    if (this.#dead) return;
    this.#close(from);
    this.#close(to);
  }

  #hangUp(): void {
    for (const end of this.#ends) this.#close(end);
  }

  #close(end: Deno.TcpConn): void {
    if (this.#ends.delete(end)) end.close();
  }
}
