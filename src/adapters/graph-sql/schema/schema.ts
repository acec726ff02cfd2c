import type { Generated } from 'kysely';

/**
 * `identity` is a number that the database assigns. A question mark means that the value may be
 * null.
 */
export type ColumnType =
  | 'int'
  | 'text'
  | 'bytes'
  | 'real'
  | 'identity'
  | 'int?'
  | 'text?'
  | 'bytes?'
  | 'real?';

export interface TableDeclaration {
  /**
   * Owned tables belong to the shard of one tenant. Shared tables hold public facts and the list of
   * shards (GS7).
   */
  readonly owner: 'shard' | 'shared';
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Without `shard`, which is the first column of every key and index of an owned table (GS1). */
  readonly primaryKey: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
  /**
   * Column -> table whose primary key is `id`. A key between owned tables has the shard in the same
   * place (GS2).
   */
  readonly foreign?: Readonly<Record<string, string>>;
  /** The rows are stored in the primary key itself. */
  readonly clustered?: boolean;
}

const known = { known_from: 'int', known_to: 'int?' } as const;

/** The log: everything that is not a projection. */
export const LOG_TABLES = {
  shard: { owner: 'shared', columns: { shard: 'int', name: 'text' }, primaryKey: ['shard'] },
  log_head: {
    owner: 'shard',
    columns: { size: 'int', frontier: 'bytes', recorded_at: 'int?', generation: 'int' },
    primaryKey: [],
  },
  log_entry: {
    owner: 'shard',
    columns: {
      position: 'int',
      kind: 'text',
      media_type: 'text',
      digest: 'text',
      size: 'int',
      subject: 'text?',
      recorded_at: 'int',
      leaf_hash: 'bytes',
    },
    primaryKey: ['position'],
    indexes: [
      ['digest', 'kind', 'position'],
      ['subject', 'kind', 'position'],
      ['kind', 'position'],
      ['recorded_at', 'position'],
    ],
  },
  document: { owner: 'shard', columns: { digest: 'text', body: 'bytes' }, primaryKey: ['digest'] },
} as const satisfies Record<string, TableDeclaration>;

/** Of the log too, since version 17: whose document was removed: its absence is no damage. */
export const RETENTION_TABLES = {
  removed_entry: {
    owner: 'shard',
    columns: { position: 'int', removed_at: 'int', why: 'text' },
    primaryKey: ['position'],
  },
} as const satisfies Record<string, TableDeclaration>;

/** What is kept when the projection is made again. */
export const KEPT_TABLES = { ...LOG_TABLES, ...RETENTION_TABLES };

/** The projection: all of it can be made again from the log. */
export const GRAPH_TABLES = {
  id_block: {
    owner: 'shard',
    columns: { name: 'text', next_id: 'int' },
    primaryKey: ['name'],
    clustered: true,
  },
  code_host: {
    owner: 'shard',
    columns: { id: 'int', url: 'text' },
    primaryKey: ['id'],
    unique: [['url']],
  },
  repository: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', code_host: 'int', url: 'text' },
    primaryKey: ['id'],
    unique: [['key']],
    indexes: [['code_host']],
    foreign: { code_host: 'code_host' },
  },
  code_commit: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', repository: 'int', hash: 'text' },
    primaryKey: ['id'],
    unique: [['key']],
    indexes: [['repository'], ['hash', 'id']],
    foreign: { repository: 'repository' },
  },
  commit_fact: {
    owner: 'shard',
    columns: {
      id: 'int',
      code_commit: 'int',
      author: 'text?',
      committer: 'text?',
      committed_at: 'int?',
      signed: 'int',
      signer: 'int?',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [['code_commit'], ['author', 'id'], ['committer', 'id'], ['signer', 'id']],
    foreign: { code_commit: 'code_commit' },
  },
  build: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', build_id: 'text', builder: 'text' },
    primaryKey: ['id'],
    unique: [['key']],
    indexes: [['builder', 'id']],
  },
  build_fact: {
    owner: 'shard',
    columns: {
      id: 'int',
      build: 'int',
      code_commit: 'int?',
      started_at: 'int?',
      finished_at: 'int?',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [['build'], ['code_commit', 'build']],
    foreign: { build: 'build' },
  },
  build_image: {
    owner: 'shard',
    columns: { id: 'int', build: 'int', image: 'int', known_from: 'int' },
    primaryKey: ['id'],
    unique: [['build', 'image']],
    indexes: [['image', 'build']],
    foreign: { build: 'build', image: 'image' },
  },
  release: {
    owner: 'shard',
    columns: {
      id: 'int',
      document: 'text',
      name: 'text',
      version: 'text',
      released_at: 'int',
      owner: 'text?',
      code_commit: 'int?',
      build: 'int?',
      known_from: 'int',
    },
    primaryKey: ['id'],
    unique: [['document']],
    indexes: [
      ['released_at', 'id'],
      ['name', 'version'],
      ['name', 'released_at', 'id'],
      ['owner', 'id'],
      ['code_commit', 'id'],
      ['build', 'id'],
    ],
  },
  release_artifact: {
    owner: 'shard',
    columns: { release: 'int', kind: 'text', digest: 'text' },
    primaryKey: ['release', 'kind', 'digest'],
    indexes: [['digest', 'release']],
    foreign: { release: 'release' },
    clustered: true,
  },
  image: {
    owner: 'shard',
    columns: { id: 'int', digest: 'text' },
    primaryKey: ['id'],
    unique: [['digest']],
  },
  image_member: {
    owner: 'shard',
    columns: { id: 'int', image_index: 'int', member: 'int', platform: 'text', known_from: 'int' },
    primaryKey: ['id'],
    unique: [['image_index', 'member', 'platform']],
    indexes: [['member', 'image_index']],
    foreign: { image_index: 'image', member: 'image' },
  },
  release_image: {
    owner: 'shard',
    columns: {
      id: 'int',
      release: 'int',
      image: 'int',
      reference: 'text',
      member: 'int',
      known_from: 'int',
    },
    primaryKey: ['id'],
    unique: [['release', 'image']],
    indexes: [
      ['image', 'release'],
      ['reference', 'image'],
    ],
    foreign: { release: 'release', image: 'image' },
  },
  layer: {
    owner: 'shard',
    columns: { id: 'int', digest: 'text' },
    primaryKey: ['id'],
    unique: [['digest']],
  },
  component_set: {
    owner: 'shard',
    columns: { id: 'int', digest: 'text', size: 'int' },
    primaryKey: ['id'],
    unique: [['digest']],
  },
  /**
   * Where advisories are looked up for components of one kind: `label` for people, and whether we
   * can match them (lookups.ts).
   */
  lookup: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', label: 'text', matched: 'int' },
    primaryKey: ['id'],
    unique: [['key']],
  },
  /** The ecosystems under which advisories may name them; none if this is unknown. */
  lookup_ecosystem: {
    owner: 'shard',
    columns: { lookup: 'int', ecosystem: 'text' },
    primaryKey: ['lookup', 'ecosystem'],
    foreign: { lookup: 'lookup' },
    clustered: true,
  },
  /**
   * How many components of a set are looked up there. `version_lookup` is that of their versions:
   * it differs where this set leaves in doubt what others state.
   */
  set_lookup: {
    owner: 'shard',
    columns: { component_set: 'int', lookup: 'int', version_lookup: 'int', components: 'int' },
    primaryKey: ['component_set', 'lookup'],
    indexes: [['lookup', 'component_set']],
    foreign: { component_set: 'component_set', lookup: 'lookup' },
    clustered: true,
  },
  /** Which file of advisories covers which ecosystem (FeedCoverage). */
  feed: {
    owner: 'shard',
    columns: {
      ecosystem: 'text',
      feed: 'text',
      records: 'int',
      databases: 'text',
      newest: 'int?',
      exported_at: 'int?',
      imported_at: 'int',
      ...known,
    },
    primaryKey: ['ecosystem', 'feed', 'known_from'],
    indexes: [['ecosystem', 'known_to', 'known_from']],
    clustered: true,
  },
  /** Records of such a file that could not be read. */
  feed_rejection: {
    owner: 'shard',
    columns: { feed: 'text', records: 'int', ...known },
    primaryKey: ['feed', 'known_from'],
    indexes: [['known_to', 'feed', 'records']],
    clustered: true,
  },
  /**
   * `folded` is the searchable form of the name: in lower case, with every run of `-`, `_` and `.`
   * as one dash.
   */
  package: {
    owner: 'shard',
    columns: { id: 'int', purl: 'text', name: 'text', folded: 'text' },
    primaryKey: ['id'],
    unique: [['purl']],
    indexes: [['folded', 'id']],
  },
  package_version: {
    owner: 'shard',
    columns: {
      id: 'int',
      identity: 'text',
      package: 'int',
      purl: 'text',
      version: 'text',
      source_name: 'text?',
      source_version: 'text?',
      lookup: 'int',
    },
    primaryKey: ['id'],
    unique: [['identity']],
    indexes: [['package', 'version']],
    foreign: { package: 'package' },
  },
  set_member: {
    owner: 'shard',
    columns: {
      component_set: 'int',
      package_version: 'int',
      layer: 'int?',
      path: 'text?',
      paths: 'int',
      development: 'int',
    },
    primaryKey: ['component_set', 'package_version'],
    indexes: [['package_version', 'component_set']],
    foreign: { component_set: 'component_set', package_version: 'package_version' },
    clustered: true,
  },
  /** The layers that hold a component of a set, as far as it names them. */
  set_layer: {
    owner: 'shard',
    columns: { component_set: 'int', layer: 'int' },
    primaryKey: ['component_set', 'layer'],
    indexes: [['layer', 'component_set']],
    foreign: { component_set: 'component_set', layer: 'layer' },
    clustered: true,
  },
  image_set: {
    owner: 'shard',
    columns: { id: 'int', image: 'int', component_set: 'int', outcome: 'text', known_from: 'int' },
    primaryKey: ['id'],
    unique: [['image', 'component_set', 'outcome']],
    indexes: [['component_set', 'image']],
    foreign: { image: 'image', component_set: 'component_set' },
  },
  edge_evidence: {
    owner: 'shard',
    columns: { edge: 'text', edge_id: 'int', position: 'int' },
    primaryKey: ['edge', 'edge_id', 'position'],
    clustered: true,
  },
  match_key: {
    owner: 'shard',
    columns: { id: 'int', key: 'text' },
    primaryKey: ['id'],
    unique: [['key']],
  },
  version_key: {
    owner: 'shard',
    columns: { match_key: 'int', package_version: 'int' },
    primaryKey: ['match_key', 'package_version'],
    indexes: [['package_version', 'match_key']],
    foreign: { match_key: 'match_key', package_version: 'package_version' },
    clustered: true,
  },
  /**
   * `stated`: what the record says about severity as a whole, `package_stated`: of one of its
   * packages or another (stated-form.ts).
   */
  advisory: {
    owner: 'shared',
    columns: {
      id: 'identity',
      record_digest: 'text',
      advisory_id: 'text',
      record: 'text',
      modified: 'int?',
      withdrawn: 'int?',
      severity: 'text',
      score: 'real?',
      stated: 'text',
      package_stated: 'text',
    },
    primaryKey: ['id'],
    unique: [['record_digest']],
  },
  advisory_alias: {
    owner: 'shared',
    columns: { advisory: 'int', alias: 'text' },
    primaryKey: ['advisory', 'alias'],
    indexes: [['alias', 'advisory']],
    foreign: { advisory: 'advisory' },
    clustered: true,
  },
  advisory_upstream: {
    owner: 'shared',
    columns: { advisory: 'int', name: 'text' },
    primaryKey: ['advisory', 'name'],
    indexes: [['name', 'advisory']],
    foreign: { advisory: 'advisory' },
    clustered: true,
  },
  advisory_package: {
    owner: 'shared',
    columns: { advisory: 'int', key: 'text' },
    primaryKey: ['advisory', 'key'],
    indexes: [['key', 'advisory']],
    foreign: { advisory: 'advisory' },
    clustered: true,
  },
  vulnerability: {
    owner: 'shard',
    columns: { id: 'int', name: 'text' },
    primaryKey: ['id'],
    unique: [['name']],
  },
  advisory_belief: {
    owner: 'shard',
    columns: { vulnerability: 'int', advisory: 'int', ...known },
    primaryKey: ['vulnerability', 'known_from'],
    indexes: [['advisory', 'known_to']],
    foreign: { vulnerability: 'vulnerability', advisory: 'advisory' },
    clustered: true,
  },
  /**
   * What the CNA and CISA state about a CVE, where a file of it was imported. By its name, because
   * a CVE of which nothing else is known is no vulnerability of the graph.
   */
  cve_severity: {
    owner: 'shard',
    columns: { cve: 'text', stated: 'text', ...known },
    primaryKey: ['cve', 'known_from'],
    clustered: true,
  },
  alias_member: {
    owner: 'shard',
    columns: { vulnerability: 'int', alias_group: 'int', ...known },
    primaryKey: ['vulnerability', 'known_from'],
    indexes: [['alias_group', 'known_to', 'vulnerability']],
    foreign: { vulnerability: 'vulnerability', alias_group: 'vulnerability' },
    clustered: true,
  },
  affected: {
    owner: 'shard',
    columns: {
      vulnerability: 'int',
      package_version: 'int',
      status: 'text',
      rule: 'text',
      fixed: 'text',
      stated: 'text',
      valid_from: 'int?',
      valid_to: 'int?',
      ...known,
    },
    primaryKey: ['vulnerability', 'package_version', 'known_from'],
    indexes: [['package_version', 'known_to', 'vulnerability']],
    foreign: { vulnerability: 'vulnerability', package_version: 'package_version' },
    clustered: true,
  },
  /**
   * A scan of a tool about an image, as the document says. `poster` is empty where this
   * installation recorded it; a newer scan of the same image, tool and poster ends it. `looked` is
   * 0 for a scan that failed, 1 for all packages, 2 for those of the system, 3 for those of
   * languages: a scan of one part ends no scan of another.
   */
  reported_scan: {
    owner: 'shard',
    columns: {
      id: 'int',
      image: 'int',
      tool: 'text',
      poster: 'text',
      created_at: 'int?',
      looked: 'int',
      document: 'text',
      ...known,
    },
    primaryKey: ['id'],
    indexes: [['image', 'known_to', 'id']],
    foreign: { image: 'image' },
  },
  /** What it lists. `package` is the purl without a version, where the scan writes a purl. */
  reported_finding: {
    owner: 'shard',
    columns: {
      reported_scan: 'int',
      ordinal: 'int',
      names: 'text',
      severity: 'text',
      score: 'real?',
      purl: 'text?',
      package: 'text?',
      name: 'text',
      version: 'text',
      fixed: 'text',
    },
    primaryKey: ['reported_scan', 'ordinal'],
    foreign: { reported_scan: 'reported_scan' },
    clustered: true,
  },
  reported_name: {
    owner: 'shard',
    columns: { vulnerability: 'int', reported_scan: 'int', ordinal: 'int' },
    primaryKey: ['vulnerability', 'reported_scan', 'ordinal'],
    indexes: [['reported_scan', 'ordinal', 'vulnerability']],
    foreign: { vulnerability: 'vulnerability', reported_scan: 'reported_scan' },
    clustered: true,
  },
  /**
   * Its key is name and region: two clusters of one name in two regions do not end each other's
   * deployments.
   * runs.
   */
  cluster: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', name: 'text' },
    primaryKey: ['id'],
    unique: [['key']],
  },
  cluster_observation: {
    owner: 'shard',
    columns: {
      cluster: 'int',
      observed_at: 'int',
      position: 'int',
      lease_ms: 'int',
      document: 'text',
    },
    primaryKey: ['cluster', 'observed_at', 'position'],
    foreign: { cluster: 'cluster' },
    clustered: true,
  },
  deployment: {
    owner: 'shard',
    columns: {
      id: 'int',
      cluster: 'int',
      image: 'int',
      interval_key: 'text',
      region: 'text?',
      namespace: 'text',
      workload_kind: 'text',
      workload_name: 'text',
      container: 'text',
      reference: 'text',
      valid_from: 'int',
      valid_to: 'int?',
      ...known,
    },
    primaryKey: ['id'],
    indexes: [
      ['image', 'known_to', 'valid_to', 'id'],
      ['cluster', 'known_to', 'valid_to', 'id'],
      ['cluster', 'namespace', 'known_to', 'valid_to', 'id'],
      ['namespace', 'known_to', 'valid_to', 'id'],
      ['known_to', 'valid_to', 'id'],
      ['namespace', 'workload_name', 'cluster', 'valid_from'],
    ],
    foreign: { cluster: 'cluster', image: 'image' },
  },
  signer: {
    owner: 'shard',
    columns: { id: 'int', key: 'text', format: 'text', identity: 'text', thumbprint: 'text?' },
    primaryKey: ['id'],
    unique: [['key']],
    indexes: [
      ['identity', 'id'],
      ['thumbprint', 'id'],
    ],
  },
  verification: {
    owner: 'shard',
    columns: {
      id: 'int',
      document: 'text',
      signature: 'text',
      outcome: 'text',
      signer: 'int?',
      reason: 'text?',
      trust_revision: 'int',
      trust_digest: 'text',
      verified_at: 'int',
      ends_at: 'int?',
      ...known,
    },
    primaryKey: ['id'],
    indexes: [
      ['document', 'known_to', 'signature', 'id'],
      ['outcome', 'ends_at', 'id'],
      ['signer', 'document'],
    ],
  },
  verdict: {
    owner: 'shard',
    columns: {
      id: 'int',
      subject: 'text',
      gate: 'text',
      workload: 'text?',
      decision: 'text',
      policy: 'text',
      facts: 'text?',
      first_at: 'int',
      last_at: 'int',
      repeats: 'int',
      document: 'text',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [
      ['subject', 'id'],
      ['subject', 'gate', 'workload', 'id'],
    ],
  },
  /**
   * Every decision that a verdict counts. The counters show the present; these rows show the past.
   */
  verdict_seen: {
    owner: 'shard',
    columns: { verdict: 'int', decided_at: 'int', position: 'int' },
    primaryKey: ['verdict', 'decided_at', 'position'],
    foreign: { verdict: 'verdict' },
    clustered: true,
  },
  violation: {
    owner: 'shard',
    columns: {
      id: 'int',
      violation_id: 'text',
      at: 'int',
      cluster: 'text',
      region: 'text?',
      namespace: 'text',
      workload_kind: 'text',
      workload_name: 'text',
      container: 'text?',
      image: 'text?',
      rule: 'text',
      severity: 'text',
      detail: 'text',
      document: 'text',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [
      ['violation_id'],
      ['image', 'at', 'id'],
      ['cluster', 'namespace', 'workload_kind', 'workload_name', 'at'],
      ['cluster', 'namespace', 'at', 'id'],
      ['cluster', 'at', 'id'],
      ['namespace', 'at', 'id'],
      ['region', 'at', 'id'],
      ['at', 'id'],
    ],
  },
  ownership: {
    owner: 'shard',
    columns: {
      id: 'int',
      release_name: 'text',
      owner: 'text',
      valid_from: 'int',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [
      ['release_name', 'valid_from', 'id'],
      ['owner', 'id'],
    ],
  },
  tag: {
    owner: 'shard',
    columns: {
      id: 'int',
      repository: 'text',
      tag: 'text',
      digest: 'text',
      observed_at: 'int',
      known_from: 'int',
    },
    primaryKey: ['id'],
    indexes: [
      ['repository', 'tag', 'observed_at'],
      ['digest', 'id'],
    ],
  },
  problem: {
    owner: 'shard',
    columns: { id: 'int', kind: 'text', subject: 'text', detail: 'text', ...known },
    primaryKey: ['id'],
    indexes: [['kind', 'subject']],
  },
} as const satisfies Record<string, TableDeclaration>;

export const TABLES = { ...KEPT_TABLES, ...GRAPH_TABLES };

export type TableName = keyof typeof TABLES;
type Value<T> = T extends 'identity'
  ? Generated<number>
  : T extends 'int' | 'real'
    ? number
    : T extends 'int?' | 'real?'
      ? number | null
      : T extends 'text'
        ? string
        : T extends 'text?'
          ? string | null
          : T extends 'bytes'
            ? Uint8Array
            : Uint8Array | null;
type Row<D extends TableDeclaration> = {
  -readonly [C in keyof D['columns']]: Value<D['columns'][C]>;
} & (D['owner'] extends 'shard' ? { shard: number } : unknown);

/** The database for Kysely, from the same declaration as the tables. */
export type Database = { [N in TableName]: Row<(typeof TABLES)[N]> };

export function findDeclaration(table: string): TableDeclaration | null {
  return Object.hasOwn(TABLES, table) ? TABLES[table as TableName] : null;
}

export function isOwned(table: string): boolean {
  return findDeclaration(table)?.owner === 'shard';
}
