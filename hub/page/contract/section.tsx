/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/// <reference lib="dom" />
/**
 * On a chain: the contract that verifies the proof, what it costs, and what it says on an Ethereum in the page.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { formatCount } from "../../../core/base/format.ts";
import { bytesToHex } from "../../ezkl/format/hex.ts";
import { NextButton } from "../app/next_button.tsx";
import { Figures } from "../charts/figures.tsx";
import { Code } from "../charts/code.tsx";
import type { Answer, MadeContract } from "./contract_worker.ts";
import { answers, ask, busy, contract, failure, keepOnly, make } from "./desk.ts";
import { provenFiles } from "./proven_files.ts";

/** Characters of long data that are shown. */
const SHOWN = 1200;

/** On a chain. */
export function ContractSection(): JSX.Element {
  const files = provenFiles.value;
  keepOnly(files);
  return (
    <div class="stack contract">
      <h1>On a chain</h1>
      <p class="lead">
        A contract on Ethereum can verify the proof too. It is made here of key, settings and reference string, without
        a compiler, and tried on an Ethereum within this page: nothing is signed, paid or sent.
      </p>
      <section class="card stack">
        {files === null
          ? (
            <p>
              There is no proof yet. <a href="#draw">Draw a digit and prove it</a>; its contract can then be made here.
            </p>
          )
          : contract.value === null && (
            <div class="row">
              <button type="button" class="main" disabled={busy.value !== null} onClick={() => make(files)}>
                {busy.value === "making" ? "Making the contract…" : "Make the contract"}
              </button>
            </div>
          )}
        {contract.value !== null && <Contract contract={contract.value} />}
        {failure.value !== null && <p class="notice bad" role="alert">{failure.value}</p>}
        <div class="stack" role="status">
          {answers.value.map((answer) => <Said key={answer.changed === null} answer={answer} />)}
        </div>
      </section>
      {contract.value !== null && <Texts contract={contract.value} />}
    </div>
  );
}

function Contract({ contract: { bytes, deployGas, verifyGas, calldata } }: { readonly contract: MadeContract }) {
  const isBusy = busy.value !== null;
  return (
    <>
      <Figures
        figures={[
          ["bytes of code", formatCount(bytes)],
          ["gas to deploy it", formatCount(deployGas)],
          ["gas to verify a proof, about", formatCount(verifyGas)],
          ["bytes of call data", formatCount(calldata.length)],
        ]}
      />
      <div class="row">
        <NextButton class="main" disabled={isBusy} onClick={() => ask(false)}>
          {isBusy ? "Asking the contract…" : "Ask the contract"}
        </NextButton>
        <button type="button" disabled={isBusy} onClick={() => ask(true)}>Change one bit and ask</button>
      </div>
    </>
  );
}

function Said({ answer: { changed, holds, gas, seconds } }: { readonly answer: Answer }) {
  const what = changed === null
    ? "The proof as it is"
    : `The proof with bit ${formatCount(changed)} of the call changed`;
  return (
    <p class={holds ? "notice" : "notice bad"}>
      <b>{holds ? "Accepted." : "Refused."}</b> {what}: the contract {holds ? "answers true" : "reverts"},{" "}
      {formatCount(gas)} gas; {seconds.toFixed(2)} s here.
    </p>
  );
}

function Texts({ contract: { solidity, json, calldata } }: { readonly contract: MadeContract }) {
  const hex = `0x${bytesToHex(calldata)}`;
  return (
    <section class="card stack">
      <h2>Its files</h2>
      <Code title="The contract in Solidity" text={solidity} file="verifier.sol" />
      <Code title="Bytecode, interface and gas" text={json} file="verifier.json" shown={cut(json)} />
      <Code title="Call data of this proof" text={hex} file="calldata.txt" shown={cut(hex)} />
    </section>
  );
}

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
