import type { Evaluation } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { hostOf, withoutCredentials } from '../../core/repository-address.ts';
import { orThrow } from '../../core/result.ts';
import { type JudgedCommit, sourceEvidence } from '../../gates/source/index.ts';
import { openLedger } from '../compose/compose.ts';
import type { Call } from './command.ts';
import { configOf } from './configured.ts';

interface Addressed {
  facts(): Promise<{ readonly repository: string }>;
}

export interface Recorded {
  readonly tip: JudgedCommit | null;
  readonly id: string | null;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

/** Appends the commit and the decision about it to the evidence log. */
export async function recordSource(call: Call, git: Addressed, { tip, id, evaluation, now }: Recorded): Promise<void> {
  if (tip === null)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `commit ${id ?? ''} could not be read, or was not judged`,
      'Judge the commit itself.',
    );
  const repository = await addressOf(call, git);
  const { log, close } = await openLedger(configOf(call));
  try {
    orThrow(await log.append(sourceEvidence({ judged: tip, repository, evaluation, now }), now));
    call.io.err(`recorded: the decision about commit ${tip.commit.id}\n`);
  } finally {
    await close();
  }
}

/** As `waybill commit verify --record` names it, so that both are one document. */
async function addressOf(call: Call, git: Addressed): Promise<{ readonly host: string; readonly repository: string }> {
  const address = withoutCredentials(call.options.text('repo') ?? (await git.facts()).repository);
  const host = hostOf(address);
  if (address !== '' && host !== null) return { host, repository: address };
  throw new Failure('USAGE', 'the repository has no address to be recorded under', 'Name it: --repo URL.');
}
