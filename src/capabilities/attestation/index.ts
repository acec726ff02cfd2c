export { type DsseEnvelope, type DsseSignature, type DsseVerification, type VerifiedDsse, computeKeyId, encodePreAuth, parseDsse, signDsse, verifyDsse } from './dsse.ts';
export { type Material, type Provenance, SLSA_PROVENANCE_TYPE, buildSlsaProvenance, parseSlsaProvenance } from './slsa-provenance.ts';
export { IN_TOTO_TYPE, type Statement, type StatementSubject, encodeStatement, isAbout, parseStatement } from './statement.ts';
export { type ReportedVulnerability, VULNS_TYPE, type VulnerabilityReport, buildVulnsPredicate, parseVulns } from './vulns.ts';
