/**
 * What can be asked of the hub. The hosted hub's operations come first in each list and are
 * taken as its own client sends them; the rest is added.
 * @module
 */

/** The schema in GraphQL's own language. */
export const typeDefs = /* GraphQL */ `
"A file of a multipart request."
scalar Upload

"PENDING until it is one of the others, for good."
enum Status { PENDING SUCCESS FAILED CANCELLED }

type Query {
  "The organisation of that name if the API key is its, as a list; the key's own where no name is given."
  organizations(name: String): [Organization!]!
  artifact(id: String!): Artifact!
  getProof(id: String!): Proof!
  "Newest first, at most 100 at once; those that have a file of a hash, or all."
  artifacts(organizationId: String, sha256: String, first: Int, after: String): ArtifactConnection!
  "Newest first, at most 100 at once; of one artifact or of all."
  proofs(artifactId: String, organizationId: String, first: Int, after: String): ProofConnection!
  "The API key that asks."
  apiKey: ApiKey!
  "The organisation's API keys, oldest first, revoked ones too."
  apiKeys: [ApiKey!]!
  "Who takes jobs now."
  workers: [Worker!]!
}

type Mutation {
  "Uploads a model and asks for its circuit and keys. calibrationInput defaults to the input; runArgs is JSON."
  generateArtifact(
    name: String!
    description: String
    uncompiledModel: Upload!
    input: Upload!
    calibrationInput: Upload
    organizationId: String!
    calibrationTarget: String!
    tolerance: Float!
    inputVisibility: String!
    outputVisibility: String!
    paramVisibility: String!
    runArgs: String
    "A settings.json of before: the model is compiled as it says, and nothing is calibrated."
    settings: Upload
  ): Artifact!
  "Asks for a proof of what the artifact computes of an input; kept so many seconds after its end, or until it is deleted."
  initiateProof(input: Upload!, id: String!, keepSeconds: Int): Proof!
  cancelArtifact(id: String!): Artifact!
  cancelProof(id: String!): Proof!
  "With its proofs. False where it is gone already."
  deleteArtifact(id: String!): Boolean!
  "False where it is gone already."
  deleteProof(id: String!): Boolean!
  "Makes an API key with scopes of deploy, prove and read. Takes a key that has all of them."
  createApiKey(label: String!, scopes: [String!]!): NewApiKey!
  "Makes a key open nothing from now on, the asking one too. Takes a key that has all scopes."
  revokeApiKey(id: String!): ApiKey!
}

"Answered as server-sent events: the value now, then after changes, until it is no longer PENDING."
type Subscription {
  artifactChanged(id: String!): Artifact!
  proofChanged(id: String!): Proof!
}

type Organization {
  id: String!
  name: String!
}

"An API key, of whose secret nothing is kept but a hash; with what was done with it, deleted records too."
type ApiKey {
  "It stands in the key, behind zkg_."
  id: String!
  label: String!
  "Of deploy, prove and read."
  scopes: [String!]!
  "ISO 8601."
  createdAt: String!
  "Since when it opens nothing, ISO 8601, or null."
  revokedAt: String
  "Models deployed."
  artifacts: Int!
  "Proofs made."
  proofs: Int!
  "Bytes uploaded."
  bytes: Float!
  "Seconds that workers took for its proofs."
  seconds: Float!
}

type NewApiKey {
  "The key itself, which is shown this once."
  secret: String!
  apiKey: ApiKey!
}

type Worker {
  id: String!
  "For jobs."
  memoryGiB: Float!
  "When it last said that it lives, ISO 8601."
  seen: String!
}

"Where a job stands that is PENDING."
type Line {
  "Jobs before it that are not done; 0 once a worker has it."
  ahead: Int!
  "Seconds until it is done, from what such jobs took lately and what its circuit costs; null where nobody can tell."
  expectedSeconds: Float
}

"An input of a model, as its ONNX file names it."
type ModelInput {
  name: String!
  "Its sizes; null where the file leaves one open."
  shape: [Int]!
}

type Artifact {
  id: String!
  name: String!
  status: Status!
  "Why it failed: sentences."
  errors: [String!]!
  description: String!
  "queued, calibration, circuit, srs, keys or done."
  stage: String!
  "Share of the stage that is done, 0 to 1."
  progress: Float!
  "Why it waits, or null."
  waiting: String
  "The calibration's target."
  target: String!
  tolerance: Float!
  "JSON."
  runArgs: String!
  "ISO 8601."
  createdAt: String!
  "ISO 8601."
  updatedAt: String!
  "The text of settings.json once it is made."
  settings: String
  price: Price
  "How calibration chose, JSON."
  report: String
  srs: Srs
  files: [File!]!
  "Null once it is over."
  line: Line
  "What the model takes."
  inputs: [ModelInput!]!
}

"What a circuit costs: sizes in bytes, times in seconds on one thread."
type Price {
  cells: Float!
  rows: Float!
  logrows: Int!
  adviceColumns: Int!
  fixedColumns: Int!
  pkBytes: Float!
  heapBytes: Float!
  secondsKeys: Float!
  secondsProof: Float!
}

"The reference string that the keys were made with."
type Srs {
  origin: String!
  logrows: Int!
  "Whether proofs made with it prove nothing to others."
  unsafe: Boolean!
}

type File {
  name: String!
  size: Float!
  "In hexadecimal; the ETag of the download."
  sha256: String!
  "Where it is, relative to the hub's address; null where the operator does not give it out."
  url: String
}

type Proof {
  id: String!
  artifact: Artifact!
  status: Status!
  "The proof's bytes in hexadecimal."
  proof: String
  "The public numbers in hexadecimal, as in the proof's file."
  instances: [String!]
  transcriptType: String
  "Why it failed: sentences."
  errors: [String!]!
  "queued, witness, proof, verification or done."
  stage: String!
  "Share of the stage that is done, 0 to 1."
  progress: Float!
  "Why it waits, or null."
  waiting: String
  "Seconds by stage."
  timings: [Timing!]!
  files: [File!]!
  "ISO 8601."
  createdAt: String!
  "ISO 8601."
  updatedAt: String!
  "The public outputs as numbers, read from the instances; null where outputs are not public or there is no proof yet."
  outputs: [[Float!]!]
  "Null once it is over."
  line: Line
}

type Timing {
  stage: String!
  seconds: Float!
}

type ArtifactConnection {
  nodes: [Artifact!]!
  pageInfo: PageInfo!
}

type ProofConnection {
  nodes: [Proof!]!
  pageInfo: PageInfo!
}

type PageInfo {
  hasNextPage: Boolean!
  "Give it as \`after\` for the next page."
  endCursor: String
}
`;
