/** What a page of a browser loads: the client, and one story that goes through all of it. */
import {
  calibrationJson,
  createHubArtifact,
  downloadProof,
  getHubArtifact,
  getHubCredentials,
  HubClientError,
  inputJson,
  listHubArtifacts,
  pinArtifact,
  proveHub,
  verifyHubProof,
  waitForArtifact,
  waitForProof,
} from "../../../hub/mod.ts";

/** What the story comes to; bytes as numbers, which travel. */
export interface Told {
  artifactId: string;
  stages: string[];
  streams: number;
  requests: number;
  names: string[];
  pin: { settings: number[]; vk: number[]; srs: number[] };
  proof: number[];
  /** What the page itself found. */
  holds: boolean;
}

/** Deploys a model and has it prove something. */
async function tutorial(url: string, apiKey: string, model: number[]): Promise<Told> {
  let streams = 0, requests = 0;
  const counted: typeof fetch = (input, init) => {
    requests++;
    if (new Headers(init?.headers).get("accept") === "text/event-stream") streams++;
    return fetch(input, init);
  };
  const credentials = await getHubCredentials({ url, apiKey, organization: "local", fetch: counted });
  const access = { credentials, fetch: counted };
  const samples = Array.from({ length: 4 }, (_, n) => Float32Array.of(n % 2, 1, 0));
  const { id: artifactId } = await createHubArtifact({
    ...access,
    name: "from a page",
    model: Uint8Array.from(model),
    data: inputJson(samples[0]),
    calibrationData: calibrationJson(samples),
    runArgs: { inputScale: 4, paramScale: 4, scaleRebaseMultiplier: 1, decompBase: 64, decompLegs: 3 },
  });
  const stages = new Set<string>();
  const onProgress = ({ stage }: { stage?: string }) => void stages.add(stage!);
  await waitForArtifact(artifactId, { ...access, onProgress, timeout: 60_000 });
  const pin = await pinArtifact(artifactId, access);
  const { id } = await proveHub({ ...access, id: artifactId, data: inputJson(samples[1]) });
  await waitForProof(id, { ...access, timeout: 60_000 });
  const names: string[] = [];
  for await (const { name } of listHubArtifacts(access)) names.push(name);
  const proof = await downloadProof(id, access);
  return {
    artifactId,
    stages: [...stages],
    streams,
    requests,
    names,
    pin: { settings: [...pin.settingsFile], vk: [...pin.vk], srs: [...pin.srs] },
    proof: [...proof],
    holds: await verifyHubProof(proof, pin),
  };
}

/** The error that asking for an artifact ends with. */
async function complaint(url: string, apiKey: string): Promise<Record<string, unknown>> {
  try {
    await getHubArtifact(crypto.randomUUID(), { url, apiKey, patience: 500 });
  } catch (error) {
    const { name, message, status, requestId } = error as HubClientError;
    return { name, message, status, requestId, known: error instanceof HubClientError };
  }
  throw new Error("an error was expected");
}

Object.assign(globalThis, { page: { tutorial, complaint } });
