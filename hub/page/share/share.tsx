/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A proof goes on: as a link, as files, as a command.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { sentenceOf } from "../app/errors.ts";
import type { PageProof } from "../prove/proof.ts";
import { Copied, CopiedText, unbroken } from "./copied.tsx";
import { packProof } from "./packed_proof.ts";
import { save } from "./save.ts";

const COMMAND =
  "deno task zkgrad verify --proof-path test.pf --settings-path settings.json --vk-path key.vk --srs-path kzg.srs";

/** The three ways. */
export function Share({ made }: { made: PageProof }): JSX.Element {
  const { proof, network } = made, link = useSignal(""), problem = useSignal("");
  useEffect(() => {
    if (!network.shared) return;
    packProof(proof, network.vk)
      .then((text) => link.value = `${location.origin}${location.pathname}#proof=${text}`)
      .catch((error) => problem.value = sentenceOf(error));
  }, [proof, network]);
  const files = { "test.pf": proof, "settings.json": network.settings, "key.vk": network.vk, "kzg.srs": network.srs };
  return (
    <section class="card stack" aria-labelledby="share-title">
      <h2 id="share-title">Pass it on</h2>
      <div class="ways">
        <div class="stack">
          <h3>As a link</h3>
          {network.shared
            ? (
              <>
                <p class="small quiet">
                  The proof stands behind the # of the address, which no server is sent. Whoever opens it verifies in
                  their own browser, with the key of this page.
                </p>
                <Copied text={link.value} label="Copy the link" />
              </>
            )
            : (
              <p class="small quiet">
                {made.hub
                  ? "It was not made with the key that lies beside this page"
                  : "This is a private try: the network was made in this tab"}, so a link would not find its key. Pass
                the files on.
              </p>
            )}
        </div>
        <div class="stack">
          <h3>As files</h3>
          <p class="small quiet">EZKL's own files; any EZKL 21 verifies them, and the section Verify of this page.</p>
          <div class="row">
            {Object.entries(files).map(([name, bytes]) => (
              <button
                key={name}
                type="button"
                onClick={() => save(name, bytes)}
              >
                {name}
              </button>
            ))}
          </div>
        </div>
        <div class="stack">
          <h3>As a command</h3>
          <p class="small quiet">In a clone of zkgrad, beside the files:</p>
          <CopiedText text={COMMAND} shown={unbroken(COMMAND)} what="The command" label="Copy the command" />
        </div>
      </div>
      {problem.value && <p class="notice bad" role="alert">{problem.value}</p>}
    </section>
  );
}
