export { describeClusterDifference, isIdentified } from './cluster-identity.ts';
export { buildComponentSet, type ComponentSet, type SetMember } from './component-set.ts';
export { findDependencyChain } from './dependency-chain.ts';
export {
  applyChanges,
  type ClusterState,
  type Interval,
  listContainers,
  listIntervals,
  listObservedKeys,
  type Observation,
  observe,
  type RunningContainer,
} from './deployments.ts';
export type { Estate, EstateImage } from './estate.ts';
export type { ImageExposure, ImageExposures } from './exposures.ts';
export {
  type AdvisoryFact,
  type Fact,
  formatPlatform,
  type IndexMember,
  isOlder,
  readFact,
} from './facts.ts';
export { foldName } from './fold-name.ts';
export type { GatedSource } from './gated-source.ts';
export type { JudgedSubject, JudgedSubjects, LastDecision } from './judged.ts';
export { findNearNames } from './near-names.ts';
export type {
  AffectedMatcher,
  ComponentReader,
  GraphKeeper,
  GraphPorts,
  GraphQuestions,
  Match,
  MatchSubject,
  MemberComponent,
  PackageKey,
  ParsedAdvisory,
  ParsedInventory,
  ReportedFinding,
  ReportedScan,
  ScanReader,
  UnmatchedSubject,
} from './port.ts';
export type {
  BlastRadius,
  TouchedImage,
  TouchedRelease,
} from './questions/blast-radius/answer.ts';
export type { ComparedSide, Diff, Difference } from './questions/diff/answer.ts';
export type { Expiries, ExpiryAnswer } from './questions/expiries/answer.ts';
export type {
  ExcusedComponent,
  ExposedDeployment,
  ExposedRelease,
  Exposure,
  ExposureClaim,
  ExposureGap,
  UnknownReason,
  UnknownRelease,
  UnreleasedGap,
  UnreleasedImage,
} from './questions/exposure/answer.ts';
export type {
  ClaimedFinding,
  Findings,
  FindingsCoverage,
  GraphFinding,
} from './questions/findings/answer.ts';
export type { RecordedAudit } from './questions/inner.ts';
export type { LicenceAnswer, Licenses } from './questions/licenses/answer.ts';
export type { Answer, Question, QuestionName } from './questions/list.ts';
export type { LackingDeployment, Missing } from './questions/missing/answer.ts';
export type { OwnedRelease, Owners } from './questions/owners/answer.ts';
export {
  type OptionalOptions,
  type Page,
  type QuestionOptions,
  readOptions,
} from './questions/parameters.ts';
export type {
  PatchPlan,
  PatchStep,
  PatchUpgrade,
  SharedBase,
} from './questions/patch-plan/answer.ts';
export type { BuildAnswer, DocumentAnswer, Provenance } from './questions/provenance/answer.ts';
export type { OpenRelease, ReleaseMatches } from './questions/releases/answer.ts';
export type {
  AffectedComponent,
  CommitAnswer,
  ComponentAnswer,
  DeploymentAnswer,
  EvidenceAnswer,
  NotCoveredReason,
  ReleaseAnswer,
  ReleaseName,
  RunningAnswer,
  SignerAnswer,
  SilentCluster,
  SourceAnswer,
  UndigestedContainer,
} from './questions/shapes.ts';
export type { Timeline, TimelineEvent } from './questions/timeline/answer.ts';
export type { VerdictAnswer, VerdictHistory } from './questions/verdicts/answer.ts';
export type { ViolationAnswer, Violations } from './questions/violations/answer.ts';
export type { PolicyTrial, TrialRow } from './questions/what-if/answer.ts';
export type { Whereabouts } from './questions/where/answer.ts';
export type { Chain, WhyAnswer, WhyComponent } from './questions/why/answer.ts';
export { type PackageSelector, parseSelector, type VersionSelector } from './selector.ts';
export { readStatedLicences, type StatedLicence } from './stated-licences.ts';
export type { GraphProblem, GraphStatus } from './status.ts';
export {
  ANYWHERE,
  type NamedSubject,
  type PlaceFilter,
  parseSubject,
  type Subject,
} from './subject.ts';
