import type { Fact } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { projectAdvisories } from './project-advisories.ts';
import { projectDeployment } from './project-deployment.ts';
import { projectFeeds } from './project-feeds.ts';
import {
  projectBuild,
  projectCommit,
  projectImage,
  projectOwnership,
  projectRelease,
  projectTag,
} from './project-release.ts';
import { projectScan } from './project-scan.ts';
import { projectSet } from './project-set.ts';
import { projectCveSeverities } from './project-severities.ts';
import { projectDecision, projectVerification, projectViolation } from './project-verification.ts';
import { addProblem, type Projection } from './projection.ts';

/**
 * Writes the facts of one document into the graph, in the transaction that puts it into the log.
 */
export async function projectFact(projection: Projection, fact: Fact): Promise<void> {
  switch (fact.kind) {
    case 'release':
      return projectRelease(projection, fact.record);
    case 'image':
      return projectImage(projection, fact.members);
    case 'set':
      return projectSet(projection, fact.set, fact.outcome);
    case 'scan':
      return projectScan(projection, fact.scan);
    case 'advisories':
      await projectCveSeverities(projection, fact.severities);
      return projectAdvisories(projection, fact.advisories, fact.unreadable);
    case 'verification':
      return projectVerification(projection, fact.record);
    case 'decision':
      return projectDecision(projection, fact.record);
    case 'deployment':
      return projectDeployment(projection, fact.record);
    case 'violation':
      return projectViolation(projection, fact.record);
    case 'ownership':
      return projectOwnership(projection, fact.record);
    case 'tag':
      return projectTag(projection, fact.record);
    case 'build':
      return projectBuild(projection, fact.record);
    case 'commit':
      return projectCommit(projection, fact.record);
    case 'feeds':
      return projectFeeds(projection, fact.record);
    case 'unreadable':
      return addProblem(projection, 'unreadable', projection.digest, fact.detail);
    case 'document':
      return;
    default:
      throw new Failure(
        'INTERNAL',
        `no projection of ${JSON.stringify(fact satisfies never)}`,
        'Report this.',
      );
  }
}
