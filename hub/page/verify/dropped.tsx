/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Files dropped or chosen: a proof, its key, its settings, and a reference string where it is not the page's.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { type Signal, signal } from "npm:@preact/signals@2.11.4";
import { network } from "../app/network.ts";
import { sizeText, VerifierCard } from "./card.tsx";
import { type FileKind, kindOf } from "./files.ts";

interface Given {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const given: Signal<Partial<Record<FileKind, Given>>> = signal({});
const refused: Signal<string> = signal("");
const NAMES: Readonly<Record<FileKind, readonly [name: string, file: string]>> = {
  proof: ["Proof", "test.pf"],
  vk: ["Key", "key.vk"],
  settings: ["Settings", "settings.json"],
  srs: ["Reference string", "kzg.srs"],
};

async function take(files: Iterable<File>): Promise<void> {
  const others: string[] = [];
  for (const file of files) {
    const bytes = new Uint8Array(await file.arrayBuffer()), kind = kindOf(bytes);
    if (kind === null) others.push(file.name);
    else given.value = { ...given.value, [kind]: { name: file.name, bytes } };
  }
  const names = `${others.slice(0, -1).join(", ")}${others.length > 1 ? " and " : ""}${others.at(-1)}`;
  refused.value = others.length === 0
    ? ""
    : `${names} ${others.length > 1 ? "are" : "is"} neither a proof, nor settings, nor a key; give test.pf, ` +
      "settings.json and key.vk.";
}

/** The place for files, and the verdict once they are there. */
export function Dropped(): JSX.Element {
  const { proof, vk, settings, srs } = given.value, own = network.value;
  const string = srs?.bytes ?? own?.srs;
  return (
    <>
      <section
        class="card stack drop"
        aria-labelledby="drop-title"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer?.files ?? []);
        }}
      >
        <h2 id="drop-title">Drop the files here</h2>
        <p class="measure">
          The proof comes from whoever made it. Key and settings should be your own, from when the circuit was made: who
          may choose them can prove anything.
        </p>
        <label class="button choose">
          Choose files
          <input
            type="file"
            multiple
            class="hidden"
            onChange={(event) => take(event.currentTarget.files ?? [])}
          />
        </label>
        <ul class="files" aria-label="Files so far">
          {(Object.keys(NAMES) as FileKind[]).map((kind) => (
            <li key={kind} class={given.value[kind] ? "there" : undefined}>
              <strong>{NAMES[kind][0]}</strong>
              <span class="quiet small">
                {given.value[kind]
                  ? `${given.value[kind].name}, ${sizeText(given.value[kind].bytes.length)}`
                  : kind === "srs"
                  ? "this page's, unless you give another"
                  : `${NAMES[kind][1]}, not yet`}
              </span>
            </li>
          ))}
        </ul>
        {refused.value && <p class="notice bad" role="alert">{refused.value}</p>}
      </section>
      {proof && vk && settings && string && (
        <VerifierCard
          key={[proof.bytes, vk.bytes, settings.bytes, string].map(({ length }) => length).join()}
          proof={proof.bytes}
          network={{ vk: vk.bytes, settings: settings.bytes, srs: string }}
        />
      )}
    </>
  );
}
