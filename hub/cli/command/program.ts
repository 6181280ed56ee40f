/**
 * The command `zkgrad`: what it takes, and what becomes of what goes wrong.
 * @module
 */
import { Command, CommanderError } from "npm:commander@14.0.3";
import { completionScript } from "./completion.ts";
import { addJudging } from "./judging.ts";
import { Ended } from "./in_deno.ts";
import { look } from "./look.ts";
import { mock } from "./mock.ts";
import { type ProveFlags, proveNetwork } from "./prove.ts";
import { addRunArguments, targetFlag } from "./run_arguments.ts";
import { serve, serveFlags } from "./serve.ts";
import { DoesNotHold, type Doing, type Given, PROVE_FLAGS, PROVER, proveStep, ROUND_INPUTS, STEPS } from "./steps.ts";
import { sentenceOf, type Surroundings, Telling } from "./telling.ts";
import { type LoadTutorial, train, trainFlags } from "./train.ts";
import { VERSION } from "./version.ts";

const VARIABLES = ["-V, --variables <sizes>", "sizes of open dimensions, as in batch_size->1,length->12"] as const;

/**
 * Runs the command with these words; returns the exit code: 0 where it did what was asked, 1 where a proof does not
 * hold, 2 where flags or files are not what they should be, which is said in one sentence. `tutorial` is what
 * `zkgrad train` runs.
 */
export async function run(words: readonly string[], around: Surroundings, tutorial?: LoadTutorial): Promise<number> {
  const program = programOf(around, tutorial);
  try {
    await program.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof DoesNotHold) return 1;
    if (error instanceof Ended) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const sentence = sentenceOf(error);
    if (sentence === null) throw error;
    // A damaged file's bytes have no place on a terminal.
    // deno-lint-ignore no-control-regex
    around.err(`error: ${sentence.replaceAll(/[\x00-\x1f\x7f-\x9f\ufffd]+/g, "?")}\n`);
    return 2;
  }
}

/** The command with all of its own. */
export function programOf(around: Surroundings, tutorial?: LoadTutorial): Command {
  const program = new Command("zkgrad")
    .description("Prove what a neural network computed: from an ONNX file to a verified proof.")
    .version(VERSION, "--version", "the package's version")
    .exitOverride()
    .configureOutput({ writeOut: around.out, writeErr: around.err })
    .showSuggestionAfterError()
    .helpCommand(false);
  const add = (name: string, about: string, example: string, doing: Doing): Command =>
    program.command(name).description(about).option("--json", "one object of JSON in place of text")
      .addHelpText("after", `\nExample:\n  ${example}`)
      .action(async (...given: unknown[]) => {
        const command = given.at(-1) as Command;
        const options = command.opts() as Given;
        await doing(new Telling(around, options.json === true), options, command.args[0]);
      });

  const prove = add(
    "prove",
    "all that is missing from a network to a verified proof; without a network, the one step from witness to proof",
    "zkgrad prove network.onnx --input input.json",
    async (telling, given, network) => {
      if (network === undefined) return await proveStep(telling, given, network);
      await proveNetwork(telling, network, given as unknown as ProveFlags);
    },
  ).argument("[network.onnx]", "the network")
    .option("--input <path>", "the input to prove something about (input.json)")
    .option("--data <path>", "samples to calibrate with, best of those that training never saw (the input alone)")
    .addOption(targetFlag("fidelity with --data of 16 samples or more, else resources"))
    .option("--srs <place>", "a ceremony's reference string: a file or an address, {k} for the logrows")
    .option("--out <folder>", "where the files go", ".")
    .option(...ROUND_INPUTS)
    .option("--evm", "the contract for Ethereum and the call data too");
  addJudging(prove);
  addRunArguments(prove);
  prove.option(...PROVER);
  for (const [flag, about] of PROVE_FLAGS) prove.option(flag, `without a network: ${about}`);

  add(
    "look",
    "what a network is made of, whether it can be proved, and what that costs",
    "zkgrad look network.onnx --data cal_data.json",
    (telling, given, network) => look(telling, network!, given),
  ).argument("<network.onnx>", "the network")
    .option("--data <path>", "samples to calibrate with")
    .option(...VARIABLES);

  add(
    "mock",
    "what the circuit computes for an input, in milliseconds and without keys",
    "zkgrad mock network.onnx --input input.json",
    (telling, given, network) => mock(telling, network, given),
  ).argument("[network.onnx]", "the network; without one, the compiled circuit")
    .option("--input <path>", "the input (input.json)")
    .option("--data <path>", "samples to calibrate with (the input alone)")
    .option("-M, --compiled-circuit <path>", "the compiled circuit (network.compiled)")
    .option(...ROUND_INPUTS)
    .option(...VARIABLES);

  for (const [name, { about, flags, example, run: doing, more }] of Object.entries(STEPS)) {
    const command = add(name, about, example, doing);
    for (const [flag, what] of flags) command.option(flag, what);
    more?.(command);
  }
  // Their flags are the hub's and the tutorial's own, and are read by those.
  const other = (name: string, about: string, doing: (words: readonly string[], json: boolean) => Promise<void>) =>
    program.command(name).description(about).option("--json", "one object of JSON in place of text")
      .helpOption(false).allowUnknownOption().argument("[words...]")
      .action((words: string[], { json }: { json?: boolean }) => doing(words, json === true));
  other("serve", "a hub of one's own, which makes circuits, keys and proofs for others", (words, json) => {
    return serve(around, words, json);
  });
  if (tutorial) {
    other("train", "the tutorial: LeNet on MNIST, trained, exported and proved", (words, json) => {
      return train(new Telling(around, json), around, words, json, tutorial);
    });
  }
  program.command("completion").description("a script that completes commands and flags in a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText("after", "\nExample:\n  zkgrad completion bash > ~/.local/share/bash-completion/completions/zkgrad")
    .action(async (shell: string) => {
      around.out(completionScript(shell, program, { serve: await serveFlags(), train: await trainFlags() }));
    });
  return program;
}
