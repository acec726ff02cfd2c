import {
  encodeLeaf,
  formatConsistencyProof,
  formatInclusionProof,
} from '../../../capabilities/evidence/index.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { openQuestions } from '../../compose/graph.ts';
import { openLogKeeper, requireContinuation, signHead } from '../../compose/log-checkpoint.ts';
import { loadCallConfig } from '../call-config.ts';
import { readNamedCheckpoint } from '../named-checkpoint.ts';
import type { GraphProofCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';
import { splitLines } from './graph-checkpoint.ts';

/** A proof that an entry is in the log, or that the log continues an earlier checkpoint. */
export async function run(call: GraphProofCall): Promise<Report> {
  const { position, since } = call.options;
  if ((position === undefined) === (since === undefined))
    throw new Failure(
      'USAGE',
      'a proof is about an entry or about an earlier checkpoint',
      'Name one: --position N, or --since FILE.',
    );
  const config = await loadCallConfig(call);
  const log = await openQuestions(config);
  try {
    const keeper = await openLogKeeper(config);
    if (since !== undefined) {
      const before = await readNamedCheckpoint(call, since, keeper);
      await requireContinuation(log, before);
      const note = await signHead(log, keeper);
      const { proof } = orThrow(await log.consistency(before.size));
      return { kind: 'lines', lines: splitLines(formatConsistencyProof(before.size, proof, note)) };
    }
    const at = Number(position);
    if (!/^[0-9]{1,15}$/.test(position ?? ''))
      throw new Failure('USAGE', `${position} is not a position`, 'Write a number from 0 on.');
    const note = await signHead(log, keeper);
    const { proof } = orThrow(await log.inclusion(at));
    const [entry] = orThrow(await log.entries(at, 1));
    if (entry === undefined) throw new Failure('NOT_FOUND', `no entry ${at}`, 'Name another.');
    const text = formatInclusionProof(at, encodeLeaf(entry), proof, note);
    return { kind: 'lines', lines: splitLines(text) };
  } finally {
    await log.close();
  }
}
