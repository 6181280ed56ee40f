/**
 * What is on the paper: strokes, or an example digit.
 * @module
 */
import { computed, type ReadonlySignal, type Signal, signal } from "npm:@preact/signals@2.11.4";
import { network } from "../app/network.ts";
import { centred, type Stroke } from "./raster.ts";

/** The strokes, the last one growing. */
export const strokes: Signal<readonly Stroke[]> = signal([]);

/** A digit of MNIST in place of strokes; 784 greys from 0 to 1. */
export const example: Signal<Float32Array<ArrayBuffer> | null> = signal(null);

/** Whether there is nothing on the paper. */
export const isEmpty: ReadonlySignal<boolean> = computed(() => strokes.value.length === 0 && example.value === null);

/** What the network sees: 784 numbers from 0 to 1, rounded where it takes 0 and 1 alone. */
export const image: ReadonlySignal<Float32Array<ArrayBuffer>> = computed(() => {
  const greys = example.value ?? centred(strokes.value);
  return network.value?.about.binary === false ? greys : greys.map(Math.round);
});

/** Begins a stroke; an example makes room for it. */
export function begin(stroke: Stroke): void {
  example.value = null;
  strokes.value = [...strokes.value, stroke];
}

/** Goes on with the last stroke. */
export function extend(points: Stroke): void {
  const all = strokes.value;
  strokes.value = [...all.slice(0, -1), [...all.at(-1) ?? [], ...points]];
}

/** An empty paper. */
export function clear(): void {
  strokes.value = [];
  example.value = null;
}

/** Takes the last stroke back. */
export function undo(): void {
  example.value = null;
  strokes.value = strokes.value.slice(0, -1);
}

let digits: Promise<readonly { label: number; pixels: string }[]> | null = null;
let last = -1;

/** Puts a digit of MNIST's test images on the paper; returns which. */
export async function showExample(): Promise<number> {
  digits ??= fetch("digits.json").then((response) => response.json());
  const all = await digits;
  last = last < 0 ? Math.floor(Math.random() * all.length) : (last + 7) % all.length;
  const { label, pixels } = all[last];
  strokes.value = [];
  example.value = Float32Array.from(pixels.match(/../g)!, (byte) => parseInt(byte, 16) / 255);
  return label;
}
