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
  parseStatement,
  readStatementSubjects,
  type Statement,
  type StatementSubject,
} from './statement.ts';
