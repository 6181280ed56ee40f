/**
 * The module of a plan: a function for each kernel, and `run`, in which every thread goes through the phases of every
 * step. Tasks of a phase are taken from a counter, so that a thread that is held up takes fewer; between phases all
 * wait for the last.
 * @module
 */
import {
  atomics,
  branch,
  call,
  choose,
  type Code,
  count,
  get,
  i32,
  i64,
  leave,
  loop,
  set,
  setGlobal,
  when,
} from "../../wasm/code.ts";
import { type MemoryType, ModuleBuilder, type WasmFunction } from "../../wasm/module.ts";
import { type CpuUpdate, factorBody, squaresBody, updateBody } from "./update.ts";
import { type CpuKernel, type Item, KernelWriter, PARAMETERS, type Placement, STEP } from "./writer.ts";

/** What is put together. */
export interface Assembly {
  readonly memory: MemoryType;
  readonly kernels: readonly CpuKernel[];
  /** Those that run before shares go on their own. */
  readonly ahead: ReadonlySet<CpuKernel>;
  readonly places: ReadonlyMap<Item, Placement>;
  /** Whether shares go through the step on their own. */
  readonly divided: boolean;
  readonly shares: number;
  readonly shareBlocks: number;
  readonly blocks: number;
  /** Where threads meet. */
  readonly control: number;
  /** Where the threads' own bytes begin, and how many each has. */
  readonly scratch: number;
  readonly scratchBytes: number;
  readonly constant: (values: Int32Array<ArrayBuffer>) => number;
  readonly update: CpuUpdate | null;
}

/** Tasks that all threads are through before the next phase begins. */
export interface Phase {
  /** How many there are. */
  readonly tasks: number;
  /** Runs the task whose number is in local `task`. */
  body(task: Code): Code;
}

/**
 * Where the meeting's fields lie: threads that have arrived, the number of the meeting, tasks taken, threads so far,
 * whether all are to leave.
 */
export const CONTROL = { arrived: 0, meeting: 64, taken: 128, threads: 192, stopped: 256, bytes: 320 } as const;
/** More tasks than there are. */
export const MOST_TASKS: number = 1 << 30;

/** How often a thread looks whether the others have come before it goes to sleep. */
const SPINS = 4000;
/** Nanoseconds that it sleeps before it looks whether all are to leave. */
const NAP = 50_000_000n;
/** Tasks that a kernel is divided into where it runs alone. */
const TASKS = 32;

/** The module's bytes. */
export function assemble(assembly: Assembly): Uint8Array<ArrayBuffer> {
  const { memory, kernels, places, shareBlocks, constant, control, update } = assembly;
  const module = new ModuleBuilder(memory);
  const [stepGlobal, scratchGlobal] = [module.global(), module.global()];
  const fields = { shareBlocks, stepGlobal, scratchGlobal, divided: assembly.divided, places, constant };
  const functions = kernels.map((kernel, index) => {
    const f = module.function([...PARAMETERS], [], `kernel${index}`);
    f.body = kernel.emit(new KernelWriter(f, module, fields));
    return f;
  });
  // The arena, the number of threads, the first step's fields, the number of steps.
  const run = module.function(["i32", "i32", "i32", "i32"], [], "run");
  const aim = module.function(["i32"], [], "aim");
  aim.body = [setGlobal(stepGlobal, get(0)), setGlobal(scratchGlobal, i32.const(assembly.scratch))];
  const alone = kernelPhases(assembly, functions, run);
  const phases = assembly.divided ? [...alone, sharePhase(assembly, functions, run)] : alone;
  if (update !== null) {
    const table = constant(Int32Array.from(update.tasks.flat()));
    const add = (name: string, tasks: number, body: (w: KernelWriter) => Code): void => {
      const f = module.function(["i32"], [], name);
      f.body = body(new KernelWriter(f, module, fields));
      phases.push({ tasks, body: (task) => call(f.index, task) });
    };
    if (update.clipGradNorm !== null) {
      add("squares", update.tasks.length, (w) => squaresBody(w, update, table));
      add("factor", 1, (w) => factorBody(w, update));
    }
    add("update", update.tasks.length, (w) => updateBody(w, update, table));
  }
  const meet = memory.shared ? meeting(module, control) : null;
  const [left, task] = [run.local("i32"), run.local("i32")];
  const [taken, stopped] = [i32.const(control + CONTROL.taken), i32.const(control + CONTROL.stopped)];
  const next = memory.shared
    ? atomics.add(0, taken, i32.const(1))
    : [i32.load(0, taken), i32.store(0, taken, i32.add(i32.load(0, taken), i32.const(1)))];
  // Each thread of a run has a number of its own, and what is its own by that.
  const number = memory.shared ? atomics.add(0, i32.const(control + CONTROL.threads), i32.const(1)) : i32.const(0);
  const own = i32.mul(i32.rem_u(number, get(1)), i32.const(assembly.scratchBytes));
  const steps = count(left, i32.const(0), get(3), [
    setGlobal(stepGlobal, i32.add(get(2), i32.mul(get(left), i32.const(STEP.bytes)))),
    phases.filter(({ tasks }) => tasks > 0).map(({ tasks, body }) => [
      loop(set(task, next), when(i32.lt_u(get(task), i32.const(tasks)), [body(get(task)), branch(1)])),
      meet === null
        ? i32.store(0, taken, i32.const(0))
        : [call(meet.index, get(1)), when(atomics.load(0, stopped), leave())],
    ]),
  ]);
  run.body = [setGlobal(scratchGlobal, i32.add(i32.const(assembly.scratch), own)), steps];
  return module.bytes;
}

/** One phase: each task takes a share through all kernels but those that ran ahead. */
function sharePhase(
  { kernels, ahead, shares, shareBlocks, blocks }: Assembly,
  functions: readonly WasmFunction[],
  run: WasmFunction,
): Phase {
  const [b, own] = [run.local("i32"), run.local("i32")];
  const calls = (walk: boolean, share: Code, from: Code, to: Code, anew: Code): Code =>
    kernels.map((kernel, k) =>
      (kernel.walk === "share") === walk && !ahead.has(kernel)
        ? call(functions[k].index, get(0), from, to, i32.const(0), i32.const(kernel.parts), share, anew)
        : []
    );
  return {
    tasks: shares,
    body: (share) => [
      set(own, i32.sub(i32.const(blocks), i32.mul(share, i32.const(shareBlocks)))),
      set(own, choose(get(own), i32.const(shareBlocks), i32.lt_s(get(own), i32.const(shareBlocks)))),
      count(b, i32.const(0), get(own), calls(false, share, get(b), i32.add(get(b), i32.const(1)), i32.eqz(get(b)))),
      calls(true, share, i32.const(0), get(own), i32.const(1)),
    ],
  };
}

/** A phase for each kernel that runs alone, whose tasks are some of its parts for some of its blocks. */
function kernelPhases(
  { kernels, divided, ahead }: Assembly,
  functions: readonly WasmFunction[],
  run: WasmFunction,
): Phase[] {
  const [part, block] = [run.local("i32"), run.local("i32")];
  const end = (start: number, size: number, most: number): Code => {
    const ended = i32.add(get(start), i32.const(size));
    return choose(ended, i32.const(most), i32.lt_s(ended, i32.const(most)));
  };
  return kernels.flatMap((kernel, k) => {
    if (divided && !ahead.has(kernel)) return [];
    const { parts, blocks, walk } = kernel;
    const partSize = Math.ceil(parts / TASKS);
    const partTasks = Math.ceil(parts / partSize);
    // What is summed over the batch is not divided along it.
    const whole = walk === "share" || walk === "sums";
    const blockSize = whole ? blocks : Math.ceil(blocks / Math.max(1, Math.ceil(TASKS / partTasks)));
    const blockTasks = Math.ceil(blocks / blockSize);
    return {
      tasks: partTasks * blockTasks,
      body: (task) => [
        set(part, i32.mul(i32.rem_u(task, i32.const(partTasks)), i32.const(partSize))),
        set(block, i32.mul(i32.div_u(task, i32.const(partTasks)), i32.const(blockSize))),
        call(
          functions[k].index,
          get(0),
          get(block),
          end(block, blockSize, blocks),
          get(part),
          end(part, partSize, parts),
          i32.const(0),
          i32.const(1),
        ),
      ],
    };
  });
}

/** Waits until all threads have come; the last sets the counter of tasks back. */
function meeting(module: ModuleBuilder, control: number): WasmFunction {
  const f = module.function(["i32"]);
  const [number, spins] = [f.local("i32"), f.local("i32")];
  const { arrived, meeting, taken, stopped } = Object.fromEntries(
    Object.entries(CONTROL).map(([name, at]) => [name, i32.const(control + at)]),
  );
  const same = i32.eq(atomics.load(0, meeting), get(number));
  f.body = [
    set(number, atomics.load(0, meeting)),
    when(
      i32.eq(i32.add(atomics.add(0, arrived, i32.const(1)), i32.const(1)), get(0)),
      [
        atomics.store(0, arrived, i32.const(0)),
        atomics.store(0, taken, i32.const(0)),
        atomics.store(0, meeting, i32.add(get(number), i32.const(1))),
        [atomics.notify(0, meeting, i32.const(-1)), 0x1a],
      ],
      [
        set(spins, i32.const(SPINS)),
        loop(when(same, [
          when(
            get(spins),
            set(spins, i32.sub(get(spins), i32.const(1))),
            [atomics.wait32(0, meeting, get(number), i64.const(NAP)), 0x1a],
          ),
          when(atomics.load(0, stopped), leave()),
          branch(1),
        ])),
      ],
    ),
  ];
  return f;
}
