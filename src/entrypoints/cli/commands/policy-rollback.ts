import { Failure } from '../../../core/failure.ts';
import { formatRepository } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { findLayer, readPolicyState } from '../../compose/policy-state.ts';
import {
  listRevisions,
  type PolicyPlace,
  pushRevision,
  recordPushed,
  type VerifiedRevision,
} from '../../compose/policy-store.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyRollbackCall } from '../options/gates.ts';
import { openPolicyTarget, reportPushed } from '../policy-place.ts';
import type { Report } from '../report/report.ts';

/** Pushes an earlier document as the next revision: the number grows, so every client takes it. */
export async function run(call: PolicyRollbackCall): Promise<Report> {
  const { options, io, signal } = call;
  const config = await loadCallConfig(call);
  const number = /^[1-9]\d{0,14}$/.test(options.to) ? Number(options.to) : Number.NaN;
  if (!(number > 0))
    throw new Failure('USAGE', `--to ${options.to} is no number`, 'Write a whole number above 0.');
  const key = orThrow(await openSigningKey(config, options.key, io.env));
  const { source, target, reference, close } = await openPolicyTarget(
    config,
    call.args[0] ?? '',
    io.env,
  );
  try {
    const repository = formatRepository(reference);
    const seen = findLayer(readPolicyState(config), repository)?.seen.number ?? 0;
    const found = await findRevision(config, { source, reference }, number, signal);
    const now = toInstant(Date.now());
    const { text, policy } = found.wanted;
    const pushed = await pushRevision(
      { source, target, reference },
      {
        ...{ text, key, previous: found.newest, now, signal, seen },
        ...{ message: options.message ?? null, effectiveFrom: null, rollbackTo: number },
      },
    );
    await recordPushed(config, { source, reference }, pushed.manifest, now, signal);
    return reportPushed('policy-rollback', repository, policy.revision, pushed);
  } finally {
    close();
  }
}

interface FoundRevisions {
  readonly newest: VerifiedRevision;
  readonly wanted: VerifiedRevision;
}

async function findRevision(
  config: Config,
  place: PolicyPlace,
  number: number,
  signal: AbortSignal,
): Promise<FoundRevisions> {
  let newest: VerifiedRevision | null = null;
  for await (const one of listRevisions(config, place, LIMITS.policyHistoryMax, signal)) {
    newest ??= one;
    if (one.revision.number === number) return { newest, wanted: one };
    if (one.revision.number < number) break;
  }
  throw new Failure(
    'NOT_FOUND',
    `there is no revision ${number}; the newest is ${newest?.revision.number ?? 0}`,
    'See which there are: waybill policy log.',
  );
}
