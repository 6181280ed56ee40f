/** The text of a node's kernel, as it is compiled where nothing is fused into it. */
import { Epilogue } from "../../core/graph/epilogue.ts";
import type { Node } from "../../core/graph/graph.ts";
import type { Profile } from "../../core/graph/op.ts";

/** WGSL of the kernel that computes a node, for a profile and with partial sums up to a number. */
export function kernelText(node: Node, profile: Profile, maxPartials: number): string {
  const epilogue = new Epilogue([{ value: node.outputs[0], stored: true, stage: null }], node.inputs.length);
  return node.op.kernel!({
    inputs: node.inputs.map(({ shape }) => shape),
    outputs: node.outputs.map(({ shape }) => shape),
    attributes: node.attributes,
    epilogue,
    profile,
    used: node.outputs.map(() => true),
    maxPartials,
  }).wgsl;
}
