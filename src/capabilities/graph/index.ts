export { type AliasGroup, type AliasStatement, aliasGroups, displayName } from './alias-groups.ts';
export type {
  AffectedComponent,
  Ask,
  ComponentAnswer,
  DeploymentAnswer,
  DocumentAnswer,
  ExposedDeployment,
  ExposedRelease,
  Exposure,
  Findings,
  GraphFinding,
  PackageSelector,
  Page,
  Provenance,
  ReleaseAnswer,
  ReleasesWith,
  SignerAnswer,
  SourceAnswer,
  VerdictAnswer,
  VerdictHistory,
  VersionSelector,
  Violations,
  Whereabouts,
} from './answers.ts';
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
export { type AdvisoryFact, type Fact, factOf, formatPlatform, type IndexMember, isOlder } from './facts.ts';
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
export { parseSelector } from './selector.ts';
