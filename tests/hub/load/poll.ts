/**
 * Many clients that ask a hub for an artifact or a proof, each so many times a second, as those of the
 * hosted hub did. A process of its own: it reads what to do from its arguments and prints its findings.
 *
 *     deno run --allow-net tests/hub/load/poll.ts '{"url": ..., "clients": 200, ...}'
 */

/** What is to be done. */
export interface PollOrder {
  url: string;
  apiKey: string;
  artifact: string;
  proofs: string[];
  clients: number;
  /** Requests of one client in a second. */
  rate: number;
  seconds: number;
}

/** What was found; times in milliseconds. */
export interface PollReport {
  requests: number;
  /** What went wrong, and how often. */
  errors: Record<string, number>;
  p50: number;
  p90: number;
  p99: number;
  most: number;
}

const ARTIFACT = `query($id: String!) { artifact(id: $id) { id name status errors } }`;

function proofQuery(id: string): string {
  return `query { getProof(id: "${id}") { id artifact { id name } status proof instances transcriptType } }`;
}

/** Asks, for as long as ordered; requests begin when they are due, whether the one before it is answered or not. */
async function poll(order: PollOrder): Promise<PollReport> {
  const { url, apiKey, artifact, proofs, clients, rate, seconds } = order;
  const times: number[] = [], errors: Record<string, number> = {};
  const count = (what: string) => errors[what] = (errors[what] ?? 0) + 1;
  const headers = { "API-Key": apiKey, "content-type": "application/json" };
  const ask = async (body: string) => {
    const begun = performance.now();
    try {
      const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body });
      const text = await answer.text();
      times.push(performance.now() - begun);
      if (!answer.ok) count(`status ${answer.status}`);
      else if (text.includes('"errors":[{') || !text.includes('"status":')) count(text.slice(0, 200));
    } catch (error) {
      count((error as Error).message);
    }
  };
  const period = 1000 / rate, begin = performance.now() + 200;
  const client = async (index: number) => {
    const body = index % 2 === 0
      ? JSON.stringify({ query: ARTIFACT, variables: { id: artifact } })
      : JSON.stringify({ query: proofQuery(proofs[(index >> 1) % proofs.length]!) });
    const running: Promise<void>[] = [];
    for (let turn = 0; turn < rate * seconds; turn++) {
      const due = begin + (turn + index / clients) * period;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      running.push(ask(body));
    }
    await Promise.all(running);
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  times.sort((a, b) => a - b);
  const quantile = (share: number) => Math.round(10 * (times[Math.ceil(share * times.length) - 1] ?? NaN)) / 10;
  return {
    requests: times.length,
    errors,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    most: quantile(1),
  };
}

if (import.meta.main) {
  const report = await poll(JSON.parse(Deno.args[0]!));
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(report) + "\n"));
}
