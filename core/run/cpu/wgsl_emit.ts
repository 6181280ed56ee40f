/**
 * From the tree of a WGSL formula to vector code: what is one number in WGSL is four of them here, of four samples (or
 * of four neighbours, where an optimiser runs over parameters). Floats are always four; whole numbers and conditions
 * are one as long as they are the same for all four, as counters and places are, and then steer real loops and branches.
 * Where they differ, both ways are gone and the results selected.
 * @module
 */
import { branchIf, type Code, f32x4, get, i32, loop, set, v128, when } from "../../wasm/code.ts";
import { selectLanes } from "../../wasm/features.ts";
import type { WasmFunction } from "../../wasm/module.ts";
import type { WgslFunction } from "../../graph/wgsl.ts";
import { OperationWriter } from "./wgsl_operations.ts";
import { type Block, type Expression, type FunctionTree, parseFunctions, type Statement } from "./wgsl_parse.ts";
import {
  castType,
  type Cell,
  isNanTest,
  MATH,
  narrow,
  type Operand,
  unreadable,
  VECTORS,
  wide,
} from "./wgsl_values.ts";

interface Variable extends Operand {
  readonly locals?: readonly number[];
}

/** What a formula reaches beside its own names: arrays and what is called. */
export interface Surroundings {
  /** Reads an element of an array of this name. */
  load?(array: string, index: Cell): Operand | undefined;
  /** Writes one; gives the code. */
  store?(array: string, index: Cell, value: Operand): Code | undefined;
  /** Calls a function that is not WGSL's; what it returns is its result, code an effect. */
  call?(name: string, operands: readonly Operand[]): { readonly value?: Operand; readonly effect?: Code } | undefined;
}

/** Writes formulas into one function of WebAssembly. */
export class WgslEmitter extends OperationWriter {
  readonly #around: Surroundings;
  readonly #functions = new Map<string, FunctionTree>();
  #mask: Code | null = null;

  /** A writer into `f`, with what formulas reach beside their own names. */
  constructor(f: WasmFunction, around: Surroundings = {}) {
    super(f);
    this.#around = around;
  }

  /** Applies a function of an operation to values. */
  apply(fn: WgslFunction, operands: readonly Operand[]): Operand {
    const trees = parseFunctions(fn.text);
    for (const tree of trees) this.#functions.set(tree.name, tree);
    const tree = trees.find(({ name }) => name === fn.name);
    if (tree === undefined) throw unreadable(`there is no function ${fn.name} in ${fn.text}`);
    return this.#inline(tree, operands);
  }

  /** Makes functions known that statements call. */
  define(text: string): void {
    for (const tree of parseFunctions(text)) this.#functions.set(tree.name, tree);
  }

  /** Writes statements; `names` are what they begin with, and the variables among them can be had afterwards. */
  run(block: Block, names: ReadonlyMap<string, Operand>): ReadonlyMap<string, Operand> {
    const scope = new Map<string, Variable>(names);
    this.#block(block, scope);
    return scope;
  }

  /** A variable that statements may assign to, with what it holds at first. */
  variable(value: Operand): Operand {
    return this.#variable(value);
  }

  #inline(tree: FunctionTree, operands: readonly Operand[]): Operand {
    const scope = new Map<string, Variable>(tree.parameters.map((name, k) => [name, this.bound(operands[k])]));
    const last = tree.body.at(-1);
    if (last?.is !== "return") throw unreadable(`the function ${tree.name} does not end by returning a value`);
    this.#block(tree.body.slice(0, -1), scope);
    return this.bound(this.#value(last.value, scope));
  }

  #block(block: Block, outer: Map<string, Variable>, own = false): void {
    const scope = own ? new Map(outer) : outer;
    for (const statement of block) this.#statement(statement, scope);
  }

  #statement(statement: Statement, scope: Map<string, Variable>): void {
    switch (statement.is) {
      case "declare": {
        const value = this.#value(statement.value, scope);
        scope.set(statement.name, statement.variable ? this.#variable(value) : this.bound(value));
        return;
      }
      case "assign":
        return this.#assign(statement.target, this.#value(statement.value, scope), scope);
      case "if":
        return this.#if(statement, scope);
      case "for":
        return this.#for(statement, scope);
      case "call":
        return void this.#value(statement.call, scope);
      case "return":
        throw unreadable("it returns in the middle of a function");
    }
  }

  #assign(target: Expression, given: Operand, scope: Map<string, Variable>): void {
    if (target.is === "element" && target.of.is === "name") {
      const [index] = this.#value(target.index, scope).cells;
      const code = this.#mask === null ? this.#around.store?.(target.of.name, index, given) : undefined;
      if (code === undefined) throw unreadable(`it writes to ${target.of.name} where that cannot be`);
      this.add(code);
      return;
    }
    const variable = target.is === "name" ? scope.get(target.name) : undefined;
    if (variable?.locals === undefined) throw unreadable("it assigns to what is no variable");
    const { locals, cells } = variable;
    const value = this.as(variable.type, given);
    const parts = cells.map((cell, k) => {
      const part = value.cells[value.cells.length === 1 ? 0 : k];
      return this.bindCell(cell.wide ? this.widen(part, variable.type) : part);
    });
    parts.forEach((part, k) => {
      if (part.wide && !cells[k].wide) throw unreadable("a counter is set to what differs from sample to sample");
      const masked = this.#mask === null || !cells[k].wide;
      this.add(set(locals[k], masked ? part.code : selectLanes(this.#mask!, part.code, cells[k].code)));
    });
  }

  #if({ condition, then, otherwise }: Statement & { is: "if" }, scope: Map<string, Variable>): void {
    const [cell] = this.bound(this.#value(condition, scope)).cells;
    const before = this.out;
    const branch = (block: Block, mask: Code | null): Code => {
      const kept = this.#mask;
      this.out = [];
      this.#mask = mask;
      this.#block(block, scope, true);
      this.#mask = kept;
      return this.out;
    };
    if (!cell.wide) {
      const code = when(cell.code, branch(then, this.#mask), branch(otherwise, this.#mask));
      this.out = before;
      this.add(code);
      return;
    }
    const within = (mask: Code): Code => {
      if (this.#mask === null) return mask;
      return v128.and(mask, this.#mask);
    };
    const codes = [branch(then, within(cell.code)), branch(otherwise, within(v128.not(cell.code)))];
    this.out = before;
    this.add(codes);
  }

  #for({ name, from, condition, next, body }: Statement & { is: "for" }, outer: Map<string, Variable>): void {
    const scope = new Map(outer);
    const start = this.#value(from, scope);
    if (start.cells[0].wide) throw unreadable("a counter begins at what differs from sample to sample");
    const local = this.f.local("i32");
    this.add(set(local, start.cells[0].code));
    const type = start.type === "int" ? "i32" : start.type;
    scope.set(name, { type, cells: [{ code: get(local), wide: false }], locals: [local] });
    const before = this.out;
    const part = (write: () => void): Code => {
      this.out = [];
      write();
      return this.out;
    };
    const test = (): Cell => {
      const [cell] = this.#value(condition, scope).cells;
      if (cell.wide) throw unreadable("a loop ends where it differs from sample to sample");
      return cell;
    };
    let first: Cell;
    const entering = part(() => first = test());
    let again: Cell;
    const inner = part(() => {
      this.#block(body, scope, true);
      this.#statement(next, scope);
      again = test();
    });
    this.out = before;
    this.add([entering, when(first!.code, loop(inner, branchIf(0, again!.code)))]);
  }

  #value(expression: Expression, scope: ReadonlyMap<string, Variable>): Operand {
    switch (expression.is) {
      case "number": {
        const { value, type } = expression;
        return type === "f32" ? wide(this.f.float(value)) : narrow(i32.const(value), type);
      }
      case "name": {
        const { name } = expression;
        if (name === "true" || name === "false") return narrow(i32.const(name === "true" ? 1 : 0), "bool");
        const known = scope.get(name);
        if (known === undefined) throw unreadable(`it uses ${name}, which is not known here`);
        // A variable may be another by the time that its value is used.
        if (known.locals === undefined) return known;
        return { type: known.type, cells: known.cells.map((cell) => this.copied(cell)) };
      }
      case "member": {
        const { of, name } = expression;
        if (of.is === "name" && !scope.has(of.name)) {
          const called = this.#around.call?.(`${of.name}.${name}`, [])?.value;
          if (called !== undefined) return this.bound(called);
        }
        const value = this.bound(this.#value(of, scope));
        return { type: value.type, cells: [...name].map((c) => value.cells["xyzw".indexOf(c)]) };
      }
      case "element": {
        const [index] = this.bound(this.#value(expression.index, scope)).cells;
        const { of } = expression;
        if (of.is === "name" && !scope.has(of.name)) {
          const loaded = this.#around.load?.(of.name, index);
          if (loaded === undefined) throw unreadable(`it reads ${of.name}, which is no array here`);
          return this.bound(loaded);
        }
        return this.component(this.bound(this.#value(of, scope)), index);
      }
      case "unary":
        if (expression.operator === "-" && expression.operand.is === "number" && expression.operand.type === "f32") {
          return wide(this.f.float(-expression.operand.value));
        }
        return this.unary(expression.operator, this.#value(expression.operand, scope));
      case "binary":
        if (isNanTest(expression)) {
          const { operands: [x] } = expression.left.left;
          return this.each("bool", [this.bound(this.#value(x, scope))], ([{ code }]) => ({
            code: f32x4.ne(code, code),
            wide: true,
          }));
        }
        return this.binary(
          expression.operator,
          this.#value(expression.left, scope),
          this.#value(expression.right, scope),
        );
      case "call":
        return this.#call(expression.name, expression.operands.map((operand) => this.#value(operand, scope)));
    }
  }

  #call(name: string, operands: readonly Operand[]): Operand {
    const tree = this.#functions.get(name);
    if (tree !== undefined) return this.#inline(tree, operands);
    const around = this.#around.call?.(name, operands.map((operand) => this.bound(operand)));
    if (around !== undefined) {
      if (around.effect !== undefined) {
        if (this.#mask !== null) throw unreadable(`it calls ${name} where samples differ`);
        this.add(around.effect);
      }
      return around.value === undefined ? narrow(i32.const(0)) : this.bound(around.value);
    }
    const math = MATH[name];
    if (math !== undefined) {
      const values = operands.map((operand) => this.bound(this.as("f32", operand)));
      return this.each("f32", values, ([{ code }]) => ({ code: math(this.f, code), wide: true }));
    }
    if (name in VECTORS) return this.vector(...VECTORS[name], operands);
    if (name.startsWith("bitcast<")) return { type: castType(name), cells: operands[0].cells };
    if (name === "f32" || name === "i32" || name === "u32" || name === "bool") return this.convert(name, operands[0]);
    return this.known(name, operands);
  }

  #variable(value: Operand): Variable {
    const typed = value.type === "int" ? { ...value, type: "i32" as const } : value;
    // Only counters stay narrow: what a variable is set to may differ from sample to sample.
    const cells = typed.cells.map((cell) => this.widen(cell, typed.type));
    const locals = cells.map((cell) => {
      const local = this.f.local("v128");
      this.add(set(local, cell.code));
      return local;
    });
    return { type: typed.type, cells: locals.map((local) => ({ code: get(local), wide: true })), locals };
  }
}
