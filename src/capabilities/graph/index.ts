export type {
  AffectedComponent,
  BuildAnswer,
  Chain,
  CommitAnswer,
  ComponentAnswer,
  DeploymentAnswer,
  DocumentAnswer,
  EvidenceAnswer,
  ExcusedComponent,
  ExposedDeployment,
  ExposedRelease,
  Exposure,
  Findings,
  GraphFinding,
  JudgedSubject,
  JudgedSubjects,
  LastDecision,
  PackageSelector,
  Page,
  Provenance,
  QuestionOptions,
  ReleaseAnswer,
  ReleaseMatches,
  ReleaseName,
  RunningAnswer,
  SignerAnswer,
  SourceAnswer,
  UnknownReason,
  UnknownRelease,
  VerdictAnswer,
  VerdictHistory,
  VersionSelector,
  ViolationAnswer,
  Violations,
  Whereabouts,
  WhyAnswer,
  WhyComponent,
} from './answers.ts';
export { describeClusterDifference, isIdentified } from './cluster-identity.ts';
export { buildComponentSet, type ComponentSet, type SetMember } from './component-set.ts';
export {
  type ClusterState,
  type Interval,
  listContainers,
  listIntervals,
  type Observation,
  observe,
  type RunningContainer,
} from './deployments.ts';
export type { Estate, EstateImage, EstateQuestions } from './estate.ts';
export { EVERYTHING } from './everything.ts';
export {
  type AdvisoryFact,
  type Fact,
  formatPlatform,
  type IndexMember,
  isOlder,
  readFact,
} from './facts.ts';
export { foldName } from './fold-name.ts';
export { findNearNames } from './near-names.ts';
export type {
  AffectedMatcher,
  ComponentReader,
  GraphKeeper,
  GraphPorts,
  GraphProblem,
  GraphQuestions,
  GraphStatus,
  Match,
  MatchSubject,
  MemberComponent,
  PackageKey,
  ParsedAdvisory,
  ParsedInventory,
} from './port.ts';
export { findDependencyChain } from './sbom-chain.ts';
export { parseSelector } from './selector.ts';
export {
  ANYWHERE,
  type NamedSubject,
  type PlaceFilter,
  parseSubject,
  type Subject,
} from './subject.ts';
export { readVex, type VexStatement } from './vex.ts';
