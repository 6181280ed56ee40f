/**
 * Which organisation a key is of.
 * @module
 */
import { checkAddress, type HubAddress, type HubCallOptions } from "./access.ts";
import { calling, checkText } from "./call.ts";
import { HubRefusedError } from "./errors.ts";
import { type Operation, runOperation } from "./graphql.ts";

/** What every other call needs; holds the API key, so do not print it. */
export interface HubCredentials extends HubAddress {
  /** The hub. */
  url: string;
  /** The key. */
  apiKey: string;
  /** The organisation that artifacts belong to. */
  organizationId: string;
  /** Its name. */
  organization: string;
}

/** What {@linkcode getHubCredentials} is given. */
export interface CredentialsRequest extends HubCallOptions {
  /** Such as `http://127.0.0.1:8000` or `https://hub.example.org/graphql`. */
  url: string;
  /** The organisation's API key. */
  apiKey: string;
  /** The organisation's name; on the hosted hub it was the user's. Default: the one whose the key is. */
  organization?: string | undefined;
}

const OWN = `{ organizations { id name } }`;
const QUERY = `query($username: String!) { organizations(name: $username) { id name } }`;

/**
 * Looks up the organisation of a key: EZKL's `get_hub_credentials`.
 *
 * @example
 * ```ts ignore
 * // Not run: it asks a hub that runs elsewhere; the module's own example runs.
 * const credentials = await getHubCredentials({ url: "http://127.0.0.1:8000", apiKey, organization: "local" });
 * const { id } = await createHubArtifact({ credentials, name: "lenet", model, data });
 * ```
 * @throws {HubRefusedError} where the key is wrong or of another organisation
 * @throws {HubUnreachableError} where no hub answers
 */
export async function getHubCredentials(request: CredentialsRequest): Promise<HubCredentials> {
  const caller = "getHubCredentials()";
  checkAddress(caller, request);
  const { url, apiKey, organization } = request;
  if (organization !== undefined) checkText(caller, "organization", organization);
  return await calling(caller, request, async (hub, signal) => {
    const asked: Pick<Operation, "query" | "variables"> = organization === undefined
      ? { query: OWN, variables: {} }
      : { query: QUERY, variables: { username: organization } };
    const { organizations } = await runOperation(hub, { caller, ...asked, repeatable: true, signal });
    const list: unknown[] = Array.isArray(organizations) ? organizations : [];
    const found = list.find((each): each is { id: string; name: string } =>
      typeof (each as { id?: unknown } | null)?.id === "string"
    );
    if (found === undefined) {
      throw new HubRefusedError(
        `${caller}: ${hub.place} has no organisation ${JSON.stringify(organization ?? "")} for this key; check both`,
      );
    }
    return { url, apiKey, organizationId: found.id, organization: found.name ?? organization ?? "" };
  });
}
