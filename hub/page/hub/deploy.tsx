/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * Deploying a model: the file is dropped, read in the page, and sent only where it can be proved.
 * @module
 */
import { useState } from "npm:preact@10.29.8/hooks";
import type { JSX } from "npm:preact@10.29.8";
import { createHubArtifact, type HubTarget } from "../../client/mod.ts";
import type { Checked } from "./hub_worker.ts";
import { Alert } from "./parts.tsx";
import { session } from "./session.ts";
import { useDoing, work } from "./use.ts";

/** A file that was looked at. */
interface Model extends Checked {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What calibration may aim at, in words. */
const TARGETS: readonly (readonly [HubTarget, string])[] = [
  ["fidelity", "the cheapest circuit that answers as the network does"],
  ["resources", "EZKL's smallest circuit"],
  ["accuracy", "EZKL's most exact circuit"],
];

/** The form. */
export function DeployForm(): JSX.Element {
  const [model, setModel] = useState<Model | null>(null), [over, setOver] = useState(false);
  const checking = useDoing(), sending = useDoing();
  const take = (file: File | undefined): void => {
    if (file === undefined) return;
    setModel(null);
    checking.start(async () => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      setModel({ name: file.name.replace(/\.onnx$/i, ""), bytes, ...await work.call("check", bytes) });
    });
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    sending.start(async () => {
      const samples = form.get("samples") as File;
      const data = samples.size > 0 ? await samples.text() : drawn(model!.inputs);
      const { id } = await createHubArtifact({
        credentials: session.value!.credentials,
        name: form.get("name") as string,
        model: model!.bytes,
        data: samples.size > 0 ? firstSample(data, model!.inputs) : data,
        calibrationData: data,
        target: form.get("target") as HubTarget,
      });
      location.hash = `artifact/${id}`;
    });
  };
  return (
    <section class="card stack" aria-labelledby="deploy-title">
      <h2 id="deploy-title">Deploy a model</h2>
      <div
        class={over ? "dropzone over" : "dropzone"}
        onDragOver={(event) => (event.preventDefault(), setOver(true))}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => (event.preventDefault(), setOver(false), take(event.dataTransfer?.files[0]))}
      >
        <p id="drop-about">
          <strong>Drop an ONNX file</strong>{" "}
          or choose one. It is read in this page, and goes to the hub only when you send it.
        </p>
        <input
          type="file"
          accept=".onnx"
          aria-label="ONNX file"
          aria-describedby="drop-about"
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
      </div>
      {checking.busy && <p role="status">Reading the file…</p>}
      <Alert text={checking.error} />
      {model && model.operators && <p role="status">It has {model.operators}.</p>}
      {model && model.refused && <Alert text={`It cannot be proved: ${model.refused.replace(/^the model: /, "")}.`} />}
      {model && !model.refused && (
        <form class="stack" onSubmit={submit}>
          <label class="field">
            Name<input name="name" required maxLength={200} value={model.name} />
          </label>
          <label class="field">
            Samples to calibrate with, a cal_data.json or an input.json
            <input name="samples" type="file" accept=".json" aria-describedby="samples-about" />
          </label>
          <p class="quiet small" id="samples-about">
            Without them the circuit is fitted to numbers from −1 to 1, and refuses inputs that lead far beyond. Samples
            are deleted once the circuit is chosen.
          </p>
          <label class="field">
            Aim
            <select name="target">
              {TARGETS.map(([name, about]) => <option key={name} value={name}>{about}</option>)}
            </select>
          </label>
          <Alert text={sending.error} />
          <div class="row">
            <button type="submit" class="main" disabled={sending.busy}>{sending.busy ? "Sending…" : "Deploy"}</button>
          </div>
        </form>
      )}
    </section>
  );
}

/** Sixteen samples from −1 to 1, the same each time. */
function drawn(inputs: readonly (readonly number[])[]): string {
  let state = 1;
  const next = (): number => (state = state * 48271 % 2147483647) / 2147483647 * 2 - 1;
  const lists = inputs.map((shape) => {
    const size = shape.reduce((product, each) => product * each, 1);
    return Array.from({ length: size * 16 }, next);
  });
  return JSON.stringify({ input_data: lists });
}

/** The first of many samples, as the contract's input. */
function firstSample(data: string, inputs: readonly (readonly number[])[]): string {
  const { input_data: lists } = JSON.parse(data) as { input_data?: number[][] };
  if (!Array.isArray(lists) || !lists.every(Array.isArray)) {
    throw new Error('the samples have no lists under "input_data"; give a cal_data.json or an input.json');
  }
  return JSON.stringify({
    input_data: lists.map((list, index) =>
      list.slice(0, inputs[index]?.reduce((product, each) => product * each, 1) ?? list.length)
    ),
  });
}
