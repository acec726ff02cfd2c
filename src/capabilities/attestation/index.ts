export { signStatement } from './sign-statement.ts';
export {
  buildSlsaProvenance,
  type Material,
  type Provenance,
  parseSlsaProvenance,
  SLSA_PROVENANCE_TYPE,
} from './slsa-provenance.ts';
export {
  encodeStatement,
  IN_TOTO_TYPE,
  isAbout,
  parseStatement,
  type Statement,
  type StatementSubject,
} from './statement.ts';
export {
  buildVulnsPredicate,
  parseVulns,
  type ReportedVulnerability,
  VULNS_TYPE,
  type VulnerabilityReport,
} from './vulns.ts';
