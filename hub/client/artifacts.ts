/**
 * Artifacts: a model on a hub, with its circuit and its keys.
 * @module
 */
import { ArgumentError } from "../../core/base/errors.ts";
import { namesOf } from "../../core/base/known.ts";
import { type RunArgs, runArgs } from "../ezkl/format/run_args.ts";
import { checkAccess, type Hub, type HubAccess } from "./access.ts";
import { calling, checkText, withFields } from "./call.ts";
import { HubRefusedError } from "./errors.ts";
import { type Data, isUnknownField, type Json, runOperation } from "./graphql.ts";
import { PAGE_OPTIONS, type PageOptions, pages } from "./pages.ts";
import { ARTIFACT_CONTRACT, ARTIFACT_FIELDS, ARTIFACT_PROGRESS } from "./fields.ts";
import { artifactOf } from "./read_records.ts";
import type { HubArtifact } from "./records.ts";
import { dataFile, type HubData, modelFile } from "./uploads.ts";
import { visibilitiesOf, visibilityOf } from "./visibilities.ts";

/** What calibration may aim at: EZKL's targets and zkgrad's own. */
export type HubTarget = "resources" | "resources/col-overflow" | "accuracy" | "fidelity";

/** A model to deploy. */
export interface ArtifactDraft {
  /** What it is to be called. */
  name: string;
  /** The bytes of the ONNX file. */
  model: Uint8Array;
  /** An input of the model, an `input.json`. */
  data: HubData;
  /** Samples to calibrate with, a `cal_data.json`. Default: the input. */
  calibrationData?: HubData | undefined;
  /** Whose it is. Default: the credentials' organisation. */
  organizationId?: string | undefined;
  /** What calibration aims at. Default: resources. */
  target?: HubTarget | undefined;
  /**
   * Who sees what, and other arguments of the circuit. Default: inputs Private, outputs Public, and weights Fixed
   * in the key as in the tutorial, where EZKL's own default is Private; all else EZKL's.
   */
  runArgs?: Partial<RunArgs> | undefined;
  /** Share of the answers by which a circuit of the target fidelity may do worse. Default: 0, which leaves it to the hub. */
  tolerance?: number | undefined;
  /** For people. */
  description?: string | undefined;
  /**
   * The `settings.json` of a circuit that was calibrated before, for a model whose weights are that circuit's: the hub
   * compiles it as they say and calibrates nothing, so that the circuit is the same to the last byte. Who sees what is
   * then theirs.
   */
  settings?: Uint8Array | string | undefined;
}

const DRAFT = namesOf<ArtifactDraft>({
  name: true,
  model: true,
  data: true,
  calibrationData: true,
  organizationId: true,
  target: true,
  runArgs: true,
  tolerance: true,
  description: true,
  settings: true,
});

const VISIBILITIES = ["inputVisibility", "outputVisibility", "paramVisibility"] as const;

/** The hosted hub's own words, as its client sent them, with `more` that it did not know, by type. */
function createMutation(more: Readonly<Record<string, string>>): string {
  const declared = Object.entries(more).map(([name, type]) => `, $${name}: ${type}`).join("");
  const passed = Object.keys(more).map((name) => `, ${name}: $${name}`).join("");
  return `mutation($uncompiledModel: Upload!, $input: Upload!, $calibrationInput: Upload!, $organizationId: String!,
    $name: String!, $description: String, $calibrationTarget: String!, $tolerance: Float!, $inputVisibility: String!,
    $outputVisibility: String!, $paramVisibility: String!${declared}) {
    generateArtifact(name: $name, description: $description, uncompiledModel: $uncompiledModel,
      calibrationInput: $calibrationInput, input: $input, organizationId: $organizationId,
      calibrationTarget: $calibrationTarget, tolerance: $tolerance, inputVisibility: $inputVisibility,
      outputVisibility: $outputVisibility, paramVisibility: $paramVisibility${passed}) { ${ARTIFACT_CONTRACT} }
  }`;
}

/**
 * Deploys a model: EZKL's `create_hub_artifact`. The hub then calibrates and compiles the
 * circuit and makes its keys; {@linkcode waitForArtifact} follows that.
 *
 * The upload is not repeated where the hub may have taken it: the error says so.
 *
 * @example
 * ```ts ignore
 * // Not run: it asks a hub that runs elsewhere; the module's own example runs.
 * const { id } = await createHubArtifact({
 *   credentials,
 *   name: "lenet",
 *   model: onnx,
 *   data: inputJson(sample),
 *   calibrationData: calibrationJson(samples),
 * });
 * const artifact = await waitForArtifact(id, { credentials });
 * ```
 * @throws {ArgumentError} for a draft that cannot be sent
 * @throws {HubRefusedError} for a key or an upload that the hub does not take, and for run arguments that it does not know
 * @throws {HubUnreachableError} where no hub answers
 */
export async function createHubArtifact(draft: HubAccess & ArtifactDraft): Promise<HubArtifact> {
  const caller = "createHubArtifact()";
  checkAccess(caller, draft, DRAFT);
  const { name, model, data, calibrationData = data, target = "resources", description = "" } = draft;
  checkText(caller, "name", name);
  const tolerance = draft.tolerance ?? 0;
  if (!(tolerance >= 0 && tolerance <= 1)) {
    throw new ArgumentError(`${caller}: tolerance is ${tolerance}, expected a number from 0 to 1`);
  }
  const asked = draft.settings === undefined
    ? draft.runArgs ?? {}
    : visibilitiesOf(caller, draft.settings, draft.runArgs);
  const args = runArgs({ paramVisibility: "Fixed", ...asked });
  const [inputVisibility, outputVisibility, paramVisibility] = VISIBILITIES.map((each) =>
    visibilityOf(caller, each, args[each])
  );
  const files = {
    uncompiledModel: modelFile(caller, model),
    input: dataFile(caller, "data", "input.json", data),
    calibrationInput: dataFile(caller, "calibrationData", "cal_data.json", calibrationData),
    ...draft.settings === undefined ? {} : { settings: dataFile(caller, "settings", "settings.json", draft.settings) },
  };
  const named = Object.keys(asked).some((key) => !VISIBILITIES.some((each) => each === key));
  const more = {
    ...named ? { runArgs: "String" } : {},
    ...draft.settings === undefined ? {} : { settings: "Upload" },
  };
  return await calling(caller, draft, async (hub, signal) => {
    const organizationId = draft.organizationId ?? hub.organizationId;
    if (organizationId === null) {
      throw new ArgumentError(
        `${caller}: there is no organizationId; give it, or what getHubCredentials() returned as credentials`,
      );
    }
    const variables: Record<string, Json> = {
      ...{ uncompiledModel: null, input: null, calibrationInput: null },
      ...{ organizationId, name, description, calibrationTarget: target, tolerance },
      ...{ inputVisibility, outputVisibility, paramVisibility },
      ...named ? { runArgs: JSON.stringify(draft.runArgs, bigintsAsNumbers) } : {},
      ...draft.settings === undefined ? {} : { settings: null },
    };
    const operation = { caller, query: createMutation(more), variables, files, repeatable: false, signal };
    try {
      return artifactOf(caller, (await runOperation(hub, operation)).generateArtifact);
    } catch (error) {
      if (Object.keys(more).length === 0 || !isUnknownField(error)) throw error;
      const what = named ? "run arguments but who sees what; leave the others out" : "settings; leave them out";
      throw new HubRefusedError(`${caller}: ${hub.place} takes no ${what}`, { cause: error });
    }
  });
}

/**
 * What the hub knows of an artifact: EZKL's `get_hub_artifact`. A hub of the old contract
 * tells no more than id, name, status and errors.
 * @throws {HubRefusedError} where there is none of that id, or it is another organisation's
 */
export async function getHubArtifact(id: string, access: HubAccess): Promise<HubArtifact> {
  const caller = "getHubArtifact()";
  checkAccess(caller, access);
  checkText(caller, "id", id);
  return await calling(caller, access, (hub, signal) => askArtifact(caller, hub, id, ARTIFACT_FIELDS, signal));
}

/**
 * An organisation's artifacts, newest first, page by page as they are taken; with `sha256`, in hexadecimal, those alone
 * that have a file of this hash, such as a network, its circuit or its key.
 *
 * @example
 * ```ts ignore
 * // Not run: it asks a hub that runs elsewhere; the module's own example runs.
 * for await (const { id, name, status } of listHubArtifacts({ credentials })) print(id, name, status);
 * ```
 */
export async function* listHubArtifacts(
  options: HubAccess & PageOptions & { sha256?: string | undefined; organizationId?: string | undefined },
): AsyncGenerator<HubArtifact, void> {
  const caller = "listHubArtifacts()";
  checkAccess(caller, options, [...PAGE_OPTIONS, "sha256"]);
  const [declared, passed] = options.sha256 === undefined ? ["", ""] : ["$sha256: String, ", "sha256: $sha256, "];
  if (options.sha256 !== undefined) checkText(caller, "sha256", options.sha256);
  const query = `query($organizationId: String, ${declared}$first: Int, $after: String) {
    artifacts(organizationId: $organizationId, ${passed}first: $first, after: $after) {
      nodes { ${ARTIFACT_PROGRESS} description target files { name size sha256 url } createdAt } pageInfo { hasNextPage endCursor }
    }
  }`;
  const variables: Record<string, Json> = options.sha256 === undefined ? {} : { sha256: options.sha256.toLowerCase() };
  for await (const node of pages(caller, options, "artifacts", query, variables)) yield artifactOf(caller, node);
}

/**
 * Stops an artifact that is not done, and gives it as it is then.
 * @throws {HubRefusedError} where there is none of that id
 */
export async function cancelHubArtifact(id: string, access: HubAccess): Promise<HubArtifact> {
  const data = await change("cancelHubArtifact()", "cancelArtifact", ` { ${ARTIFACT_PROGRESS} }`, id, access);
  return artifactOf("cancelHubArtifact()", data.cancelArtifact);
}

/**
 * Removes an artifact with its files and its proofs; one that is gone already is no error.
 * @throws {HubRefusedError} where the key may not deploy
 */
export async function deleteHubArtifact(id: string, access: HubAccess): Promise<void> {
  await change("deleteHubArtifact()", "deleteArtifact", "", id, access, true);
}

/** An artifact with the fields that are asked for, or the old contract's. */
export async function askArtifact(
  caller: string,
  hub: Hub,
  id: string,
  fields: string,
  signal: AbortSignal,
  patience?: number,
): Promise<HubArtifact> {
  return await withFields(hub, fields, ARTIFACT_CONTRACT, async (fields) => {
    const query = `query($id: String!) { artifact(id: $id) { ${fields} } }`;
    const { artifact } = await runOperation(hub, {
      ...{ caller, query, variables: { id }, repeatable: true, signal },
      ...(patience === undefined ? {} : { patience }),
    });
    return artifactOf(caller, artifact ?? none(caller, hub, "artifact", id));
  });
}

/**
 * Runs a mutation that takes an id. Asked twice only where it is `repeatable`: the second time others would be refused,
 * though they were done.
 */
export async function change(
  caller: string,
  mutation: string,
  selection: string,
  id: string,
  access: HubAccess,
  repeatable = false,
): Promise<Data> {
  checkAccess(caller, access);
  checkText(caller, "id", id);
  return await calling(caller, access, async (hub, signal) => {
    const query = `mutation($id: String!) { ${mutation}(id: $id)${selection} }`;
    return await runOperation(hub, { caller, query, variables: { id }, repeatable, signal });
  });
}

/** Hubs of the old contract may answer null for what does not exist. */
export function none(caller: string, hub: Hub, what: string, id: string): never {
  throw new HubRefusedError(
    `${caller}: ${hub.place} has no ${what} ${JSON.stringify(id)} for this key; check the id and the key`,
    { code: "NOT_FOUND" },
  );
}

function bigintsAsNumbers(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
