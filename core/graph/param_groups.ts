/**
 * Groups of parameters, each with settings of its own, as torch.optim has them.
 * @module
 */
import { checkArguments, expect } from "../base/arguments.ts";
import { ArgumentError } from "../base/errors.ts";
import { checkOptions, isOptions } from "../base/known.ts";
import { type AnyModule, Module, Parameter } from "./module.ts";
import { learningRate, type Optimizer, type ParamGroup } from "./optimizer.ts";

/** What a kind of optimiser knows of its settings. */
export interface GroupRules<Group extends ParamGroup> {
  /** The settings' defaults. */
  readonly defaults: Omit<Group, "params">;
  /** What PyTorch has at the places after the parameters. */
  readonly positional: readonly string[];
  /** Throws an `ArgumentError` that begins with `where` for settings outside their domain. */
  check(where: string, group: Group): void;
}

/** An optimiser whose settings may differ from group to group: what is the same for all kinds. */
export abstract class GroupedOptimizer<Group extends ParamGroup> implements Optimizer {
  /** The name in listings and checkpoints. */
  readonly name: string;
  /** The groups with their settings, which may be changed between epochs; one of all parameters where none were given. */
  readonly paramGroups: readonly Group[];
  /** What a checkpoint must agree with: the settings at first. */
  readonly settings: string;
  /** The values that it keeps per parameter. */
  abstract readonly state: readonly string[];
  /** The numbers of a group that change from step to step. */
  abstract readonly numbers: readonly string[];
  /** The update of one element. */
  abstract readonly wgsl: string;

  /** Reads the arguments of a constructor, the parameters or groups first, if any, then the options. */
  protected constructor(
    name: string,
    given: ArrayLike<unknown>,
    rules: GroupRules<Group>,
    settings: (group: Group) => string,
  ) {
    this.name = name;
    this.paramGroups = readGroups(name, given, rules);
    this.settings = this.paramGroups.map(settings).join("; ");
  }

  /** The learning rate of the first group. */
  get lr(): number {
    return this.paramGroups[0].lr;
  }

  /** Sets the learning rate where there is one group; throws an `ArgumentError` where there are several. */
  set lr(lr: number) {
    if (this.paramGroups.length > 1) {
      throw new ArgumentError(
        `${this.name}: lr was set to ${lr} and there are ${this.paramGroups.length} groups; set the lr of one of ` +
          "them, as in optimizer.paramGroups[0].lr",
      );
    }
    this.paramGroups[0].lr = lr;
  }

  /** The numbers of a group at its `step`th step, counting from 1. */
  scalars(step: number, group = 0): readonly number[] {
    const settings = this.paramGroups[group];
    learningRate(this.name, settings.lr);
    return this.numbersOf(settings, step);
  }

  /** The numbers, in the order of their names. */
  protected abstract numbersOf(group: Group, step: number): readonly number[];
}

/** The group of each parameter that is in one, by name; throws an `ArgumentError` for one in two, or in another model. */
export function groupsOf(optimizer: Optimizer, named: readonly [string, Parameter][]): Map<string, number> {
  const found = new Map<string, number>();
  const names = new Map(named.map(([name, parameter]) => [parameter, name]));
  const add = (group: number, name: string | undefined): void => {
    if (name === undefined) {
      throw new ArgumentError(
        `${optimizer.name}: group ${group} has a parameter that the model has not; give it layers or parameters of ` +
          "the model that is trained",
      );
    }
    const other = found.get(name);
    if (other !== undefined && other !== group) {
      throw new ArgumentError(
        `${optimizer.name}: ${name} is in group ${other} and in group ${group}, expected one; a group without params ` +
          "takes what no other does",
      );
    }
    found.set(name, group);
  };
  for (const [group, { params }] of optimizer.paramGroups.entries()) {
    if (params === undefined) continue;
    if (typeof params === "function") {
      for (const [name, parameter] of named) if (params(name, parameter)) add(group, name);
      continue;
    }
    for (const part of [params].flat() as (AnyModule | Parameter)[]) {
      const own = part instanceof Parameter ? [part] : part.namedParameters().map(([, parameter]) => parameter);
      own.forEach((parameter) => add(group, names.get(parameter)));
    }
  }
  const rest = optimizer.paramGroups.findIndex(({ params }) => params === undefined);
  if (rest !== -1) { for (const [name] of named) if (!found.has(name)) found.set(name, rest); }
  return found;
}

function readGroups<Group extends ParamGroup>(
  name: string,
  given: ArrayLike<unknown>,
  { defaults, positional, check }: GroupRules<Group>,
): Group[] {
  const names = Object.keys(defaults);
  const [first] = Array.from(given);
  const leads = isPart(first) || Array.isArray(first) ||
    (typeof first === "function" && !/^class\b/.test(Function.prototype.toString.call(first)));
  checkArguments(name, given, leads ? 1 : 0, names, positional);
  const options = known((leads ? given[1] : first) ?? {});
  const parts = leads && Array.isArray(first) && !first.every(isPart) ? first : null;
  const groups: object[] = parts ?? [leads ? { params: first } : {}];
  expect(
    !Array.isArray(first) || first.length > 0,
    `${name}: the parameters`,
    first,
    "at least one of them, or a group",
  );
  const made = groups.map((group, k) => {
    const where = parts === null ? name : `${name}: group ${k}`;
    if (parts !== null) {
      expect(isOptions(group) && !isPart(group), where, group, "{ params, lr, ... }; all groups, or all parameters");
      checkOptions(where, group, ["params", ...names]);
      const { params } = group as { params?: unknown };
      if (params !== undefined) checkParams(where, params);
    }
    const settings = { ...defaults, ...options, ...known(group) } as unknown as Group;
    learningRate(where, settings.lr);
    check(where, settings);
    return settings;
  });
  const rest = made.flatMap(({ params }, k) => params === undefined ? [k] : []);
  if (rest.length > 1) {
    throw new ArgumentError(
      `${name}: groups ${rest.join(" and ")} have no params, and so both take what no other does; give params to one`,
    );
  }
  return made;
}

function isPart(value: unknown): value is AnyModule | Parameter {
  return value instanceof Module || value instanceof Parameter;
}

function checkParams(where: string, params: unknown): void {
  const sound = isPart(params) || typeof params === "function" || (Array.isArray(params) && params.every(isPart));
  expect(
    sound,
    `${where}: params`,
    params,
    "a module, a parameter, a list of them, or a function of a name that says whether it is one of them",
  );
}

/** The options that were given, without those that are undefined. */
function known(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
