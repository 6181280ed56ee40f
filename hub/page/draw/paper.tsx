/** @jsxRuntime automatic */
/** @jsxImportSource npm:preact@10.29.8 */
/**
 * The paper: a canvas for mouse, finger, pencil and keyboard.
 * @module
 */
import type { JSX } from "npm:preact@10.29.8";
import { effect, signal } from "npm:@preact/signals@2.11.4";
import { begin, clear, example, extend, strokes, undo } from "./drawing.ts";
import { BRUSH, type Point, SIDE, type Stroke } from "./raster.ts";

/** Where the keyboard's pencil is; null until a key was pressed. */
const pencil = signal<{ readonly at: Point; readonly down: boolean } | null>(null);
const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The paper with what is on it. */
export function Paper(): JSX.Element {
  return (
    <div class="paper">
      <canvas
        ref={attach}
        tabIndex={0}
        role="application"
        aria-label="Paper for a digit"
        aria-describedby="paper-help"
        onPointerDown={down}
        onPointerMove={move}
        onKeyDown={key}
        onBlur={() => pencil.value = null}
      />
      {strokes.value.length === 0 && example.value === null && pencil.value === null && (
        <p class="paper-hint" aria-hidden="true">Draw a digit, 0 to 9</p>
      )}
    </div>
  );
}

/** Paints the canvas anew whenever what is on it changes, or its size. */
function attach(canvas: HTMLCanvasElement | null): void {
  if (canvas === null) return stop();
  stop();
  const paintNow = () => canvas.isConnected && paint(canvas);
  const sizes = new ResizeObserver(paintNow), scheme = matchMedia("(prefers-color-scheme: dark)");
  sizes.observe(canvas);
  scheme.addEventListener("change", paintNow);
  const end = effect(() => paint(canvas));
  stop = () => {
    end();
    sizes.disconnect();
    scheme.removeEventListener("change", paintNow);
    stop = () => {};
  };
}

let stop: () => void = () => {};

function paint(canvas: HTMLCanvasElement): void {
  const lines = strokes.value, digit = example.value, cursor = pencil.value;
  const pixels = Math.round(canvas.clientWidth * devicePixelRatio);
  if (pixels === 0) return;
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  const context = canvas.getContext("2d")!, ink = getComputedStyle(canvas).color;
  context.setTransform(pixels / SIDE, 0, 0, pixels / SIDE, 0, 0);
  context.clearRect(0, 0, SIDE, SIDE);
  context.strokeStyle = context.fillStyle = ink;
  digit?.forEach((grey, at) => {
    context.globalAlpha = grey;
    fillPixel(context, at % SIDE, Math.floor(at / SIDE), pixels);
  });
  context.globalAlpha = 1;
  context.lineWidth = 2 * BRUSH;
  context.lineCap = context.lineJoin = "round";
  for (const line of lines) drawLine(context, line);
  if (cursor === null) return;
  context.lineWidth = 0.25;
  context.beginPath();
  context.arc(cursor.at.x, cursor.at.y, BRUSH, 0, 7);
  if (cursor.down) context.fill();
  else context.stroke();
}

/** From edge to edge of the screen's own pixels, so that no seam is seen. */
function fillPixel(context: CanvasRenderingContext2D, x: number, y: number, pixels: number): void {
  const edge = (at: number) => Math.round(at * pixels / SIDE) * SIDE / pixels;
  context.fillRect(edge(x), edge(y), edge(x + 1) - edge(x), edge(y + 1) - edge(y));
}

/** Through the middles between points, so that corners of a quick hand are round. */
function drawLine(context: CanvasRenderingContext2D, line: Stroke): void {
  context.beginPath();
  context.moveTo(line[0].x, line[0].y);
  for (let at = 1; at < line.length - 1; at++) {
    const { x, y } = line[at], next = line[at + 1];
    context.quadraticCurveTo(x, y, (x + next.x) / 2, (y + next.y) / 2);
  }
  const end = line.at(-1)!;
  context.lineTo(end.x, end.y);
  context.stroke();
}

function pointOf({ clientX, clientY }: PointerEvent, canvas: HTMLCanvasElement): Point {
  const { left, top, width } = canvas.getBoundingClientRect();
  return { x: (clientX - left) / width * SIDE, y: (clientY - top) / width * SIDE };
}

function down(event: PointerEvent): void {
  if (event.button !== 0) return;
  const canvas = event.currentTarget as HTMLCanvasElement;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  pencil.value = null;
  begin([pointOf(event, canvas)]);
}

/** A screen that samples a pencil more often than it paints tells of all places in between. */
function move(event: PointerEvent): void {
  const canvas = event.currentTarget as HTMLCanvasElement;
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  const events = event.getCoalescedEvents?.() ?? [];
  extend((events.length > 0 ? events : [event]).map((each) => pointOf(each, canvas)));
}

/** Arrows move, Space puts the pencil down and lifts it, Backspace takes a stroke back, Delete clears. */
function key(event: KeyboardEvent): void {
  const { at, down } = pencil.value ?? { at: { x: SIDE / 2, y: SIDE / 2 }, down: false };
  const step = MOVES[event.key], far = event.shiftKey ? 3 : 1;
  if (step !== undefined) {
    const within = (value: number) => Math.min(SIDE - 2, Math.max(2, value));
    const to = { x: within(at.x + step.x * far), y: within(at.y + step.y * far) };
    pencil.value = { at: to, down };
    if (down) extend([to]);
  } else if (event.key === " " || event.key === "Enter") {
    pencil.value = { at, down: !down };
    if (!down) begin([at]);
  } else if (event.key === "Backspace") {
    pencil.value = { at, down: false };
    undo();
  } else if (event.key === "Delete" || event.key === "Escape") {
    pencil.value = null;
    clear();
  } else return;
  event.preventDefault();
}
