/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * A proof that came in a link: verified with this page's key, since a link that brought its own would prove anything.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { useEffect } from "npm:preact@10.29.8/hooks";
import { useSignal } from "npm:@preact/signals@2.11.4";
import { sentenceOf } from "../app/errors.ts";
import { type PageNetwork, sharedNetwork } from "../app/network.ts";
import { isOf, unpackProof } from "../share/packed_proof.ts";
import { VerifierCard } from "./card.tsx";

/** The card, or why there is none. */
export function Brought({ text }: { text: string }): JSX.Element {
  const ready = useSignal<{ proof: Uint8Array; network: PageNetwork } | null>(null), problem = useSignal("");
  useEffect(() => {
    const open = async () => {
      const packed = unpackProof(text), network = await sharedNetwork();
      if (!await isOf(packed, network.vk)) {
        throw new Error(
          "The proof in this link is of another network than this page's: the page was built anew since, or the link is of " +
            "another page. Ask for the proof, the key and the settings as files, and drop them under Verify",
        );
      }
      ready.value = { proof: packed.proof, network };
    };
    open().catch((error) => problem.value = sentenceOf(error));
  }, [text]);
  if (ready.value === null && !problem.value) return <p class="quiet" role="status">Verifying…</p>;
  return (
    <>
      {ready.value
        ? <VerifierCard proof={ready.value.proof} network={ready.value.network} />
        : <p class="notice bad" role="alert">{problem.value}</p>}
      <p>
        <a href="#draw">Draw a digit of your own</a>, or <a href="#verify">verify a proof from files</a>.
      </p>
    </>
  );
}
