/**
 * WebGPU's flags, by the numbers of its specification: TypeScript from version 7 on has its types without these names,
 * and in Node they are there only for who made them global.
 * @module
 */

/** What a buffer may be used for. */
export const BufferUsage = {
  MAP_READ: 0x1,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  QUERY_RESOLVE: 0x200,
} as const;

/** How a buffer is mapped. */
export const MapMode = { READ: 0x1 } as const;

/** Where a binding is seen. */
export const ShaderStage = { COMPUTE: 0x4 } as const;
