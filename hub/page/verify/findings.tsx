/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * What a verifier found, for people.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { sentenceOf } from "../app/errors.ts";
import type { Verdict } from "./verify_worker.ts";

/** What a proof says of the reference string that it was made with. */
const ORIGINS = {
  ceremony: "The reference string is the public ceremony's: nobody knows the secret that could forge a proof.",
  unsafe:
    "The reference string was made on one machine, for trying out: whoever made it could have kept its secret, and " +
    "forge proofs with it. Only a ceremony's string, which the page's builder can give with --srs, rules that out.",
  unknown: "Where the reference string comes from is not known: whoever knows its secret can forge proofs.",
} as const;

/** The verdict, and what is public. */
export function Findings(
  { verdict, changed }: { verdict: Verdict; changed: { readonly bit: number; readonly bits: number } | null },
): JSX.Element {
  const { holds, refusal, seconds, outputs, inputs, hashes, origin } = verdict;
  const where = changed &&
    `Bit ${changed.bit.toLocaleString("en")} of ${changed.bits.toLocaleString("en")} was changed. `;
  if (!holds) {
    return (
      <div class="notice bad stack tight">
        <p class="result">The proof is refused.</p>
        <p>
          {where}
          {refusal ? sentenceOf(refusal) : "It does not hold: what it says was not computed by this network."}
        </p>
      </div>
    );
  }
  const digit = outputs?.length === 1 && outputs[0].length === 10 ? outputs[0].indexOf(Math.max(...outputs[0])) : null;
  return (
    <>
      <div class="notice stack tight">
        <p class="result">The proof holds.</p>
        <p>
          {digit === null ? "The prover knows inputs for which the network gives what is shown here." : (
            <>
              The prover knows an image of which the network says: <strong>it is a {digit}</strong>.
            </>
          )} <span class="number">Verified here in {seconds.toFixed(2)} s.</span>
        </p>
      </div>
      <div class="public">
        <h3>What is public in it</h3>
        {outputs?.map((values, at) => <Values key={at} name="Output" values={values} />)}
        {inputs?.map((values, at) => <Values key={at} name="Input" values={values} />)}
        {hashes.length > 0 && <p class="small">Hashes: {hashes.map((hash) => <code key={hash}>{hash}</code>)}</p>}
        {inputs === null && <p class="quiet small">The input is hidden.</p>}
      </div>
      <p class="quiet small measure">{ORIGINS[origin]}</p>
    </>
  );
}

function Values({ name, values }: { name: string; values: readonly number[] }): JSX.Element {
  const shown = values.slice(0, 20), most = Math.max(...values);
  return (
    <ol class="values number" start={0} aria-label={`${name}, ${values.length} numbers`}>
      {shown.map((value, at) => (
        <li key={at} class={value === most ? "most" : undefined}>
          <span class="quiet" aria-hidden="true">{at}</span> {value.toFixed(2).replace("-", "−")}
        </li>
      ))}
      {values.length > shown.length && <li>and {values.length - shown.length} more</li>}
    </ol>
  );
}
