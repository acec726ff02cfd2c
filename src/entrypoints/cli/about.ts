import { formatCount } from '../../core/count.ts';
import { attempt } from '../../core/result.ts';
import { openStandingAdvisories } from '../compose/advisories.ts';
import { readSchemaVersion } from '../compose/graph.ts';
import { findForm } from '../compose/installation.ts';
import { version } from '../compose/version.ts';
import type { Config } from '../config/config.ts';
import { encodeAdvisoryData } from './advisory-data.ts';
import { type Block, showLine } from './report/block.ts';
import type { SchemaValue } from './report/schemas.ts';

const DAY_MS = 86_400_000;

/**
 * What a report about Waybill needs. Nothing is changed, and advisory data that cannot be read does
 * not hide the rest.
 */
export async function readAbout(config: () => Promise<Config>): Promise<SchemaValue<'version'>> {
  const advisories = await attempt(() => readAdvisoryData(config));
  const { code, message, remedy } = advisories.ok ? NO_FAILURE : advisories.failure;
  return {
    version: version(),
    form: findForm(),
    node: process.versions.node,
    platform: `${process.platform}/${process.arch}`,
    databaseSchema: await readSchemaVersion(),
    advisories: advisories.ok ? advisories.value : null,
    advisoriesFailure: advisories.ok ? null : { code, message, remedy },
  };
}

const NO_FAILURE = { code: '', message: '', remedy: '' };

type AdvisoryFacts = NonNullable<SchemaValue<'version'>['advisories']>;

async function readAdvisoryData(config: () => Promise<Config>): Promise<AdvisoryFacts> {
  const { index, close } = await openStandingAdvisories(await config());
  try {
    const { source, count, newest, importedAt, coverage } = encodeAdvisoryData(index.info());
    const feeds = coverage.map(({ ecosystem, feed, databases, updatedAt, importedAt: at }) => ({
      ...{ ecosystem, feed, databases: [...databases], updatedAt, importedAt: at },
      ageDays: countDays(updatedAt),
    }));
    return { source, count, newest, importedAt, feeds };
  } finally {
    close();
  }
}

/** Whole days; null where a feed does not say when it was exported. */
function countDays(updatedAt: string | null): number | null {
  if (updatedAt === null) return null;
  return Math.max(0, Math.floor((Date.now() - Date.parse(updatedAt)) / DAY_MS));
}

export function showAbout(about: SchemaValue<'version'>): readonly Block[] {
  return [
    showLine(`waybill ${about.version} (${about.form})`),
    showLine(`Node.js ${about.node} on ${about.platform}`),
    showLine(`database schema ${about.databaseSchema}`),
    showLine(describeAdvisories(about)),
  ];
}

function describeAdvisories({ advisories, advisoriesFailure }: SchemaValue<'version'>): string {
  if (advisories === null) return `advisories: unreadable, ${advisoriesFailure?.message ?? ''}`;
  const amount = formatCount(advisories.count, 'advisory', 'advisories');
  if (advisories.source === 'sample') return `advisories: the bundled sample, ${amount}`;
  const newest = `newest record ${advisories.newest ?? 'of unknown date'}`;
  return `advisories: ${amount}, ${newest}${describeOldest(advisories)}`;
}

function describeOldest({ feeds }: AdvisoryFacts): string {
  const [first] = feeds.toSorted((one, other) => rankAge(other) - rankAge(one));
  if (first === undefined) return '';
  const age =
    first.ageDays === null ? 'of unknown age' : `${formatCount(first.ageDays, 'day')} old`;
  return `, oldest feed ${first.ecosystem}, ${age}`;
}

/** An unknown age may be any. */
function rankAge({ ageDays }: AdvisoryFacts['feeds'][number]): number {
  return ageDays ?? Number.POSITIVE_INFINITY;
}
