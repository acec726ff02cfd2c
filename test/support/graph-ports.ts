import { affectedMatcher } from '../../src/capabilities/advisories/index.ts';
import type {
  GraphPorts,
  MemberComponent,
  ParsedAdvisory,
} from '../../src/capabilities/graph/index.ts';
import type { Digest } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import { type Instant, toInstant } from '../../src/core/instant.ts';
import type { JsonValue } from '../../src/core/json.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { type Purl, parsePurl } from '../../src/core/purl.ts';
import { failed, ok, type Result } from '../../src/core/result.ts';
import { parseJson } from '../../src/formats/json/parse.ts';

/**
 * The smallest implementation of the ports of the graph: an inventory is a list, an advisory
 * enumerates versions.
 */
export interface TestInventory {
  readonly complete: boolean;
  readonly components: readonly {
    readonly purl: string;
    readonly source?: { readonly name: string; readonly version: string };
    readonly layer?: string;
    readonly path?: string;
  }[];
}

export interface TestAdvisory {
  readonly id: string;
  readonly modified: number;
  readonly withdrawn?: number;
  readonly aliases?: readonly string[];
  readonly upstream?: readonly string[];
  readonly summary?: string;
  readonly severity?: 'critical' | 'high' | 'medium' | 'low' | 'none';
  /** `npm/left-pad` -> versions. */
  readonly affected: Readonly<Record<string, readonly string[]>>;
}

/** What a scan of some tool lists. */
export interface TestScan {
  readonly tool: string;
  readonly at?: number;
  readonly hasLooked?: boolean;
  readonly part?: 'system' | 'language' | null;
  readonly findings: readonly {
    readonly names: readonly [string, ...string[]];
    readonly purl: string;
  }[];
}

export const encodeJson = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value));

export const advisoryBatch = (advisories: readonly TestAdvisory[]): Uint8Array =>
  new TextEncoder().encode(advisories.map((advisory) => JSON.stringify(advisory)).join('\n'));

function toMember(item: TestInventory['components'][number]): MemberComponent {
  const parts = parsePurl(item.purl);
  if (!parts.ok) throw parts.failure;
  return {
    purl: item.purl as Purl,
    name: parts.value.name,
    version: parts.value.version ?? '',
    source: item.source ?? null,
    locations: item.path === undefined ? [] : [item.path],
    layer: (item.layer ?? null) as Digest | null,
    development: false,
  };
}

function parsed<T>(text: Uint8Array | string, key: keyof T & string): Result<T> {
  const json = parseJson(text, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  const value = json.value as Record<string, JsonValue> | null;
  if (value !== null && typeof value === 'object' && key in value) return ok(value as unknown as T);
  return failed(new Failure('MALFORMED', `there is no ${key}`, 'Write one.'));
}

export const graphPorts: GraphPorts = {
  reader: {
    read: (bytes) => {
      const read = parsed<TestInventory>(bytes, 'components');
      if (!read.ok) return read;
      const { complete, components } = read.value;
      return ok({
        format: 'test',
        outcome: complete ? 'complete' : 'partial',
        components: components.map(toMember),
      });
    },
  },
  scans: {
    read: (bytes) => {
      const read = parsed<TestScan>(bytes, 'tool');
      if (!read.ok) return read;
      const { tool, at, hasLooked = true, part = null, findings } = read.value;
      const said = { severity: 'high', score: null, name: '', version: '1', fixed: [] } as const;
      return ok({
        ...{ tool, createdAt: at === undefined ? null : toInstant(at), hasLooked, part },
        findings: findings.map(({ names, purl }) => ({ ...said, names, purl: purl as Purl })),
      });
    },
  },
  matcher: {
    readAdvisory: (record): Result<ParsedAdvisory> => {
      const read = parsed<TestAdvisory>(record, 'affected');
      if (!read.ok) return read;
      const { id, modified, withdrawn, aliases, upstream, severity, affected } = read.value;
      const packages = Object.keys(affected).map((key) => ({
        ecosystem: key.slice(0, key.indexOf('/')),
        name: key.slice(key.indexOf('/') + 1),
      }));
      const moment = (ms: number | undefined): Instant | null =>
        ms === undefined ? null : toInstant(ms);
      return ok({
        id,
        aliases: aliases ?? [],
        upstream: upstream ?? [],
        modified: moment(modified),
        published: moment(modified),
        withdrawn: moment(withdrawn),
        packages,
        severity: severity ?? 'unknown',
        score: null,
        stated: severity === undefined ? [] : [{ type: 'DATABASE', vector: severity }],
        statedOfPackages: [],
        handle: affected,
      });
    },
    readCveSeverity: affectedMatcher.readCveSeverity,
    listKeys: ({ purl, source }) => {
      const parts = parsePurl(purl);
      return parts.ok
        ? [{ ecosystem: parts.value.type, name: source?.name ?? parts.value.name }]
        : [];
    },
    match: ({ purl, source }, advisory) => {
      const parts = parsePurl(purl);
      if (!parts.ok) return null;
      const affected = advisory.handle as TestAdvisory['affected'];
      const versions = affected[`${parts.value.type}/${source?.name ?? parts.value.name}`] ?? [];
      const version = source?.version ?? parts.value.version ?? '';
      return versions.includes(version)
        ? { status: 'affected', rule: 'enumerated', fixed: [], stated: [] }
        : null;
    },
    findDoubtful: () => new Set(),
    describeUnmatched: () => ({ label: 'other types', ecosystems: [] }),
    inRange: (purl, range) => {
      const parts = parsePurl(purl);
      if (!parts.ok || !range.startsWith('<')) return null;
      return Number(parts.value.version) < Number(range.slice(1));
    },
  },
};
