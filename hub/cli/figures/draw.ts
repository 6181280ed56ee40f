/**
 * A drawing as SVG and, from the same drawing, as PNG. The same data always gives the same bytes.
 *
 * The drawing libraries and the font are fetched and loaded at the first picture. The renderer and
 * the font are read from where Deno keeps their packages.
 * @module
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Config, TopLevelSpec } from "npm:vega-lite@6.5.0";
import type { Figure } from "./figure.ts";

/** Width of a panel. */
export const WIDTH = 640;
const SCALE = 2;
/** The colours of all drawings. */
export const COLORS = {
  ink: "#1f2933",
  faint: "#6b7785",
  blue: "#2563a8",
  orange: "#d9701a",
  green: "#1f8a5b",
} as const;
const CONFIG: Config = {
  background: "#ffffff",
  padding: 20,
  font: "Lato, Helvetica Neue, Arial, sans-serif",
  title: {
    anchor: "start",
    frame: "group",
    offset: 14,
    fontSize: 17,
    fontWeight: "bold",
    color: COLORS.ink,
    subtitleFontSize: 12.5,
    subtitleColor: COLORS.faint,
    subtitlePadding: 5,
  },
  view: { stroke: null },
  axis: {
    labelColor: COLORS.ink,
    labelFontSize: 11.5,
    titleColor: COLORS.faint,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 9,
    gridColor: "#e6eaee",
    domainColor: "#9aa5b1",
    tickColor: "#9aa5b1",
    tickSize: 4,
  },
  legend: { labelColor: COLORS.ink, labelFontSize: 12, symbolStrokeWidth: 2.5, symbolSize: 120 },
};

/** Vega's hook for measuring text, which its typings leave out. */
interface TextMetrics {
  width: (item: { fontSize?: number }, text: unknown) => number;
}

/** Draws a specification of Vega-Lite. */
export async function draw(spec: TopLevelSpec): Promise<Figure> {
  const [vega, vegaLite] = await Promise.all([import("npm:vega@6.4.0"), import("npm:vega-lite@6.5.0")]);
  // Without a canvas Vega takes 0.8 em a letter, half too wide: titles would stand off and the right side stay empty.
  (vega as unknown as { textMetrics: TextMetrics }).textMetrics.width = (item, text) =>
    0.52 * (item.fontSize ?? 11) * String(text ?? "").length;
  const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: CONFIG }).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    return { svg, png: await rasterize(svg) };
  } finally {
    view.finalize();
  }
}

type Resvg = typeof import("npm:@resvg/resvg-wasm@2.6.2");

let renderer: Promise<[Resvg, Uint8Array[]]> | undefined;

async function rasterize(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const [{ Resvg }, fontBuffers] = await (renderer ??= loadRenderer());
  const resvg = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: "Lato" },
    fitTo: { mode: "zoom", value: SCALE },
  });
  const image = resvg.render();
  try {
    return new Uint8Array(image.asPng());
  } finally {
    image.free();
    resvg.free();
  }
}

async function loadRenderer(): Promise<[Resvg, Uint8Array[]]> {
  // A font has no module; its package is fetched by way of a file in it that has.
  const [resvg] = await Promise.all([
    import("npm:@resvg/resvg-wasm@2.6.2"),
    import("npm:@expo-google-fonts/lato@0.4.1/package.json", { with: { type: "json" } }),
  ]);
  const [wasm, regular, bold] = await Promise.all([
    packaged(import.meta.resolve("npm:@resvg/resvg-wasm@2.6.2/index_bg.wasm")),
    packaged(import.meta.resolve("npm:@expo-google-fonts/lato@0.4.1/400Regular/Lato_400Regular.ttf")),
    packaged(import.meta.resolve("npm:@expo-google-fonts/lato@0.4.1/700Bold/Lato_700Bold.ttf")),
  ]);
  await resvg.initWasm(wasm);
  return [resvg, [regular, bold]];
}

async function packaged(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(fileURLToPath(url)));
}
