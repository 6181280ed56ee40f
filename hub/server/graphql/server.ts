/**
 * GraphQL over the hub's records, by graphql-yoga.
 * @module
 */
import { createSchema, createYoga, type GraphQLParams, type Plugin } from "npm:graphql-yoga@5.24.1";
import { EnvelopArmorPlugin } from "npm:@escape.tech/graphql-armor@3.2.0";
import { GraphQLError, NoSchemaIntrospectionCustomRule } from "npm:graphql@16.15.0";
import type { Services } from "../services.ts";
import { artifactFields } from "./artifact_fields.ts";
import type { HubContext } from "./context.ts";
import { mutations } from "./mutations.ts";
import type { Operation } from "./operation.ts";
import { proofFields } from "./proof_fields.ts";
import { queries } from "./queries.ts";
import { described } from "../public_error.ts";
import { type Resolver, speaking } from "./sentences.ts";
import { subscriptions } from "./subscriptions.ts";
import { typeDefs } from "./type_defs.ts";
import { uploadScalar } from "./upload_scalar.ts";

/** Answers an operation; `accept` is the type of answer that is wanted. */
export type GraphqlServer = (operation: Operation, accept: string, context: HubContext) => Promise<Response>;

/** What an operation may be; the largest of this project's own uses less than half of each. */
const ARMOR = {
  maxDepth: { n: 8 },
  maxAliases: { n: 15 },
  maxDirectives: { n: 20 },
  maxTokens: { n: 1000 },
  costLimit: { maxCost: 20_000 },
};

/** The request that yoga is shown; its operation comes beside it. */
const ADDRESS = "http://hub/graphql";

interface ServerContext extends HubContext {
  operation: Operation;
}

/** A server over the hub's parts. */
export function createGraphqlServer({ config, log }: Services): GraphqlServer {
  const schema = createSchema<ServerContext>({
    typeDefs,
    resolvers: {
      Upload: uploadScalar,
      Query: speaking(queries as Record<string, Resolver>),
      Mutation: speaking(mutations as Record<string, Resolver>),
      Subscription: subscriptions,
      Artifact: speaking(artifactFields as Record<string, Resolver>),
      Proof: speaking(proofFields as Record<string, Resolver>),
    },
  });
  const told = (...what: unknown[]): void => log.error("graphql failed", described(what[0]));
  const yoga = createYoga<ServerContext>({
    schema,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    cors: false,
    logging: { debug: () => {}, info: () => {}, warn: told, error: told },
    maskedErrors: { maskError },
    plugins: [
      readOperation,
      withCodes,
      EnvelopArmorPlugin(ARMOR) as Plugin,
      ...(config.introspection ? [] : [withoutIntrospection]),
    ],
  });
  return async (operation, accept, context) => {
    const request = new Request(ADDRESS, { method: "POST", headers: { accept, "content-type": "application/json" } });
    return await yoga.fetch(request, { ...context, operation });
  };
}

/** The body was read already, within limits that yoga does not have. */
const readOperation: Plugin<object, ServerContext> = {
  onRequestParse: ({ setRequestParser, serverContext }) => {
    const { query, variables, operationName } = serverContext.operation;
    const params: GraphQLParams = { query, variables };
    if (operationName !== null) params.operationName = operationName;
    setRequestParser(() => params);
  },
};

/** GraphQL's own errors, such as of syntax, get a code for programs too. */
const withCodes: Plugin<object, ServerContext> = {
  onExecutionResult: ({ result, context: { requestId } }) => {
    if (!result || !("errors" in result)) return;
    for (const { extensions } of result.errors ?? []) {
      extensions.code ??= "BAD_REQUEST";
      extensions.requestId ??= requestId;
    }
  },
};

const withoutIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
};

/** The last net: resolvers tell their errors themselves, and GraphQL's own say nothing of the hub's insides. */
function maskError(error: unknown): Error {
  if (error instanceof GraphQLError && (!error.originalError || error.originalError instanceof GraphQLError)) {
    return error;
  }
  return new GraphQLError("something went wrong inside the hub", { extensions: { code: "INTERNAL" } });
}
