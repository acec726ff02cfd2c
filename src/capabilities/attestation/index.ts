export {
  type DsseEnvelope,
  type DsseSignature,
  type DsseVerification,
  keyIdOf,
  parseDsse,
  preAuthEncoding,
  signDsse,
  type VerifiedDsse,
  verifyDsse,
} from './dsse.ts';
export {
  type Material,
  type Provenance,
  parseSlsaProvenance,
  SLSA_PROVENANCE_TYPE,
  slsaProvenance,
} from './slsa-provenance.ts';
export {
  IN_TOTO_TYPE,
  isAbout,
  parseStatement,
  type Statement,
  type StatementSubject,
  statement,
} from './statement.ts';
export {
  parseVulns,
  type ReportedVulnerability,
  VULNS_TYPE,
  type VulnerabilityReport,
  vulnsPredicate,
} from './vulns.ts';
