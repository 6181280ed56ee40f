/**
 * A self-hosted EZKL hub: models come in over GraphQL, circuits and keys are made, and
 * proofs are served. One process on one folder, or as many as wanted on a Postgres and
 * S3-compatible storage.
 *
 * @example
 * ```ts ignore
 * // Not run here: it opens a port; the example of @zkgrad/zkgrad/hub runs.
 * await using hub = await startHub({ data: "hub-data", port: 0 });
 * const credentials = await getHubCredentials({ url: hub.url, apiKey: hub.apiKey!, organization: hub.organization });
 * ```
 * @module
 */
export { ZkgradError } from "../../core/base/errors.ts";
export type { HubConfig, S3Config } from "./config.ts";
export { ConfigError, DataFolderBusyError, HubError } from "./errors.ts";
export { type Hub, startHub } from "./hub.ts";
export { jsonLog, type Log, type LogFields } from "./log.ts";
export { defaultConfig } from "./options.ts";
