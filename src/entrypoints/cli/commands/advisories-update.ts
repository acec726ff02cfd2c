import { resolve } from 'node:path';
import { dateOldest, listStanding, OSV_EXPORT } from '../../../capabilities/advisories/index.ts';
import { formatCount } from '../../../core/count.ts';
import { formatAnswerInstant } from '../../../core/instant.ts';
import { withoutLateCompilation } from '../../../system/threads/late-compilation.ts';
import { findNeededEcosystems } from '../../compose/needed-ecosystems.ts';
import { isIndexName, pullAdvisories } from '../../compose/pull-advisories.ts';
import { type UpdateOutcome, updateAdvisories } from '../../compose/update-advisories.ts';
import type { Config } from '../../config/config.ts';
import { formatMoment, listEcosystems } from '../advisory-data.ts';
import { listFailedHints, printFailed, toFailedJson } from '../batch.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import type { Call } from '../command.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { AdvisoriesUpdateCall } from '../options/inventory.ts';
import { startRecordProgress } from '../record-progress.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { openSpoolFolder } from '../spool.ts';
import { showSupport, showThreats, toThreatJson } from '../threat-output.ts';

/** Brings the index to what an export or a signed index has. */
export function run(call: AdvisoriesUpdateCall): Promise<Report> {
  return withoutLateCompilation((begin) => runUpdate(call, begin));
}

async function runUpdate(call: AdvisoriesUpdateCall, begin: () => void): Promise<Report> {
  const config = await loadCallConfig(call);
  const { options } = call;
  const from = options.from ?? config.updates.from ?? OSV_EXPORT;
  const as = options.as ?? config.updates.as;
  if (isIndexName(from))
    return pullIndex(call, config, from, { as, begin, schema: 'advisories-update' });
  const outcome = await updateFromExport(call, config, from, begin);
  clearProgress(call.io);
  for (const one of outcome.failed) printFailed(call.io, one);
  return showUpdate(outcome, config);
}

async function updateFromExport(
  call: AdvisoriesUpdateCall,
  config: Config,
  from: string,
  begin: () => void,
): Promise<UpdateOutcome> {
  const { options, args, io, signal } = call;
  const wanted = { ecosystems: options.ecosystem, targets: args };
  const needed = await findNeededEcosystems(config, wanted, readTargetContext(call, config));
  const shown = new Map<string, ReturnType<typeof startProgress>>();
  return updateAdvisories(config, needed, {
    ...{ from, env: io.env, signal },
    ca: options.ca === undefined ? config.updates.ca : resolve(io.cwd, options.ca),
    exploitation: config.updates.exploitation && !options.withoutExploitation,
    support: config.updates.support && !options.withoutSupport,
    onProgress: (ecosystem, bytes, total) => {
      const show = shown.get(ecosystem) ?? startProgress(io, `${ecosystem} bytes`);
      shown.set(ecosystem, show);
      show(bytes, total);
    },
    onRecords: startRecordProgress(io, begin),
  });
}

/** Imports a signed index, for `update --from` and for `pull`. */
export async function pullIndex(
  { io, signal }: Call,
  config: Config,
  from: string,
  { as, begin, schema }: PullOptions,
): Promise<Report> {
  const spool = openSpoolFolder(config.home);
  try {
    const onRecords = startRecordProgress(io, begin);
    const call = { from, as, cwd: io.cwd, env: io.env, signal, onRecords, spool: spool.path };
    const outcome = await pullAdvisories(config, call);
    clearProgress(io);
    return showUpdate(outcome, config, { schema, number: outcome.number });
  } finally {
    spool.remove();
  }
}

interface PullOptions {
  readonly as: string | null;
  readonly begin: () => void;
  readonly schema: UpdateSchema;
}

type UpdateSchema = 'advisories-update' | 'advisories-pull';

function showUpdate(
  outcome: UpdateOutcome,
  config: Config,
  { schema, number }: { readonly schema: UpdateSchema; readonly number: number | null } = {
    ...{ schema: 'advisories-update', number: null },
  },
): Report {
  const { from, updated, absent, failed, imported, threats, support } = outcome;
  const { data, added, unchanged, older, rejected } = imported;
  const isWhole = rejected === 0 && failed.length === 0;
  const updatedAt = dateOldest(listStanding(data.coverage));
  return {
    kind: 'result',
    exitCode: isWhole ? 0 : 3,
    value: toValue(schema, () => ({
      outcome: isWhole ? 'complete' : 'partial',
      ...{ from, number, updated: [...updated], absent: [...absent] },
      ...{ added, updatedRecords: imported.updated, unchanged, older, rejected },
      ...{ index: config.advisories, count: data.count, ecosystems: listEcosystems(data) },
      updatedAt: formatMoment(updatedAt),
      threats: threats.map(toThreatJson),
      support: [...support],
      failed: failed.map(toFailedJson),
    })),
    blocks: () => [
      ...showUpdated(outcome),
      ...threats.map(showThreats),
      ...support.map(showSupport),
      ...(absent.length === 0 ? [] : [showLine(`not published there: ${absent.join(', ')}`)]),
      showLine(
        `${added} added, ${imported.updated} updated, ${unchanged} unchanged, ` +
          `${older} older, ${rejected} rejected`,
      ),
      showLine(
        `${config.advisories}: ${formatCount(data.count, 'advisory', 'advisories')}, data of ` +
          (updatedAt === null ? 'unknown age' : formatAnswerInstant(updatedAt)),
      ),
    ],
    hints: listFailedHints(updated.length, failed, { what: 'ecosystem' }),
  };
}

const HOW = { whole: 'whole export', changes: 'changed records', nothing: 'nothing new' } as const;

function showUpdated({ from, updated }: UpdateOutcome): readonly Block[] {
  const rows = updated
    .filter(({ how, ecosystem }) => how !== 'nothing' || !ecosystem.startsWith('['))
    .map(({ ecosystem, how, records, bytes }) => [
      ...[ecosystem, HOW[how], records === null ? '' : `${records}`, `${bytes}`],
    ]);
  return [showLine(`from ${from}`), showTable(['ECOSYSTEM', 'READ', 'RECORDS', 'BYTES'], rows)];
}
