/**
 * What is asked of GraphQL.
 * @module
 */

/** One operation. */
export interface Operation {
  /** Its text. */
  query: string;
  /** Its variables. */
  variables: Record<string, unknown>;
  /** Which of the text's operations; null for the only one. */
  operationName: string | null;
}
