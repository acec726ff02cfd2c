export type {
  AffectedComponent,
  Ask,
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
  Judged,
  JudgedSubject,
  LastDecision,
  PackageSelector,
  Page,
  Provenance,
  ReleaseAnswer,
  ReleaseName,
  ReleasesWith,
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
  Why,
  WhyComponent,
} from './answers.ts';
export { clusterDifference, isIdentified } from './cluster-identity.ts';
export { type ComponentSet, componentSet, type SetMember } from './component-set.ts';
export {
  type ClusterState,
  containersOf,
  type Interval,
  intervalsOf,
  type Observation,
  observe,
  type RunningContainer,
} from './deployments.ts';
export type { Estate, EstateImage, EstateQuestions } from './estate.ts';
export { type AdvisoryFact, type Fact, factOf, formatPlatform, type IndexMember, isOlder } from './facts.ts';
export { foldName } from './fold-name.ts';
export { nearNames } from './near-names.ts';
export type {
  AdvisoryReading,
  AffectedMatcher,
  ComponentReader,
  GraphKeeper,
  GraphPorts,
  GraphProblem,
  GraphQuestions,
  GraphStatus,
  InventoryReading,
  Match,
  MatchSubject,
  MemberComponent,
  PackageKey,
} from './port.ts';
export { dependencyChain } from './sbom-chain.ts';
export { parseSelector } from './selector.ts';
export { ANYWHERE, type NamedSubject, type Place, parseSubject, type Subject } from './subject.ts';
export { readVex, type VexStatement } from './vex.ts';
