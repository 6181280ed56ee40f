/**
 * The sections of the page, in order. A section's code is loaded when it is first shown; adding one is a line here.
 * @module
 */
import type { ComponentType } from "npm:preact@10.29.8";

/** A part of the page with an address of its own. */
export interface Section {
  /** What stands behind # in its address. */
  readonly id: string;
  /** Its name in the navigation. */
  readonly title: string;
  /** What shows it. */
  readonly load: () => Promise<ComponentType>;
}

/** All of them; the first is what a visitor sees. */
export const SECTIONS: readonly Section[] = [
  { id: "draw", title: "Draw and prove", load: async () => (await import("../draw/section.tsx")).DrawSection },
  { id: "verify", title: "Verify", load: async () => (await import("../verify/section.tsx")).VerifySection },
  { id: "train", title: "Train your own", load: async () => (await import("../train/section.tsx")).TrainSection },
  { id: "chain", title: "On a chain", load: async () => (await import("../contract/section.tsx")).ContractSection },
];
