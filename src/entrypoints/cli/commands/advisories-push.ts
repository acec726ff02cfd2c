import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  parseImageReference,
} from '../../../core/image-reference.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import {
  type IndexPlace,
  type PackCall,
  type PackedIndex,
  packIndex,
  verifyIndex,
} from '../../compose/advisory-artifact.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AdvisoriesPushCall } from '../options/inventory.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { openSpoolFolder } from '../spool.ts';
import { describeThreats, toThreatJson } from '../threat-output.ts';

/** Packs the index behind the one that the tag has now, signs it and gives it the tag. */
export async function run(call: AdvisoriesPushCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const named = orThrow(parseImageReference(call.args[0] ?? ''));
  if (named.digest !== null)
    throw new Failure('USAGE', 'a digest cannot be pushed to', 'Name a tag, or nothing.');
  const reference = { ...named, tag: named.tag ?? 'latest' };
  const number = parseIndexNumber(call.options.number);
  const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const spool = openSpoolFolder(config.home);
  const client = await openCommandClient(config, call.io.env);
  try {
    const place = { source: client, reference };
    const { signal } = call;
    const previous = await findPrevious(config, place, number, signal);
    const target = { ...place, target: client, tag: reference.tag };
    const packed = await packIndex(config, target, {
      ...{ key, spool: spool.path, previous, number, signal },
    });
    const index = formatImageReference({ ...reference, digest: packed.manifest });
    return showPacked('advisories-push', packed, index, formatRepository(reference));
  } finally {
    client.close();
    spool.remove();
  }
}

/** What a new index follows; null where there is none yet. */
export async function findPrevious(
  config: Config,
  place: IndexPlace,
  number: number | null,
  signal: AbortSignal,
): Promise<PackCall['previous']> {
  const verified = await attempt(() => verifyIndex(config, place, signal));
  if (verified.ok) return { ...place, ...verified.value };
  const { failure } = verified;
  if (failure.code === 'NOT_FOUND') return null;
  if (failure.code !== 'EVIDENCE_REJECTED') throw failure;
  // Anyone who may push could have put it there: its number means nothing, unless somebody says so.
  // mutant number-of-a-stranger by advisory-artifact: condition -> true
  if (number !== null) return null;
  const remedy = `${failure.remedy} To replace it: --number N.`;
  throw new Failure(failure.code, failure.message, remedy, { cause: failure });
}

export function parseIndexNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0) return number;
  throw new Failure('USAGE', `--number ${text} is no number`, 'Write a whole number above 0.');
}

export function showPacked(
  schema: 'advisories-pack' | 'advisories-push',
  { description, manifest, signature, size, threats }: PackedIndex,
  index: string,
  repository: string,
): Report {
  const { number, records, coverage } = description;
  const deltas = description.deltas.map((one) => ({ from: one.from, to: one.to, size: one.size }));
  const ecosystems = [...new Set(coverage.map(({ ecosystem }) => ecosystem))];
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue(schema, () => ({
      ...{ index, repository, number, digest: manifest, signature, records, size, deltas },
      ecosystems,
      threats: threats.map(({ kind, version, at, count, size: bytes }) =>
        toThreatJson({ kind, version, at, count, size: bytes }),
      ),
    })),
    blocks: () => [
      showLine(
        `${index}: number ${number}, ${formatCount(records, 'record')}, ${formatCount(size, 'byte')}`,
      ),
      ...deltas.map(({ from, to, size: bytes }) =>
        showLine(`changes from ${from} to ${to}: ${bytes} bytes`),
      ),
      ...threats.map((one) => showLine(`${describeThreats(one)}: ${one.size} bytes`)),
      showLine(`signature ${signature}`),
    ],
  };
}
