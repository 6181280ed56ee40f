/** XOR in a page. */
import { proveXor } from "./xor.ts";

Object.assign(globalThis, { proveXor });
