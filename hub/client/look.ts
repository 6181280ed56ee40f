/**
 * What a hub tells of its line and its workers, and of what a model takes.
 * @module
 */
import { checkAccess, type HubAccess } from "./access.ts";
import { calling, checkText } from "./call.ts";
import { HubClientError } from "./errors.ts";
import { runOperation } from "./graphql.ts";

/** Where a job stands. */
export interface HubLine {
  /** Jobs before it that are not done; 0 once a worker has it. */
  ahead: number;
  /** Seconds until it is done, by what such jobs took lately and what its circuit costs; null where nobody can tell. */
  expectedSeconds: number | null;
}

/** A process that takes jobs. */
export interface HubWorker {
  /** Its name, of its own choice. */
  id: string;
  /** Memory for jobs. */
  memoryGiB: number;
  /** When it last said that it lives, in ISO 8601. */
  seen: string;
}

/** An input of a model. */
export interface HubModelInput {
  /** Its name in the ONNX file. */
  name: string;
  /** Its sizes; null where the file leaves one open. */
  shape: (number | null)[];
}

/** Where the job of an artifact stands; null once it is over. */
export async function getHubArtifactLine(id: string, access: HubAccess): Promise<HubLine | null> {
  return await ofRecord("getHubArtifactLine()", "artifact", "line { ahead expectedSeconds }", id, access, lineOf);
}

/** Where the job of a proof stands; null once it is over. */
export async function getHubProofLine(id: string, access: HubAccess): Promise<HubLine | null> {
  return await ofRecord("getHubProofLine()", "getProof", "line { ahead expectedSeconds }", id, access, lineOf);
}

/** What an artifact's model takes: `data` of {@linkcode proveHub} has a list for each. */
export async function getHubModelInputs(id: string, access: HubAccess): Promise<HubModelInput[]> {
  const caller = "getHubModelInputs()";
  return await ofRecord(caller, "artifact", "inputs { name shape }", id, access, ({ inputs }) => {
    if (Array.isArray(inputs)) return inputs as HubModelInput[];
    throw new HubClientError(`${caller}: the hub's answer holds no inputs; is url a hub's address?`);
  });
}

/** Who takes jobs at a hub now. */
export async function listHubWorkers(access: HubAccess): Promise<HubWorker[]> {
  const caller = "listHubWorkers()";
  checkAccess(caller, access);
  const query = "{ workers { id memoryGiB seen } }";
  const { workers } = await calling(
    caller,
    access,
    (hub, signal) => runOperation(hub, { caller, query, variables: {}, repeatable: true, signal }),
  );
  if (Array.isArray(workers)) return workers as HubWorker[];
  throw new HubClientError(`${caller}: the hub's answer holds no workers; is url a hub's address?`);
}

async function ofRecord<T>(
  caller: string,
  field: "artifact" | "getProof",
  selection: string,
  id: string,
  access: HubAccess,
  read: (record: Record<string, unknown>) => T,
): Promise<T> {
  checkAccess(caller, access);
  checkText(caller, "id", id);
  return await calling(caller, access, async (hub, signal) => {
    const query = `query($id: String!) { ${field}(id: $id) { ${selection} } }`;
    const data = await runOperation(hub, { caller, query, variables: { id }, repeatable: true, signal });
    return read((data[field] ?? {}) as Record<string, unknown>);
  });
}

function lineOf({ line }: Record<string, unknown>): HubLine | null {
  return (line ?? null) as HubLine | null;
}
