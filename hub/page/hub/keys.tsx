/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * API keys: what each may do and was used for, another one made, one revoked.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useState } from "npm:preact@10.29.8/hooks";
import { formatBytes, formatDuration } from "../../../core/base/format.ts";
import { createHubKey, type HubKey, type HubScope, listHubKeys, revokeHubKey } from "../../client/mod.ts";
import { CopiedText } from "../share/copied.tsx";
import { Alert, Moment, Sure } from "./parts.tsx";
import { manages, session } from "./session.ts";
import { useAsked, useDoing } from "./use.ts";

const SCOPES: readonly (readonly [HubScope, string])[] = [
  ["deploy", "deploy and delete models"],
  ["prove", "ask for proofs and delete them"],
  ["read", "look at models, proofs and files"],
];

/** The page of keys. */
export function KeysPage(): JSX.Element {
  const { credentials, key: own } = session.value!;
  const { value, error, reload } = useAsked("keys", (signal) => listHubKeys({ credentials, signal }));
  const revoking = useDoing();
  const revoke = (id: string): void =>
    revoking.start(async () => {
      await revokeHubKey(id, { credentials });
      reload();
    });
  return (
    <div class="stack wide-gap">
      <h1>Keys and usage</h1>
      {manages.value ? <NewKey made={reload} /> : (
        <p class="notice">
          This key has the scopes {own.scopes.join(", ")}; one that has all makes and revokes keys.
        </p>
      )}
      <Alert text={error || revoking.error} />
      {value && (
        <ul class="keys plain-list">
          {value.map((key) => (
            <li key={key.id} class={key.revokedAt ? "card stack revoked" : "card stack"}>
              <div class="between">
                <h2>{key.label || "without a name"}</h2>
                {key.revokedAt
                  ? (
                    <span class="quiet">
                      revoked <Moment at={key.revokedAt} />
                    </span>
                  )
                  : manages.value && (
                    <Sure
                      label={key.id === own.id ? "Revoke this tab's key" : "Revoke"}
                      question={`Revoke ${key.label || key.id} for good`}
                      act={() => revoke(key.id)}
                      disabled={revoking.busy}
                    />
                  )}
              </div>
              <Usage usage={key} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Usage({ usage }: { usage: HubKey }): JSX.Element {
  const { id, scopes, createdAt, artifacts, proofs, bytes, seconds } = usage;
  return (
    <dl class="facts">
      <div>
        <dt>May</dt>
        <dd>{scopes.join(", ")}</dd>
      </div>
      <div>
        <dt>Models deployed</dt>
        <dd>{artifacts}</dd>
      </div>
      <div>
        <dt>Proofs made</dt>
        <dd>{proofs}</dd>
      </div>
      <div>
        <dt>Uploaded</dt>
        <dd>{formatBytes(bytes)}</dd>
      </div>
      <div>
        <dt>Proving</dt>
        <dd>{formatDuration(seconds)}</dd>
      </div>
      <div>
        <dt>Made</dt>
        <dd>
          <Moment at={createdAt} />
        </dd>
      </div>
      <div>
        <dt>Id</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </div>
    </dl>
  );
}

function NewKey({ made }: { made: () => void }): JSX.Element {
  const { credentials } = session.value!, making = useDoing();
  const [secret, setSecret] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement, data = new FormData(form);
    making.start(async () => {
      const scopes = data.getAll("scopes") as HubScope[];
      const { secret } = await createHubKey({ credentials, label: data.get("label") as string, scopes });
      setSecret(secret);
      form.reset();
      made();
    });
  };
  return (
    <form class="card stack" onSubmit={submit} aria-labelledby="new-key">
      <h2 id="new-key">Make a key</h2>
      <label class="field">
        Name<input name="label" maxLength={100} required placeholder="phone" autocomplete="off" />
      </label>
      <fieldset>
        <legend>It may</legend>
        {SCOPES.map(([scope, about]) => (
          <label key={scope} class="check">
            <input type="checkbox" name="scopes" value={scope} defaultChecked={scope === "read"} />
            <span>
              <strong>{scope}</strong>: {about}
            </span>
          </label>
        ))}
      </fieldset>
      <Alert text={making.error} />
      <div class="row">
        <button type="submit" class="main" disabled={making.busy}>Make the key</button>
      </div>
      {secret && (
        <div class="notice stack" role="status">
          <p>This is the key. The hub keeps only its hash, so it is shown this once.</p>
          <CopiedText what="the key" text={secret} />
          <div class="row">
            <button type="button" onClick={() => setSecret("")}>I have it</button>
          </div>
        </div>
      )}
    </form>
  );
}
