/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The models of an organisation, and the form that deploys another.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { formatBytes } from "../../../core/base/format.ts";
import { listHubArtifacts } from "../../client/mod.ts";
import { DeployForm } from "./deploy.tsx";
import { Alert, Moment, StatusMark } from "./parts.tsx";
import { may, session } from "./session.ts";
import { useAsked } from "./use.ts";

/** The list, newest first. */
export function ModelsPage(): JSX.Element {
  const { credentials } = session.value!;
  const { value, error } = useAsked("models", async (signal) => {
    if (!may("read")) return [];
    return await Array.fromAsync(listHubArtifacts({ credentials, signal, pageSize: 100 }));
  });
  return (
    <div class="stack wide-gap">
      <h1>Models</h1>
      {may("deploy") && <DeployForm />}
      <Alert text={error} />
      {!may("read") && <p class="notice">This key has no scope to read, so what is deployed is not shown.</p>}
      {value !== null && may("read") && (value.length === 0
        ? <p class="quiet">Nothing is deployed yet.</p>
        : (
          <div class="scroll" role="region" aria-label="Models" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Model</th>
                  <th scope="col">Status</th>
                  <th scope="col" class="right">Size</th>
                  <th scope="col">Made</th>
                </tr>
              </thead>
              <tbody>
                {value.map(({ id, name, status, files = [], createdAt }) => (
                  <tr key={id}>
                    <td>
                      <a href={`#artifact/${id}`}>{name}</a>
                    </td>
                    <td>
                      <StatusMark status={status} />
                    </td>
                    <td class="right">{formatBytes(files.reduce((sum, { size }) => sum + size, 0))}</td>
                    <td>
                      <Moment at={createdAt} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ))}
    </div>
  );
}
