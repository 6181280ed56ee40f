/**
 * From the groups of a graph to kernels for the CPU: which template each fills, what lies in blocks and what row by
 * row, and what has to be laid the other way in between.
 * @module
 */
import { ArgumentError } from "../../base/errors.ts";
import { type Shape, sizeOf } from "../../base/shape.ts";
import type { CpuForm, RowsForm, SampleInput, SamplesForm, SumsForm, WeightsForm } from "../../graph/cpu_form.ts";
import { Epilogue } from "../../graph/epilogue.ts";
import type { RecurrenceForm } from "../../graph/recurrence.ts";
import { fuse, type Group, isOfChannels, storageOf } from "../../graph/fuse.ts";
import type { Value } from "../../graph/graph.ts";
import { operandsOf, type Stage, stagesOf } from "../../graph/op.ts";
import { chainKernel, type ChainStep } from "./chain.ts";
import { elementsKernel } from "./formulas.ts";
import { matricesKernel } from "./matrices.ts";
import { relayKernel } from "./moving.ts";
import { isPanelled, panelProducts } from "./panel_products.ts";
import { recurrenceKernel } from "./recurrence.ts";
import { productsKernel } from "./products.ts";
import { rowsKernel } from "./rows.ts";
import { samplesKernel, sumsKernel } from "./samples.ts";
import { hasOnePlace, linearWeights, turnedBytes, turnedInputs } from "./linear_weights.ts";
import { convolvedWeights } from "./weights.ts";
import { isWinograd, winogradBytes, winogradKernel, winogradWeights } from "./winograd.ts";
import { BLOCK_SAMPLES, type CpuKernel, ELEMENT_BYTES, type Item, type Layout } from "./writer.ts";

/** What is to be lowered. */
export interface LowerRequest {
  /** Values to be had row by row afterwards. */
  readonly wanted: readonly Value[];
  /** Gradients, likewise. */
  readonly gradients: readonly Value[];
  /** Values that lie row by row from the start. */
  readonly given: ReadonlySet<Value>;
  /** Values that a kernel of the caller's makes, in blocks. */
  readonly gathered: ReadonlyMap<Value, (out: Item) => CpuKernel>;
  /** False: one kernel per node. */
  readonly fusion: boolean;
}

/** Kernels in order, and what they work on. */
export interface Lowered {
  /** The kernels. */
  readonly kernels: readonly CpuKernel[];
  /** The items of what was given, wanted or asked for as gradients, by storage. */
  readonly plain: ReadonlyMap<Value, Item>;
  /** Items that go to the step's rows. */
  readonly rows: ReadonlySet<Item>;
}

/** Chains are in blocks of one batch, and run over what is made already. */
const ON_THE_CPU = { starts: false, acrossBatches: false, channels: false };

/** Lowers a graph. */
export function lower(request: LowerRequest): Lowered {
  const lowering = new Lowering(request);
  const all = [...request.wanted, ...request.gradients];
  for (const group of fuse(all, request.fusion, ON_THE_CPU)) lowering.group(group);
  for (const value of all) if (!lowering.rows.has(lowering.native(value))) lowering.item(value, "plain");
  return lowering;
}

/** Whether an operand is smaller than the result, to whose shape it broadcasts. */
function isSpread(operand: Value, shape: Shape): boolean {
  return sizeOf(operand.shape) < sizeOf(shape);
}

/** An item of its own for a value. */
export function makeItem(value: Value, layout: Layout, shape: Shape = value.shape): Item {
  if (layout === "plain") return { value, layout, bytes: Math.ceil(sizeOf(shape) / 8) * 32, blocks: 1 };
  return {
    value,
    layout,
    bytes: sizeOf(shape.slice(1)) * ELEMENT_BYTES,
    blocks: Math.ceil((shape[0] ?? 1) / BLOCK_SAMPLES),
  };
}

class Lowering implements Lowered {
  readonly kernels: CpuKernel[] = [];
  readonly plain = new Map<Value, Item>();
  readonly rows = new Set<Item>();
  /** By storage, and by the samples that it is seen to have. */
  readonly #blocked = new Map<Value, Map<number, Item>>();
  readonly #native = new Map<Value, Item>();
  readonly #used: ReadonlySet<Value>;

  constructor({ wanted, gradients, given, gathered, fusion }: LowerRequest) {
    const groups = fuse([...wanted, ...gradients], fusion, ON_THE_CPU);
    const read = groups.flatMap(({ inputs, steps }) => [
      ...inputs,
      ...steps.flatMap(({ stage }) => stage === null ? [] : operandsOf(stage)),
    ]);
    this.#used = new Set([...read, ...wanted, ...gradients].map(storageOf));
    for (const value of given) this.#keep(value, makeItem(value, "plain"));
    for (const [value, kernel] of gathered) {
      if (!this.#used.has(value)) continue;
      this.kernels.push(kernel(this.#keep(value, makeItem(value, "blocked"))));
    }
  }

  /** The item of a value as it was made. */
  native(value: Value): Item {
    const root = storageOf(value);
    const item = this.#native.get(root);
    if (item === undefined) throw new ArgumentError(`${root.name} is read before anybody makes it`);
    return item;
  }

  /** The item of a value in the layout that is needed, under the shape that it is seen as; what lies otherwise is laid anew. */
  item(value: Value, layout: Layout, shape: Shape = value.shape): Item {
    const root = storageOf(value);
    const known = this.#known(value, layout, shape);
    if (known !== undefined) return known;
    const native = this.native(root);
    // A value whose storage is another's may have another batch: what counts is how it is used.
    const from = layout === "blocked" && native.layout === "blocked" ? this.item(root, "plain") : native;
    const made = layout === "plain" ? makeItem(root, layout) : makeItem(value, layout, shape);
    this.#note(value, made, shape);
    const samples = layout === "plain" ? native.value.shape[0] : shape[0];
    this.kernels.push(relayKernel(root.name, from, made, samples ?? 1));
    return made;
  }

  #known(value: Value, layout: Layout, shape: Shape): Item | undefined {
    const root = storageOf(value);
    return layout === "plain" ? this.plain.get(root) : this.#blocked.get(root)?.get(shape[0] ?? 1);
  }

  #note(value: Value, item: Item, shape: Shape = value.shape): void {
    const root = storageOf(value);
    if (item.layout === "plain") {
      this.plain.set(root, item);
      return;
    }
    const views = this.#blocked.get(root) ?? new Map<number, Item>();
    this.#blocked.set(root, views.set(shape[0] ?? 1, item));
  }

  group(group: Group): void {
    const { anchor } = group;
    const first = stagesOf(anchor).find(({ stage }) => !isOfChannels(stage));
    if (first !== undefined) {
      const input = anchor.inputs[first.rides];
      const stages = group.steps.map((step, k) => ({ ...step, stage: k === 0 ? first.stage : step.stage! }));
      const view = first.stage.kind === "map" ? group.view : input.shape;
      this.#chain(group, this.#source(input, stages), stages, view);
      return;
    }
    const call = {
      inputs: anchor.inputs.map(({ shape }) => shape),
      outputs: anchor.outputs.map(({ shape }) => shape),
      attributes: anchor.attributes,
    };
    const form = anchor.op.cpu?.(call) ?? anchor.op.kernel!({
      ...call,
      epilogue: new Epilogue([{ value: anchor.outputs[0], stored: true, stage: null }], anchor.inputs.length),
      profile: { kind: "cpu", unroll: false, workgroupMemory: 16384 },
      used: anchor.outputs.map((value) => this.#used.has(value)),
      maxPartials: 1,
    }).cpu;
    if (form === undefined) {
      throw new ArgumentError(
        `${anchor.name}: ${anchor.op.name} does not say what it is on the CPU; give its definition a stage or cpu(), ` +
          'or use device "gpu"',
      );
    }
    this.#host(group, form);
  }

  #host(group: Group, form: CpuForm): void {
    const { anchor, steps } = group;
    if (form.kind === "map") {
      const stage: Stage = { kind: "map", fn: form.fn, operands: anchor.inputs.slice(1) };
      const stages = steps.map((step, k) => ({ ...step, stage: k === 0 ? stage : step.stage! }));
      return this.#chain(group, this.#source(anchor.inputs[0], stages), stages, group.view);
    }
    if (form.kind === "weights") return this.#weights(group, form);
    if (form.kind === "sums") return this.#sums(group, form);
    if (form.kind === "rows") return this.#rows(group, form);
    if (form.kind === "recurrence") return this.#recurrence(group, form);
    if (form.kind === "samples" && anchor.op.carries === undefined) return this.#samples(group, form);
    const names = { name: anchor.op.name, node: anchor.name };
    // Where the host's own result goes: where the first stage leaves its own, if that is of the same shape.
    const until = steps.findIndex(({ stage }) => stage !== null && stage.kind !== "map");
    const layout = form.kind === "samples" && form.whole ? "plain" : "blocked";
    const rest = steps.slice(1).map((step) => ({ ...step, stage: step.stage! }));
    // What stages go on with in blocks lies there a second time, so that it is no place of theirs.
    const apart = layout === "plain" && this.#inBlocks(rest);
    const own = steps.slice(0, until === -1 ? steps.length : until).find(({ stored }) => stored);
    const place = apart ? steps[0] : own ?? steps[0];
    const out = this.#keep(place.value, makeItem(place.value, layout));
    const inputs = anchor.inputs.map((value, k) => {
      if (form.kind === "samples") return this.#read(form, k, value);
      const isPlain = form.kind === "products" && k > 0 ||
        form.kind === "matrices" && (k === 0 ? form.a : form.b).whole;
      return this.item(value, isPlain ? "plain" : "blocked");
    });
    if (form.kind === "samples") this.kernels.push(samplesKernel(form, names, inputs, [out], this.rows));
    else if (form.kind === "elements") {
      this.kernels.push(elementsKernel(form, names, inputs, out, anchor.outputs[0].shape));
    } else if (form.kind === "matrices") {
      this.kernels.push(matricesKernel(form, names, inputs, out));
    } else {
      const [x, weight, bias = null] = inputs;
      if (isWinograd(form)) {
        const weights: Item = { ...weight, bytes: winogradBytes(form) };
        this.kernels.push(winogradWeights(form, { ...names, name: "Transformed" }, weight, weights));
        this.kernels.push(winogradKernel(form, names, { x, weights, bias, out }));
      } else {
        const kernel = isPanelled(form, out.blocks) ? panelProducts : productsKernel;
        this.kernels.push(kernel(form, names, { x, weight, bias, out }));
      }
    }
    if (rest.length > 0) this.#chain(group, apart ? this.item(place.value, "blocked") : out, rest, group.view);
  }

  #samples({ anchor }: Group, form: SamplesForm): void {
    const inputs = anchor.inputs.map((value, k) => this.#read(form, k, value));
    const outputs = anchor.outputs.map((value, k) => {
      if (!this.#used.has(value)) return null;
      const item = this.#keep(value, makeItem(value, form.whole ? "plain" : "blocked"));
      if (form.outputs[k].row) this.rows.add(item);
      return item;
    });
    this.kernels.push(samplesKernel(form, { name: anchor.op.name, node: anchor.name }, inputs, outputs, this.rows));
  }

  #sums({ anchor }: Group, form: SumsForm): void {
    const inputs = anchor.inputs.map((value, k) => this.#read(form, k, value));
    const outputs = anchor.outputs.map((value) =>
      this.#used.has(value) ? this.#keep(value, makeItem(value, "plain")) : null
    );
    const batched = form.inputs.findIndex(({ whole }) => !whole);
    const [batch] = anchor.inputs[batched].shape;
    this.kernels.push(sumsKernel(form, { name: anchor.op.name, node: anchor.name }, inputs, outputs, batch));
  }

  #rows({ anchor }: Group, form: RowsForm): void {
    const { name } = anchor.op;
    const inputs = anchor.inputs.map((value) => this.item(value, "blocked"));
    const [out] = anchor.outputs;
    const [batch] = anchor.inputs[0].shape;
    const table = this.#keep(out, makeItem(out, "plain"));
    this.kernels.push(rowsKernel(form, { name, node: anchor.name }, inputs, table, batch));
  }

  #recurrence({ anchor }: Group, form: RecurrenceForm): void {
    const isWeight = (k: number): boolean => form.isBackward ? k === 3 : k > 0;
    const inputs = anchor.inputs.map((value, k) => this.item(value, isWeight(k) ? "plain" : "blocked"));
    const outputs = anchor.outputs.map((value) => this.#keep(value, makeItem(value, "blocked")));
    this.kernels.push(recurrenceKernel(form, { name: anchor.op.name, node: anchor.name }, inputs, outputs));
  }

  /** An input as a body reads it. */
  #read({ inputs, whole = false }: { inputs: readonly SampleInput[]; whole?: boolean }, k: number, value: Value): Item {
    return this.item(value, whole || inputs[k].whole ? "plain" : "blocked");
  }

  #weights({ anchor }: Group, form: WeightsForm): void {
    const names = { name: anchor.op.name, node: anchor.name };
    const [x, dy] = anchor.inputs.map((value) => this.item(value, "blocked"));
    const [weight, bias = null] = anchor.outputs.map((value) =>
      this.#used.has(value) ? this.#keep(value, makeItem(value, "plain")) : null
    );
    if (!hasOnePlace(form)) {
      this.kernels.push(convolvedWeights(form, names, { x, dy, weight, bias }));
      return;
    }
    const turned: Item = { ...x, bytes: turnedBytes(form.channels) * (form.rows ?? 1) };
    this.kernels.push(turnedInputs(form, { ...names, name: "Turned" }, x, turned));
    this.kernels.push(linearWeights(form, names, { turned, dy, weight, bias }));
  }

  /** What a chain begins with: in blocks where any of what it reads is. */
  #source(value: Value, stages: readonly { readonly value: Value; readonly stage: Stage }[]): Item {
    const blocked = this.native(value).layout === "blocked" || this.#inBlocks(stages);
    return this.item(value, blocked ? "blocked" : "plain");
  }

  /** Whether any of what stages read has to be in blocks. */
  #inBlocks(stages: readonly { readonly value: Value; readonly stage: Stage }[]): boolean {
    return stages.some(({ stage, value: { shape } }) =>
      stage.kind !== "map" ||
      // A smaller operand is found by the element of a sample, but for a single number.
      stage.operands.some((one) => isSpread(one, shape) ? sizeOf(one.shape) > 1 : this.native(one).layout === "blocked")
    );
  }

  /** How such an operand is read: in blocks where each sample has some of its own. */
  #spreadLayout(operand: Value, [batch, ...others]: Shape): Layout {
    if (operand.shape.length !== others.length + 1 || operand.shape[0] !== batch) return "plain";
    return batch === 1 ? this.native(operand).layout : "blocked";
  }

  #chain(
    { anchor }: Group,
    source: Item,
    stages: readonly { readonly value: Value; readonly stored: boolean; readonly stage: Stage }[],
    view: Shape,
  ): void {
    const { layout } = source;
    const operands = new Map(
      stages.flatMap(({ stage, value: { shape } }) =>
        operandsOf(stage).map((one) => {
          if (isSpread(one, shape)) return [one, this.item(one, this.#spreadLayout(one, shape))];
          // As many elements, but perhaps fewer axes, such as a bias of one sample.
          return [one, this.item(one, layout, stage.kind === "map" ? shape : one.shape)];
        })
      ),
    );
    const steps = stages.map(({ value, stored, stage }): ChainStep => ({
      stage,
      shape: value.shape,
      store: stored ? this.#native.get(value) ?? this.#keep(value, makeItem(value, layout)) : null,
    }));
    const name = stages.map(({ stage }) => stage.fn.name).join("+");
    const itemOf = (value: Value): Item => operands.get(value)!;
    this.kernels.push(chainKernel({ name, node: anchor.name }, { source, steps, view, itemOf }));
  }

  #keep(value: Value, item: Item): Item {
    this.#native.set(value, item);
    this.#note(value, item);
    return item;
  }
}
