export { COSIGN_SIGN_TYPE, checkStatement, type StatementClaim } from './check-statement.ts';
export { findPredicate, type KnownPredicate, PREDICATE_NAMES } from './predicates.ts';
export {
  buildRebuildPredicate,
  parseRebuildPredicate,
  REBUILD_TYPE,
  type RebuildStatement,
} from './rebuild-statement.ts';
export {
  buildRunnerPredicate,
  encodeRunnerParts,
  parseRunnerPredicate,
  RUNNER_TYPE,
  type RunnerStatement,
} from './runner-statement.ts';
export { signStatement } from './sign-statement.ts';
export {
  buildSlsaProvenance,
  type Material,
  type Provenance,
  type ProvenOrigin,
  parseSlsaProvenance,
  RELEASE_BUILD_TYPE,
  readProvenOrigin,
  SLSA_PROVENANCE_TYPE,
  UNOBSERVED_BUILDER,
} from './slsa-provenance.ts';
export {
  encodeStatement,
  IN_TOTO_TYPE,
  isAbout,
  OLDER_STATEMENT_TYPE,
  parseStatement,
  readStatementSubjects,
  STATEMENT_TYPE,
  type Statement,
  type StatementSubject,
} from './statement.ts';
export { type MachineTrust, type VerifiedRunner, verifyRunner } from './verify-runner.ts';
