import type {
  AffectedMatcher,
  Answer,
  Question,
  QuestionName,
} from '../../../capabilities/graph/index.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { answerBlastRadius } from './blast-radius.ts';
import { answerChanges } from './changes.ts';
import { answerDiff } from './diff.ts';
import { answerEstate } from './estate.ts';
import { answerExpiries } from './expiries.ts';
import { answerExposure } from './exposure.ts';
import { answerExposures } from './exposures.ts';
import { answerFindings } from './findings.ts';
import { answerGatedSource } from './gated-source.ts';
import { answerJudgements } from './judgements.ts';
import { answerLicenses } from './licenses.ts';
import { answerMissing } from './missing.ts';
import { readKnownViolations, readLastAudits, readObservations } from './observations.ts';
import { answerOwners } from './owners.ts';
import { answerPatchPlan } from './patch-plan.ts';
import { answerProvenance } from './provenance.ts';
import { answerReleases } from './releases.ts';
import type { Scope } from './scope.ts';
import { readStatus } from './status.ts';
import { answerTimeline } from './timeline.ts';
import { answerVerdicts } from './verdicts.ts';
import { answerViolations } from './violations.ts';
import { answerWhere } from './where.ts';
import { answerWhy } from './why.ts';

/** What some questions need in addition to the rows. */
export interface Means {
  readonly matcher: AffectedMatcher;
  readonly connection: SqlConnection;
}

/** Answers one question within its scope. */
export type Answerer<N extends QuestionName> = (
  scope: Scope,
  question: Question<N>,
  means: Means,
) => Promise<Answer<N>>;

/** The answerer of each question. A question without an answerer does not compile. */
export const ANSWERERS: { readonly [N in QuestionName]: Answerer<N> } = {
  releases: answerReleases,
  exposure: answerExposure,
  where: answerWhere,
  why: answerWhy,
  findings: answerFindings,
  provenance: answerProvenance,
  verdicts: answerVerdicts,
  violations: answerViolations,
  changes: answerChanges,
  expiries: answerExpiries,
  diff: answerDiff,
  'blast-radius': answerBlastRadius,
  licenses: answerLicenses,
  missing: answerMissing,
  owners: answerOwners,
  'patch-plan': answerPatchPlan,
  timeline: answerTimeline,
  judged: answerJudgements,
  estate: answerEstate,
  exposures: answerExposures,
  'gated-source': answerGatedSource,
  observations: readObservations,
  'last-audits': readLastAudits,
  'known-violations': readKnownViolations,
  status: (scope, _, { connection }) => readStatus(connection, scope.shard),
};
