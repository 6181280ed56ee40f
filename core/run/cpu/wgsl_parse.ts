/**
 * Reads the part of WGSL that operations write their formulas in: functions, `let` and `var`, assignments, `if`, `for`,
 * and expressions. What is read becomes a tree, out of which the CPU's code is made (`wgsl_emit.ts`).
 * @module
 */
import { ArgumentError } from "../../base/errors.ts";

/** An expression. */
export type Expression =
  | { readonly is: "number"; readonly value: number; readonly type: "f32" | "i32" | "u32" | "int" }
  | { readonly is: "name"; readonly name: string }
  | { readonly is: "call"; readonly name: string; readonly operands: readonly Expression[] }
  | { readonly is: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly is: "member"; readonly of: Expression; readonly name: string }
  | { readonly is: "element"; readonly of: Expression; readonly index: Expression };

/** A statement. */
export type Statement =
  | { readonly is: "declare"; readonly name: string; readonly value: Expression; readonly variable: boolean }
  | { readonly is: "assign"; readonly target: Expression; readonly value: Expression }
  | { readonly is: "if"; readonly condition: Expression; readonly then: Block; readonly otherwise: Block }
  | {
    readonly is: "for";
    readonly name: string;
    readonly from: Expression;
    readonly condition: Expression;
    readonly next: Statement;
    readonly body: Block;
  }
  | { readonly is: "call"; readonly call: Expression }
  | { readonly is: "return"; readonly value: Expression };

/** Statements in order. */
export type Block = readonly Statement[];

/** A function. */
export interface FunctionTree {
  /** Its name. */
  readonly name: string;
  /** The names of its parameters. */
  readonly parameters: readonly string[];
  /** What it does. */
  readonly body: Block;
}

const TOKEN =
  /\/\/[^\n]*|\s+|0x[0-9a-fA-F]+[ui]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[uifh]?|[A-Za-z_]\w*|->|&&|\|\||<<|>>|[=!<>+\-*/%&|]=|\+\+|--|[-+*/%&|^!~<>=(){}[\],;:.@]/gy;

/** Operators by how tightly they bind, the loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** Names that take a type in angle brackets. */
const GENERIC = new Set(["bitcast", "vec2", "vec3", "vec4", "array"]);

/** The last texts that were read: each is met several times in a plan. */
const MOST_READ = 64;

/** Reads a text once. */
function reading<T>(read: (reader: Reader) => T[]): (text: string) => readonly T[] {
  const known = new Map<string, readonly T[]>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      const reader = new Reader(text);
      const all: T[] = [];
      while (!reader.done) all.push(...read(reader));
      if (known.size === MOST_READ) known.clear();
      known.set(text, found = all);
    }
    return found;
  };
}

/** Reads every function of a text. */
export const parseFunctions: (text: string) => readonly FunctionTree[] = reading((reader) => [reader.function()]);

/** Reads statements without a function around them. */
export const parseBlock: (text: string) => Block = reading((reader) => reader.statement());

class Reader {
  readonly #text: string;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    TOKEN.lastIndex = 0;
    for (let end = 0; end < text.length; end = TOKEN.lastIndex) {
      const [token] = TOKEN.exec(text) ?? this.#fail(`"${text.slice(end, end + 20)}"`);
      if (!/^(?:\s|\/\/)/.test(token)) this.#tokens.push(token);
    }
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  function(): FunctionTree {
    this.#take("fn");
    const name = this.#next();
    this.#take("(");
    const parameters: string[] = [];
    while (!this.#has(")")) {
      parameters.push(this.#next());
      this.#take(":");
      this.#type();
      this.#has(",");
    }
    if (this.#has("->")) this.#type();
    return { name, parameters, body: this.#block() };
  }

  statement(): Statement[] {
    const token = this.#next();
    if (token === ";") return [];
    if (token === "let" || token === "const" || token === "var") {
      const name = this.#next();
      if (this.#has(":")) this.#type();
      this.#take("=");
      const value = this.#ended(this.#expression());
      return [{ is: "declare", name, value, variable: token === "var" }];
    }
    if (token === "return") return [{ is: "return", value: this.#ended(this.#expression()) }];
    if (token === "if") {
      const condition = this.#expression();
      const then = this.#block();
      let otherwise: Block = [];
      if (this.#has("else")) otherwise = this.#peek() === "if" ? this.statement() : this.#block();
      return [{ is: "if", condition, then, otherwise }];
    }
    if (token === "for") return [this.#for()];
    this.#at--;
    return [this.#ended(this.#simple())];
  }

  #for(): Statement {
    this.#take("(");
    this.#take("var");
    const name = this.#next();
    if (this.#has(":")) this.#type();
    this.#take("=");
    const from = this.#ended(this.#expression());
    const condition = this.#ended(this.#expression());
    const next = this.#simple();
    this.#take(")");
    return { is: "for", name, from, condition, next, body: this.#block() };
  }

  #block(): Block {
    this.#take("{");
    const statements: Statement[] = [];
    while (!this.#has("}")) statements.push(...this.statement());
    return statements;
  }

  /** An assignment or a call. */
  #simple(): Statement {
    const target = this.#expression();
    const token = this.#peek();
    if (token === "++" || token === "--") {
      this.#next();
      const one: Expression = { is: "number", value: 1, type: "int" };
      return { is: "assign", target, value: { is: "binary", operator: token[0], left: target, right: one } };
    }
    if (token === "=") {
      this.#next();
      return { is: "assign", target, value: this.#expression() };
    }
    if (token !== undefined && /^[+\-*/%&|]=$/.test(token)) {
      this.#next();
      return {
        is: "assign",
        target,
        value: { is: "binary", operator: token[0], left: target, right: this.#expression() },
      };
    }
    if (target.is !== "call") this.#fail(`an expression that nothing is done with, before "${token}"`);
    return { is: "call", call: target };
  }

  #expression(level = 0): Expression {
    if (level === LEVELS.length) return this.#unary();
    let left = this.#expression(level + 1);
    for (let token = this.#peek(); token !== undefined && LEVELS[level].includes(token); token = this.#peek()) {
      this.#next();
      left = { is: "binary", operator: token, left, right: this.#expression(level + 1) };
    }
    return left;
  }

  #unary(): Expression {
    const token = this.#peek();
    if (token === "-" || token === "!" || token === "~") {
      this.#next();
      return { is: "unary", operator: token, operand: this.#unary() };
    }
    let value = this.#primary();
    for (;;) {
      if (this.#has(".")) value = { is: "member", of: value, name: this.#next() };
      else if (this.#has("[")) {
        value = { is: "element", of: value, index: this.#expression() };
        this.#take("]");
      } else return value;
    }
  }

  #primary(): Expression {
    const token = this.#next();
    if (token === "(") {
      const inner = this.#expression();
      this.#take(")");
      return inner;
    }
    if (/^[\d.]/.test(token)) return number(token);
    if (token === "true" || token === "false") return { is: "name", name: token };
    if (!/^[A-Za-z_]/.test(token)) this.#fail(`"${token}" where a value should be`);
    let name = token;
    if (GENERIC.has(token) && this.#has("<")) {
      name += `<${this.#type()}>`;
      this.#take(">");
    }
    if (!this.#has("(")) return { is: "name", name };
    const operands: Expression[] = [];
    while (!this.#has(")")) {
      operands.push(this.#expression());
      this.#has(",");
    }
    return { is: "call", name, operands };
  }

  #type(): string {
    const name = this.#next();
    if (!GENERIC.has(name) || !this.#has("<")) return name;
    const inner = this.#type();
    this.#take(">");
    return `${name}<${inner}>`;
  }

  #ended<T>(value: T): T {
    this.#take(";");
    return value;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? this.#fail("its end too early");
  }

  #has(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #take(token: string): void {
    const found = this.#next();
    if (found !== token) this.#fail(`"${found}" where "${token}" should be`);
  }

  #fail(what: string): never {
    throw new ArgumentError(
      `the CPU back end cannot read this WGSL, which has ${what}: ${this.#text.trim()}; write it with functions, let, ` +
        'var, if, for, return and expressions, or train with device "gpu"',
    );
  }
}

function number(token: string): Expression {
  const hexadecimal = token.startsWith("0x");
  const suffix = token.at(-1)!;
  const suffixed = hexadecimal ? /[ui]/.test(suffix) : /[uifh]/.test(suffix);
  const value = Number(suffixed ? token.slice(0, -1) : token);
  if (suffixed) return { is: "number", value, type: suffix === "u" ? "u32" : suffix === "i" ? "i32" : "f32" };
  return { is: "number", value, type: hexadecimal || /^\d+$/.test(token) ? "int" : "f32" };
}
