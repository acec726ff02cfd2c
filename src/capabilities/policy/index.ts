export { type ChangeEffect, comparePolicies, type PolicyChange } from './compare-policies.ts';
export {
  buildCommitPolicy,
  buildDefaultPolicy,
  DEFAULT_ADVISORY_AGE_DAYS,
  type DefaultParameters,
} from './default-policy.ts';
export { type PolicyDocument, readDocument } from './document.ts';
export { type Evaluation, evaluate } from './evaluate.ts';
export {
  type AdvisoriesFact,
  type ArtifactFact,
  type ArtifactType,
  type BuildFact,
  type BuildGateFact,
  type CommitFact,
  type ComponentFact,
  type DependencyFact,
  type Fact,
  type FactList,
  type Facts,
  type FindingFact,
  type ImageFact,
  type JudgedCommitFact,
  type MaterialFact,
  makePartialList,
  makeUnknownFact,
  PartialList,
  type ProvenanceFact,
  type RebuildFact,
  type ReleaseFact,
  type RunnerFact,
  type RunnerJobFact,
  type SbomFact,
  type ScanFact,
  type SignatureFact,
  type SystemFact,
  type UnexplainedFact,
  UnknownFact,
  type WorkloadFact,
} from './facts.ts';
export { encodeFacts, hashFacts, listFactTexts } from './facts-json.ts';
export { decodeFacts } from './facts-read.ts';
export { formatFactsMarkdown } from './facts-reference.ts';
export { composeLayers } from './layers.ts';
export { LIBRARY } from './library/library.ts';
export {
  chooseLicence,
  EVERY_LICENSE,
  type LicenceChoice,
  type LicenceVerdict,
  listLicences,
  namesRefusedLicence,
} from './licenses.ts';
export {
  type Exception,
  type Policy,
  type PolicyMode,
  parsePolicy,
  type Rule,
  type Scope,
} from './policy.ts';
export { type PolicyProjection, projectToAdmissionPolicy } from './project/admission-policy.ts';
export { type SignatureRules, selectSignatureRules } from './project/signature-rules.ts';
export type { Question } from './question.ts';
export type { DecisionRecord, ExceptionRecord } from './record.ts';
export {
  explainRefusal,
  listRefused,
  REFUSED_LICENSES,
  SYSTEM_PACKAGE_TYPES,
} from './refused-licenses.ts';
export { evaluateAll } from './rego/ask-rego.ts';
export type { ReadPath, RegoEngine, RegoQuery } from './rego/port.ts';
export type { RegoBundle } from './rego/rego-part.ts';
export {
  formatRevision,
  POLICY_ARTIFACT_TYPE,
  POLICY_DESCRIPTION_TYPE,
  POLICY_DOCUMENT_TYPE,
  type PolicyRevision,
  parseRevision,
} from './revision.ts';
export { findFactFlaw } from './suite/fact-flaws.ts';
export { type PolicySuite, type PolicyTest, parseSuite } from './suite/parse-suite.ts';
export type { TestOutcome, WrongOutcome } from './suite/run-test.ts';
export {
  type MutantReport,
  type RuleCoverage,
  type RulePlace,
  type SuiteReport,
  trySuite,
} from './suite/try-suite.ts';
