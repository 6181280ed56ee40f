/** XOR in Node and Bun: `program.js FOLDER` leaves the files there and prints the rest. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { proveXor } from "./xor.ts";

const { files, ...rest } = await proveXor();
for (const [name, bytes] of Object.entries(files)) writeFileSync(`${process.argv[2]}/${name}`, Uint8Array.from(bytes));
console.log(JSON.stringify(rest));
