import { formatCount } from '../../../core/count.ts';
import { attempt } from '../../../core/result.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { readSchemaVersion } from '../../compose/graph.ts';
import { findForm } from '../../compose/installation.ts';
import { version } from '../../compose/version.ts';
import { formatMoment } from '../advisory-data.ts';
import { loadCallConfig } from '../call-config.ts';
import type { VersionCall } from '../options/set-up.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** What a report about Waybill needs. Advisory data that cannot be read does not hide the rest. */
export async function run(call: VersionCall): Promise<Report> {
  const advisories = await attempt(() => readAdvisoryData(call));
  const { code, message, remedy } = advisories.ok ? NO_FAILURE : advisories.failure;
  const shown = {
    version: version(),
    form: findForm(),
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    databaseSchema: await readSchemaVersion(),
    advisories: advisories.ok ? advisories.value : null,
    advisoriesFailure: advisories.ok ? null : { code, message, remedy },
  };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('version', () => shown),
    blocks: () => showVersion(shown),
  };
}

const NO_FAILURE = { code: '', message: '', remedy: '' };

async function readAdvisoryData(call: VersionCall) {
  const { index, close } = await openAdvisories(await loadCallConfig(call));
  try {
    const { source, count, newest, importedAt } = index.info();
    return {
      source,
      count,
      newest: formatMoment(newest),
      importedAt: formatMoment(importedAt),
    };
  } finally {
    close();
  }
}

function showVersion(shown: SchemaValue<'version'>): readonly Block[] {
  return [
    showLine(`waybill ${shown.version} (${shown.form})`),
    showLine(`Node.js ${shown.node} on ${shown.platform}`),
    showLine(`database schema ${shown.databaseSchema}`),
    showLine(describeAdvisories(shown)),
  ];
}

function describeAdvisories({ advisories, advisoriesFailure }: SchemaValue<'version'>): string {
  if (advisories === null) return `advisories: unreadable, ${advisoriesFailure?.message ?? ''}`;
  const amount = formatCount(advisories.count, 'advisory', 'advisories');
  if (advisories.source === 'sample') return `advisories: the bundled sample, ${amount}`;
  return `advisories: ${amount}, newest record ${advisories.newest ?? 'of unknown date'}`;
}
