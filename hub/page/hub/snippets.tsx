/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * How programs ask the same: TypeScript, curl, and EZKL to verify. The key stands in none of them.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import type { HubArtifact } from "../../client/mod.ts";
import { CopiedText } from "../share/copied.tsx";
import { session } from "./session.ts";

/** The snippets of a model. */
export function Snippets({ artifact: { id, files = [] } }: { artifact: HubArtifact }): JSX.Element {
  const url = session.value!.credentials.url.replace(/\/+$/, "");
  const srs = files.some(({ name }) => name === "kzg.srs") ? "kzg.srs" : "kzg.unsafe.srs";
  return (
    <details class="card">
      <summary>The same from a program: TypeScript, curl, EZKL</summary>
      <div class="stack">
        <h3>TypeScript: prove, and verify what comes</h3>
        <CopiedText what="the TypeScript" text={typescript(url, id)} />
        <h3>curl: prove</h3>
        <CopiedText what="the curl commands" text={curl(url, id)} />
        <h3>EZKL: verify</h3>
        <CopiedText what="the ezkl commands" text={ezkl(url, id, srs)} />
      </div>
    </details>
  );
}

function typescript(url: string, id: string): string {
  return `import { downloadProof, getHubCredentials, pinArtifact, proveHub, verifyHubProof, waitForProof }
  from "@zkgrad/zkgrad/hub";

const credentials = await getHubCredentials({ url: "${url}", apiKey: Deno.env.get("KEY")! });
const artifactId = "${id}";
const pin = await pinArtifact(artifactId, { credentials });
const data = JSON.stringify({ input_data: [[/* numbers */]] });
const { id } = await proveHub({ credentials, id: artifactId, data });
await waitForProof(id, { credentials });
const proof = await downloadProof(id, { credentials });
console.log(await verifyHubProof(proof, pin)); // true`;
}

function curl(url: string, id: string): string {
  const query = "mutation($input: Upload!, $id: String!) { initiateProof(input: $input, id: $id) { id } }";
  const operations = JSON.stringify({ query, variables: { input: null, id } });
  return `curl ${url}/graphql -H "API-Key: $KEY" \\
  -F operations='${operations}' \\
  -F map='{"0": ["variables.input"]}' -F 0=@input.json
curl -O ${url}/proofs/PROOF-ID/test.pf -H "API-Key: $KEY"`;
}

function ezkl(url: string, id: string, srs: string): string {
  return `for file in settings.json key.vk ${srs}; do
  curl -O ${url}/artifacts/${id}/$file -H "API-Key: $KEY"
done
ezkl verify --proof-path test.pf --settings-path settings.json --vk-path key.vk --srs-path ${srs}`;
}
