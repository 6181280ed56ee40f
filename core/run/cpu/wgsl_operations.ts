/**
 * Writes single operations on values: each component into a local of its own.
 * @module
 */
import { type Code, f32, f32x4, get, i32, i32x4, set, v128 } from "../../wasm/code.ts";
import { multiplyAdd, selectLanes } from "../../wasm/features.ts";
import type { WasmFunction } from "../../wasm/module.ts";
import {
  type Cell,
  COMPARES,
  constantOf,
  instructionOf,
  isSigned,
  meet,
  narrow,
  type Operand,
  type Scalar,
  unreadable,
  wide,
} from "./wgsl_values.ts";

/** A writer of operations into one function. */
export class OperationWriter {
  /** The function. */
  protected readonly f: WasmFunction;
  /** The code since it was last taken. */
  protected out: Code[] = [];

  /** A writer into `f`. */
  constructor(f: WasmFunction) {
    this.f = f;
  }

  /** Takes the code that was written since the last time. */
  take(): Code {
    const taken = this.out;
    this.out = [];
    return taken;
  }

  /** Adds code. */
  add(code: Code): void {
    this.out.push(code);
  }

  /** A component of a vector by a place that is known only when it runs. */
  protected component({ type, cells }: Operand, index: Cell): Operand {
    const code = cells.reduceRight(
      (rest: Code | null, cell, k) =>
        rest === null ? this.widen(cell, type).code : selectLanes(
          i32x4.eq(this.widen(index, "u32").code, i32x4.splat(i32.const(k))),
          this.widen(cell, type).code,
          rest,
        ),
      null,
    )!;
    return this.bound(wide(code, type));
  }

  protected unary(operator: string, value: Operand): Operand {
    const { type } = value;
    return this.each(type, [value], ([cell]) => {
      if (operator === "-" && type === "f32") return { code: f32x4.neg(cell.code), wide: true };
      if (operator === "-") {
        return { code: cell.wide ? i32x4.neg(cell.code) : i32.sub(i32.const(0), cell.code), wide: cell.wide };
      }
      if (cell.wide) return { code: v128.not(cell.code), wide: true };
      return { code: type === "bool" ? i32.eqz(cell.code) : i32.xor(cell.code, i32.const(-1)), wide: false };
    });
  }

  protected binary(operator: string, left: Operand, right: Operand): Operand {
    const type = meet(left.type, right.type);
    const [a, b] = [this.as(type, left), this.as(type, right)];
    const result = COMPARES.has(operator) ? "bool" : type;
    return this.each(result, [a, b], ([x, y]) => this.scalar(operator.replace(/^(&|\|)\1$/, "$1"), type, x, y));
  }

  protected scalar(operator: string, type: Scalar, x: Cell, y: Cell): Cell {
    const isWide = type === "f32" || x.wide || y.wide;
    const signed = isSigned(type);
    const instruction = instructionOf(operator, type, isWide);
    if (instruction !== undefined) {
      const [a, b] = isWide ? [this.widen(x, type), this.widen(y, type)] : [x, y];
      return { code: instruction(a.code, b.code), wide: isWide };
    }
    if (operator === "min" || operator === "max") {
      const below = (signed ? i32.lt_s : i32.lt_u)(x.code, y.code);
      const [first, second] = operator === "min" ? [x, y] : [y, x];
      return { code: [first.code, second.code, below, 0x1b], wide: false };
    }
    const shift = operator === "<<" ? i32x4.shl : operator === ">>" ? (signed ? i32x4.shr_s : i32x4.shr_u) : undefined;
    if (shift === undefined || y.wide) throw unreadable(`it has ${operator} between ${type} numbers`);
    return { code: shift(this.widen(x, type).code, y.code), wide: true };
  }

  protected known(name: string, operands: readonly Operand[]): Operand {
    if (name === "select") {
      const type = meet(operands[0].type, operands[1].type);
      const [no, yes] = [this.bound(this.as(type, operands[0])), this.bound(this.as(type, operands[1]))];
      return this.each(type, [no, yes, this.bound(operands[2])], ([n, y, c]) => {
        if (!c.wide && !n.wide && !y.wide) return { code: [y.code, n.code, c.code, 0x1b], wide: false };
        const condition = this.widen(c, "bool").code;
        return { code: selectLanes(condition, this.widen(y, type).code, this.widen(n, type).code), wide: true };
      });
    }
    if (name === "min" || name === "max") return this.binary(name, operands[0], operands[1]);
    if (name === "clamp") return this.binary("min", this.binary("max", operands[0], operands[1]), operands[2]);
    if (name === "abs" && operands[0].type === "f32") {
      return this.each("f32", operands, ([cell]) => ({ code: f32x4.abs(cell.code), wide: true }));
    }
    if (name === "fma") {
      const values = operands.map((operand) => this.bound(this.as("f32", operand)));
      return this.each("f32", values, ([a, b, c]) => ({ code: multiplyAdd(a.code, b.code, c.code), wide: true }));
    }
    throw unreadable(`it calls ${name}()`);
  }

  protected convert(to: "f32" | "i32" | "u32" | "bool", value: Operand): Operand {
    const { type } = value;
    return this.each(to, [this.bound(value)], ([cell]) => {
      if (to === "f32") {
        if (type === "f32") return cell;
        if (!cell.wide) {
          const known = constantOf(cell.code);
          if (known !== null) return { code: this.f.float(known), wide: true };
          return { code: f32x4.splat((type === "u32" ? f32.convert_i32_u : f32.convert_i32_s)(cell.code)), wide: true };
        }
        if (type === "bool") return { code: v128.and(cell.code, this.f.float(1)), wide: true };
        return { code: (type === "u32" ? f32x4.convert_i32x4_u : f32x4.convert_i32x4_s)(cell.code), wide: true };
      }
      if (type === "f32") {
        return { code: (to === "u32" ? i32x4.trunc_sat_f32x4_u : i32x4.trunc_sat_f32x4_s)(cell.code), wide: true };
      }
      if (type === "bool" && cell.wide) return { code: v128.and(cell.code, i32x4.splat(i32.const(1))), wide: true };
      return cell;
    });
  }

  protected vector(type: Scalar, size: number, operands: readonly Operand[]): Operand {
    const cells = operands.flatMap((operand) => this.bound(this.as(type, operand)).cells);
    const zero = narrow(i32.const(0), "int");
    if (cells.length === 0) cells.push(...this.as(type, zero).cells);
    if (cells.length === size) return { type, cells };
    if (cells.length !== 1) throw unreadable(`it makes a vector of ${size} out of ${cells.length} numbers`);
    return { type, cells: Array.from({ length: size }, () => cells[0]) };
  }

  /** Applies to every component; one operand may have one for all. */
  protected each(type: Scalar, operands: readonly Operand[], make: (cells: readonly Cell[]) => Cell): Operand {
    const size = Math.max(...operands.map(({ cells }) => cells.length));
    const cells = Array.from(
      { length: size },
      (_, k) => this.bindCell(make(operands.map(({ cells }) => cells[cells.length === 1 ? 0 : k]))),
    );
    return { type, cells };
  }

  /** A whole number without a type becomes what the other is. */
  protected as(type: Scalar, value: Operand): Operand {
    if (value.type === type || value.type !== "int") {
      if (value.type !== type && type !== "int") throw unreadable(`it takes ${value.type} for ${type}`);
      return value;
    }
    return type === "f32" ? this.convert("f32", value) : { type, cells: value.cells };
  }

  protected widen(cell: Cell, type: Scalar): Cell {
    if (cell.wide) return cell;
    // A condition is all ones or all zeros.
    const known = constantOf(cell.code);
    if (known !== null) return { code: this.f.whole(type === "bool" ? -known : known), wide: true };
    const code = type === "bool" ? i32.sub(i32.const(0), i32.ne(cell.code, i32.const(0))) : cell.code;
    return { code: i32x4.splat(code), wide: true };
  }

  protected bound(value: Operand): Operand {
    return { type: value.type, cells: value.cells.map((cell) => this.bindCell(cell)) };
  }

  /** Puts a component into a local, unless it is one or a constant. */
  protected bindCell(cell: Cell): Cell {
    const { code } = cell;
    const simple = Array.isArray(code) &&
      (code[0] === 0x20 || code[0] === 0x41 || (code[0] === 0xfd && code[1] === 0x0c));
    return simple ? cell : this.copied(cell);
  }

  protected copied(cell: Cell): Cell {
    const local = this.f.local(cell.wide ? "v128" : "i32");
    this.add(set(local, cell.code));
    return { code: get(local), wide: cell.wide };
  }
}
