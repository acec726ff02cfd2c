import type { Evaluation } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { readHost, removeCredentials } from '../../core/repository-address.ts';
import { orThrow } from '../../core/result.ts';
import { buildSourceEvidence, type JudgedCommit } from '../../gates/source/index.ts';
import { openLedger } from '../compose/graph.ts';
import { type ConfigOptions, loadCallConfig } from './call-config.ts';
import type { Call } from './command.ts';

type RecordCall = Call<ConfigOptions & { readonly repo?: string | undefined }>;

interface AddressSource {
  facts(): Promise<{ readonly repository: string }>;
}

export interface SourceRecord {
  readonly tip: JudgedCommit | null;
  readonly id: string | null;
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

/** Appends the commit and the decision about it to the evidence log. */
export async function recordSource(
  call: RecordCall,
  git: AddressSource,
  { tip, id, evaluation, now }: SourceRecord,
): Promise<void> {
  if (tip === null)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `commit ${id ?? ''} could not be read, or was not judged`,
      'Judge the commit itself.',
    );
  const repository = await readAddress(call, git);
  const { log, close } = await openLedger(loadCallConfig(call));
  try {
    orThrow(
      await log.append(buildSourceEvidence({ judged: tip, repository, evaluation, now }), now),
    );
    call.io.err(`recorded: the decision about commit ${tip.commit.id}\n`);
  } finally {
    await close();
  }
}

/** As `waybill commit verify --record` names it, so that both are one document. */
async function readAddress(
  call: RecordCall,
  git: AddressSource,
): Promise<{ readonly host: string; readonly repository: string }> {
  const address = removeCredentials(call.options.repo ?? (await git.facts()).repository);
  const host = readHost(address);
  if (address !== '' && host !== null) return { host, repository: address };
  throw new Failure(
    'USAGE',
    'the repository has no address to be recorded under',
    'Name it: --repo URL.',
  );
}
