/**
 * The scalar that stands for a file.
 * @module
 */
import { GraphQLError, GraphQLScalarType } from "npm:graphql@16.15.0";
import { Upload } from "../upload.ts";

/** Takes only what a multipart request put there. */
export const uploadScalar: GraphQLScalarType<Upload, never> = new GraphQLScalarType({
  name: "Upload",
  parseValue: (value) => {
    if (value instanceof Upload) return value;
    throw notAFile();
  },
  parseLiteral: () => {
    throw notAFile();
  },
  serialize: () => {
    throw notAFile();
  },
});

function notAFile(): GraphQLError {
  return new GraphQLError(
    "expected a file; send the operation as multipart/form-data with operations, map and the files",
    { extensions: { code: "BAD_REQUEST" } },
  );
}
