/**
 * From the tree of a WGSL formula to vector code: what is one number in WGSL is four of them here, of four samples (or
 * of four neighbours, where an optimiser runs over parameters). Floats are always four; whole numbers and conditions
 * are one as long as they are the same for all four, as counters and places are, and then steer real loops and branches.
 * Where they differ, both ways are gone and the results selected.
 * @module
 */
import { branchIf, type Code, f32, f32x4, get, i32, i32x4, loop, set, v128, when } from "../../wasm/code.ts";
import { selectLanes } from "../../wasm/features.ts";
import type { WasmFunction } from "../../wasm/module.ts";
import type { WgslFunction } from "../../graph/wgsl.ts";
import { type Block, type Expression, type FunctionTree, parseFunctions, type Statement } from "./wgsl_parse.ts";
import {
  castType,
  type Cell,
  COMPARES,
  constantOf,
  instructionOf,
  isNanTest,
  isSigned,
  MATH,
  meet,
  narrow,
  type Operand,
  type Scalar,
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
export class WgslEmitter {
  readonly #function: WasmFunction;
  readonly #around: Surroundings;
  readonly #functions = new Map<string, FunctionTree>();
  #out: Code[] = [];
  #mask: Code | null = null;

  /** A writer into `f`, with what formulas reach beside their own names. */
  constructor(f: WasmFunction, around: Surroundings = {}) {
    this.#function = f;
    this.#around = around;
  }

  /** Takes the code that was written since the last time. */
  take(): Code {
    const taken = this.#out;
    this.#out = [];
    return taken;
  }

  /** Adds code. */
  add(code: Code): void {
    this.#out.push(code);
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
    const scope = new Map<string, Variable>(tree.parameters.map((name, k) => [name, this.#bound(operands[k])]));
    const last = tree.body.at(-1);
    if (last?.is !== "return") throw unreadable(`the function ${tree.name} does not end by returning a value`);
    this.#block(tree.body.slice(0, -1), scope);
    return this.#bound(this.#value(last.value, scope));
  }

  #block(block: Block, outer: Map<string, Variable>, own = false): void {
    const scope = own ? new Map(outer) : outer;
    for (const statement of block) this.#statement(statement, scope);
  }

  #statement(statement: Statement, scope: Map<string, Variable>): void {
    switch (statement.is) {
      case "declare": {
        const value = this.#value(statement.value, scope);
        scope.set(statement.name, statement.variable ? this.#variable(value) : this.#bound(value));
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
    const value = this.#as(variable.type, given);
    const parts = cells.map((cell, k) => {
      const part = value.cells[value.cells.length === 1 ? 0 : k];
      return this.#bindCell(cell.wide ? this.#widen(part, variable.type) : part);
    });
    parts.forEach((part, k) => {
      if (part.wide && !cells[k].wide) throw unreadable("a counter is set to what differs from sample to sample");
      const masked = this.#mask === null || !cells[k].wide;
      this.add(set(locals[k], masked ? part.code : selectLanes(this.#mask!, part.code, cells[k].code)));
    });
  }

  #if({ condition, then, otherwise }: Statement & { is: "if" }, scope: Map<string, Variable>): void {
    const [cell] = this.#bound(this.#value(condition, scope)).cells;
    const before = this.#out;
    const branch = (block: Block, mask: Code | null): Code => {
      const kept = this.#mask;
      this.#out = [];
      this.#mask = mask;
      this.#block(block, scope, true);
      this.#mask = kept;
      return this.#out;
    };
    if (!cell.wide) {
      const code = when(cell.code, branch(then, this.#mask), branch(otherwise, this.#mask));
      this.#out = before;
      this.add(code);
      return;
    }
    const within = (mask: Code): Code => {
      if (this.#mask === null) return mask;
      return v128.and(mask, this.#mask);
    };
    const codes = [branch(then, within(cell.code)), branch(otherwise, within(v128.not(cell.code)))];
    this.#out = before;
    this.add(codes);
  }

  #for({ name, from, condition, next, body }: Statement & { is: "for" }, outer: Map<string, Variable>): void {
    const scope = new Map(outer);
    const start = this.#value(from, scope);
    if (start.cells[0].wide) throw unreadable("a counter begins at what differs from sample to sample");
    const local = this.#function.local("i32");
    this.add(set(local, start.cells[0].code));
    const type = start.type === "int" ? "i32" : start.type;
    scope.set(name, { type, cells: [{ code: get(local), wide: false }], locals: [local] });
    const before = this.#out;
    const part = (write: () => void): Code => {
      this.#out = [];
      write();
      return this.#out;
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
    this.#out = before;
    this.add([entering, when(first!.code, loop(inner, branchIf(0, again!.code)))]);
  }

  #value(expression: Expression, scope: ReadonlyMap<string, Variable>): Operand {
    switch (expression.is) {
      case "number": {
        const { value, type } = expression;
        return type === "f32" ? wide(this.#function.float(value)) : narrow(i32.const(value), type);
      }
      case "name": {
        const { name } = expression;
        if (name === "true" || name === "false") return narrow(i32.const(name === "true" ? 1 : 0), "bool");
        const known = scope.get(name);
        if (known === undefined) throw unreadable(`it uses ${name}, which is not known here`);
        // A variable may be another by the time that its value is used.
        if (known.locals === undefined) return known;
        return { type: known.type, cells: known.cells.map((cell) => this.#copied(cell)) };
      }
      case "member": {
        const { of, name } = expression;
        if (of.is === "name" && !scope.has(of.name)) {
          const called = this.#around.call?.(`${of.name}.${name}`, [])?.value;
          if (called !== undefined) return this.#bound(called);
        }
        const value = this.#bound(this.#value(of, scope));
        return { type: value.type, cells: [...name].map((c) => value.cells["xyzw".indexOf(c)]) };
      }
      case "element": {
        const [index] = this.#bound(this.#value(expression.index, scope)).cells;
        const { of } = expression;
        if (of.is === "name" && !scope.has(of.name)) {
          const loaded = this.#around.load?.(of.name, index);
          if (loaded === undefined) throw unreadable(`it reads ${of.name}, which is no array here`);
          return this.#bound(loaded);
        }
        return this.#component(this.#bound(this.#value(of, scope)), index);
      }
      case "unary":
        return this.#unary(expression.operator, this.#value(expression.operand, scope));
      case "binary":
        if (isNanTest(expression)) {
          const { operands: [x] } = expression.left.left;
          return this.#each("bool", [this.#bound(this.#value(x, scope))], ([{ code }]) => ({
            code: f32x4.ne(code, code),
            wide: true,
          }));
        }
        return this.#binary(
          expression.operator,
          this.#value(expression.left, scope),
          this.#value(expression.right, scope),
        );
      case "call":
        return this.#call(expression.name, expression.operands.map((operand) => this.#value(operand, scope)));
    }
  }

  /** A component of a vector by a place that is known only when it runs. */
  #component({ type, cells }: Operand, index: Cell): Operand {
    const code = cells.reduceRight(
      (rest: Code | null, cell, k) =>
        rest === null ? this.#widen(cell, type).code : selectLanes(
          i32x4.eq(this.#widen(index, "u32").code, i32x4.splat(i32.const(k))),
          this.#widen(cell, type).code,
          rest,
        ),
      null,
    )!;
    return this.#bound(wide(code, type));
  }

  #unary(operator: string, value: Operand): Operand {
    const { type } = value;
    return this.#each(type, [value], ([cell]) => {
      if (operator === "-" && type === "f32") return { code: f32x4.neg(cell.code), wide: true };
      if (operator === "-") {
        return { code: cell.wide ? i32x4.neg(cell.code) : i32.sub(i32.const(0), cell.code), wide: cell.wide };
      }
      if (cell.wide) return { code: v128.not(cell.code), wide: true };
      return { code: type === "bool" ? i32.eqz(cell.code) : i32.xor(cell.code, i32.const(-1)), wide: false };
    });
  }

  #binary(operator: string, left: Operand, right: Operand): Operand {
    const type = meet(left.type, right.type);
    const [a, b] = [this.#as(type, left), this.#as(type, right)];
    const result = COMPARES.has(operator) ? "bool" : type;
    return this.#each(result, [a, b], ([x, y]) => this.#scalar(operator.replace(/^(&|\|)\1$/, "$1"), type, x, y));
  }

  #scalar(operator: string, type: Scalar, x: Cell, y: Cell): Cell {
    const isWide = type === "f32" || x.wide || y.wide;
    const signed = isSigned(type);
    const instruction = instructionOf(operator, type, isWide);
    if (instruction !== undefined) {
      const [a, b] = isWide ? [this.#widen(x, type), this.#widen(y, type)] : [x, y];
      return { code: instruction(a.code, b.code), wide: isWide };
    }
    if (operator === "min" || operator === "max") {
      const below = (signed ? i32.lt_s : i32.lt_u)(x.code, y.code);
      const [first, second] = operator === "min" ? [x, y] : [y, x];
      return { code: [first.code, second.code, below, 0x1b], wide: false };
    }
    const shift = operator === "<<" ? i32x4.shl : operator === ">>" ? (signed ? i32x4.shr_s : i32x4.shr_u) : undefined;
    if (shift === undefined || y.wide) throw unreadable(`it has ${operator} between ${type} numbers`);
    return { code: shift(this.#widen(x, type).code, y.code), wide: true };
  }

  #call(name: string, operands: readonly Operand[]): Operand {
    const tree = this.#functions.get(name);
    if (tree !== undefined) return this.#inline(tree, operands);
    const around = this.#around.call?.(name, operands.map((operand) => this.#bound(operand)));
    if (around !== undefined) {
      if (around.effect !== undefined) {
        if (this.#mask !== null) throw unreadable(`it calls ${name} where samples differ`);
        this.add(around.effect);
      }
      return around.value === undefined ? narrow(i32.const(0)) : this.#bound(around.value);
    }
    const math = MATH[name];
    if (math !== undefined) {
      const values = operands.map((operand) => this.#bound(this.#as("f32", operand)));
      return this.#each("f32", values, ([{ code }]) => ({ code: math(this.#function, code), wide: true }));
    }
    if (name in VECTORS) return this.#vector(...VECTORS[name], operands);
    if (name.startsWith("bitcast<")) return { type: castType(name), cells: operands[0].cells };
    if (name === "f32" || name === "i32" || name === "u32" || name === "bool") return this.#convert(name, operands[0]);
    return this.#known(name, operands);
  }

  #known(name: string, operands: readonly Operand[]): Operand {
    if (name === "select") {
      const type = meet(operands[0].type, operands[1].type);
      const [no, yes] = [this.#bound(this.#as(type, operands[0])), this.#bound(this.#as(type, operands[1]))];
      return this.#each(type, [no, yes, this.#bound(operands[2])], ([n, y, c]) => {
        if (!c.wide && !n.wide && !y.wide) return { code: [y.code, n.code, c.code, 0x1b], wide: false };
        const condition = this.#widen(c, "bool").code;
        return { code: selectLanes(condition, this.#widen(y, type).code, this.#widen(n, type).code), wide: true };
      });
    }
    if (name === "min" || name === "max") return this.#binary(name, operands[0], operands[1]);
    if (name === "clamp") return this.#binary("min", this.#binary("max", operands[0], operands[1]), operands[2]);
    if (name === "abs" && operands[0].type === "f32") {
      return this.#each("f32", operands, ([cell]) => ({ code: f32x4.abs(cell.code), wide: true }));
    }
    if (name === "fma") return this.#binary("+", this.#binary("*", operands[0], operands[1]), operands[2]);
    throw unreadable(`it calls ${name}()`);
  }

  #convert(to: "f32" | "i32" | "u32" | "bool", value: Operand): Operand {
    const { type } = value;
    return this.#each(to, [this.#bound(value)], ([cell]) => {
      if (to === "f32") {
        if (type === "f32") return cell;
        if (!cell.wide) {
          const known = constantOf(cell.code);
          if (known !== null) return { code: this.#function.float(known), wide: true };
          return { code: f32x4.splat((type === "u32" ? f32.convert_i32_u : f32.convert_i32_s)(cell.code)), wide: true };
        }
        if (type === "bool") return { code: v128.and(cell.code, this.#function.float(1)), wide: true };
        return { code: (type === "u32" ? f32x4.convert_i32x4_u : f32x4.convert_i32x4_s)(cell.code), wide: true };
      }
      if (type === "f32") {
        return { code: (to === "u32" ? i32x4.trunc_sat_f32x4_u : i32x4.trunc_sat_f32x4_s)(cell.code), wide: true };
      }
      if (type === "bool" && cell.wide) return { code: v128.and(cell.code, i32x4.splat(i32.const(1))), wide: true };
      return cell;
    });
  }

  #vector(type: Scalar, size: number, operands: readonly Operand[]): Operand {
    const cells = operands.flatMap((operand) => this.#bound(this.#as(type, operand)).cells);
    const zero = narrow(i32.const(0), "int");
    if (cells.length === 0) cells.push(...this.#as(type, zero).cells);
    if (cells.length === size) return { type, cells };
    if (cells.length !== 1) throw unreadable(`it makes a vector of ${size} out of ${cells.length} numbers`);
    return { type, cells: Array.from({ length: size }, () => cells[0]) };
  }

  /** Applies to every component; one operand may have one for all. */
  #each(type: Scalar, operands: readonly Operand[], make: (cells: readonly Cell[]) => Cell): Operand {
    const size = Math.max(...operands.map(({ cells }) => cells.length));
    const cells = Array.from(
      { length: size },
      (_, k) => this.#bindCell(make(operands.map(({ cells }) => cells[cells.length === 1 ? 0 : k]))),
    );
    return { type, cells };
  }

  /** A whole number without a type becomes what the other is. */
  #as(type: Scalar, value: Operand): Operand {
    if (value.type === type || value.type !== "int") {
      if (value.type !== type && type !== "int") throw unreadable(`it takes ${value.type} for ${type}`);
      return value;
    }
    return type === "f32" ? this.#convert("f32", value) : { type, cells: value.cells };
  }

  #widen(cell: Cell, type: Scalar): Cell {
    if (cell.wide) return cell;
    // A condition is all ones or all zeros.
    const known = constantOf(cell.code);
    if (known !== null) return { code: this.#function.whole(type === "bool" ? -known : known), wide: true };
    const code = type === "bool" ? i32.sub(i32.const(0), i32.ne(cell.code, i32.const(0))) : cell.code;
    return { code: i32x4.splat(code), wide: true };
  }

  #variable(value: Operand): Variable {
    const typed = value.type === "int" ? { ...value, type: "i32" as const } : value;
    // Only counters stay narrow: what a variable is set to may differ from sample to sample.
    const cells = typed.cells.map((cell) => this.#widen(cell, typed.type));
    const locals = cells.map((cell) => {
      const local = this.#function.local("v128");
      this.add(set(local, cell.code));
      return local;
    });
    return { type: typed.type, cells: locals.map((local) => ({ code: get(local), wide: true })), locals };
  }

  #bound(value: Operand): Operand {
    return { type: value.type, cells: value.cells.map((cell) => this.#bindCell(cell)) };
  }

  /** Puts a component into a local, unless it is one or a constant. */
  #bindCell(cell: Cell): Cell {
    const { code } = cell;
    const simple = Array.isArray(code) &&
      (code[0] === 0x20 || code[0] === 0x41 || (code[0] === 0xfd && code[1] === 0x0c));
    return simple ? cell : this.#copied(cell);
  }

  #copied(cell: Cell): Cell {
    const local = this.#function.local(cell.wide ? "v128" : "i32");
    this.add(set(local, cell.code));
    return { code: get(local), wide: cell.wide };
  }
}
