/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Who takes the hub's jobs.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { listHubWorkers } from "../../client/mod.ts";
import { Alert, Moment } from "./parts.tsx";
import { session } from "./session.ts";
import { useAsked } from "./use.ts";

/** The page of workers. */
export function WorkersPage(): JSX.Element {
  const { credentials } = session.value!;
  const { value, error, reload } = useAsked("workers", (signal) => listHubWorkers({ credentials, signal }));
  return (
    <div class="stack wide-gap">
      <div class="between">
        <h1>Workers</h1>
        <button type="button" onClick={reload}>Look again</button>
      </div>
      <Alert text={error} />
      {value?.length === 0 && (
        <p class="notice bad">
          No worker is running, so nothing is proved. Start one with <code>deno task worker</code>.
        </p>
      )}
      {value && value.length > 0 && (
        <ul class="plain-list keys">
          {value.map(({ id, memoryGiB, seen }) => (
            <li key={id} class="card">
              <dl class="facts">
                <div>
                  <dt>Memory for jobs</dt>
                  <dd>{memoryGiB} GiB</dd>
                </div>
                <div>
                  <dt>Heard of</dt>
                  <dd>
                    <Moment at={seen} />
                  </dd>
                </div>
                <div>
                  <dt>Name</dt>
                  <dd>
                    <code>{id}</code>
                  </dd>
                </div>
              </dl>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
