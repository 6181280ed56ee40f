/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The verifier's section: a proof from a link, and any proof of EZKL's from files.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { brought } from "../app/route.ts";
import { Brought } from "./brought.tsx";
import { Dropped } from "./dropped.tsx";

/** Verify. */
export function VerifySection(): JSX.Element {
  const link = brought.value?.name === "proof" ? brought.value.text : null;
  return (
    <div class="stack sections">
      <header class="stack intro">
        <h1>{link === null ? "Verify a proof" : "A proof was shared with you"}</h1>
        <p class="lead">
          {link === null
            ? "Any proof of EZKL's or zkgrad's, with its key and settings. It is verified here; nothing leaves this device."
            : "It came in the link, and your browser verifies it, without asking the sender or a server."}
        </p>
      </header>
      {link === null ? <Dropped /> : <Brought key={link} text={link} />}
    </div>
  );
}
