/** How each table is read with external identifiers instead of surrogate ids. `?` is the shard. */
export const EXPORT_QUERIES: readonly { readonly fact: string; readonly sql: string }[] = [
  fact('code_host', 'url from code_host t'),
  fact('repository', 'h.url as host, t.key, t.url from repository t', join('code_host', 'h')),
  fact('commit', 'r.key as repository, t.key, t.hash from code_commit t', join('repository', 'r')),
  fact(
    'commit_fact',
    'c.key as code_commit, t.author, t.committer, t.committed_at, t.signed, s.key as signer, ' +
      't.known_from from commit_fact t',
    join('code_commit', 'c'),
    leftJoin('signer', 's'),
  ),
  fact('build', 't.key, t.build_id, t.builder from build t'),
  fact(
    'build_fact',
    'b.key as build, c.key as code_commit, t.started_at, t.finished_at, t.known_from from ' +
      'build_fact t',
    join('build', 'b'),
    leftJoin('code_commit', 'c'),
  ),
  fact(
    'build_image',
    'b.key as build, i.digest as image, t.known_from from build_image t',
    join('build', 'b'),
    join('image', 'i'),
  ),
  fact(
    'release',
    't.document, t.name, t.version, t.released_at, t.owner, c.key as code_commit, b.key as ' +
      'build, t.known_from from release t',
    leftJoin('code_commit', 'c'),
    leftJoin('build', 'b'),
  ),
  fact(
    'release_artifact',
    'r.document as release, t.kind, t.digest from release_artifact t',
    join('release', 'r'),
  ),
  fact('image', 't.digest from image t'),
  fact(
    'image_member',
    'a.digest as image_index, b.digest as member, t.platform, t.known_from from image_member t',
    join('image', 'a', 'image_index'),
    join('image', 'b', 'member'),
  ),
  fact(
    'release_image',
    'r.document as release, i.digest as image, t.reference, t.member, t.known_from from ' +
      'release_image t',
    join('release', 'r'),
    join('image', 'i'),
  ),
  fact('layer', 't.digest from layer t'),
  fact('component_set', 't.digest, t.size from component_set t'),
  fact(
    'set_layer',
    's.digest as component_set, l.digest as layer from set_layer t',
    join('component_set', 's'),
    join('layer', 'l'),
  ),
  fact('lookup', 't.key, t.label, t.matched from lookup t'),
  fact(
    'lookup_ecosystem',
    'l.key as lookup, t.ecosystem from lookup_ecosystem t',
    join('lookup', 'l'),
  ),
  fact(
    'set_lookup',
    's.digest as component_set, l.key as lookup, v.key as version_lookup, t.components from ' +
      'set_lookup t',
    join('component_set', 's'),
    join('lookup', 'l'),
    join('lookup', 'v', 'version_lookup'),
  ),
  fact(
    'feed',
    't.ecosystem, t.feed, t.records, t.databases, t.newest, t.exported_at, t.imported_at, ' +
      't.known_from, t.known_to from feed t',
  ),
  fact('feed_rejection', 't.feed, t.records, t.known_from, t.known_to from feed_rejection t'),
  fact('package', 't.purl, t.name, t.folded from package t'),
  fact(
    'package_version',
    'p.purl as package, t.identity, t.purl, t.version, t.source_name, t.source_version, ' +
      'l.key as lookup from package_version t',
    join('package', 'p'),
    join('lookup', 'l'),
  ),
  fact(
    'set_member',
    's.digest as component_set, v.identity as package_version, l.digest as layer, t.path, ' +
      't.paths, t.development from set_member t',
    join('component_set', 's'),
    join('package_version', 'v'),
    leftJoin('layer', 'l'),
  ),
  fact(
    'image_set',
    'i.digest as image, s.digest as component_set, t.outcome, t.known_from from image_set t',
    join('image', 'i'),
    join('component_set', 's'),
  ),
  evidence(
    'image_set',
    'i.digest as image, s.digest as component_set, e.outcome',
    join('image', 'i', 'image', 'e'),
    join('component_set', 's', 'component_set', 'e'),
  ),
  evidence(
    'release_image',
    'r.document as release, i.digest as image',
    join('image', 'i', 'image', 'e'),
    join('release', 'r', 'release', 'e'),
  ),
  evidence(
    'image_member',
    'a.digest as image_index, b.digest as member, e.platform',
    join('image', 'a', 'image_index', 'e'),
    join('image', 'b', 'member', 'e'),
  ),
  ...[
    ['build_fact', 'build', 'b'],
    ['build_image', 'build', 'b'],
    ['commit_fact', 'code_commit', 'c'],
  ].map(([edge = '', table = '', alias = '']) =>
    evidence(edge, `${alias}.key as ${table}, e.known_from`, join(table, alias, table, 'e')),
  ),
  fact(
    'version_key',
    'k.key, v.identity as package_version from version_key t',
    join('match_key', 'k'),
    join('package_version', 'v'),
  ),
  fact('vulnerability', 't.name from vulnerability t'),
  fact(
    'advisory_belief',
    'v.name as vulnerability, a.record_digest, t.known_from, t.known_to from advisory_belief t',
    join('vulnerability', 'v'),
    'join advisory a on a.id = t.advisory',
  ),
  fact(
    'advisory',
    'distinct a.record_digest, a.advisory_id, a.record, a.modified, a.withdrawn, a.severity, ' +
      'a.score, a.stated, a.package_stated from advisory_belief t',
    'join advisory a on a.id = t.advisory',
  ),
  ...[
    ['alias', 'alias'],
    ['upstream', 'name'],
    ['package', 'key'],
  ].map(([table = '', column = '']) =>
    fact(
      `advisory_${table}`,
      `distinct a.record_digest, x.${column} from advisory_belief t`,
      'join advisory a on a.id = t.advisory',
      `join advisory_${table} x on x.advisory = a.id`,
    ),
  ),
  fact('cve_severity', 't.cve, t.stated, t.known_from, t.known_to from cve_severity t'),
  fact(
    'alias_member',
    'v.name as vulnerability, g.name as alias_group, t.known_from, t.known_to from alias_member t',
    join('vulnerability', 'v'),
    join('vulnerability', 'g', 'alias_group'),
  ),
  fact(
    'affected',
    'n.name as vulnerability, v.identity as package_version, t.status, t.rule, t.fixed, ' +
      't.stated, t.valid_from, t.valid_to, t.known_from, t.known_to from affected t',
    join('vulnerability', 'n'),
    join('package_version', 'v'),
  ),
  fact(
    'reported_scan',
    'i.digest as image, t.tool, t.poster, t.created_at, t.looked, t.document, t.known_from, ' +
      't.known_to from reported_scan t',
    join('image', 'i'),
  ),
  fact(
    'reported_finding',
    's.document as reported_scan, s.known_from, t.ordinal, t.names, t.severity, t.score, ' +
      't.purl, t.package, t.name, t.version, t.fixed from reported_finding t',
    join('reported_scan', 's'),
  ),
  fact(
    'reported_name',
    'v.name as vulnerability, s.document as reported_scan, s.known_from, t.ordinal from ' +
      'reported_name t',
    join('vulnerability', 'v'),
    join('reported_scan', 's'),
  ),
  fact('cluster', 't.key, t.name from cluster t'),
  fact(
    'cluster_observation',
    'c.key as cluster, t.observed_at, t.position, t.lease_ms, t.document from ' +
      'cluster_observation t',
    join('cluster', 'c'),
  ),
  fact(
    'deployment',
    'c.key as cluster, i.digest as image, t.interval_key, t.region, t.namespace, ' +
      't.workload_kind, t.workload_name, t.container, t.reference, t.valid_from, t.valid_to, ' +
      't.known_from, t.known_to from deployment t',
    join('cluster', 'c'),
    join('image', 'i'),
  ),
  fact('signer', 't.key, t.format, t.identity, t.thumbprint from signer t'),
  fact(
    'verification',
    't.document, t.signature, t.outcome, s.key as signer, t.reason, t.trust_revision, ' +
      't.trust_digest, t.verified_at, t.ends_at, t.known_from, t.known_to from verification t',
    leftJoin('signer', 's'),
  ),
  fact(
    'verdict',
    't.subject, t.gate, t.workload, t.decision, t.policy, t.facts, t.first_at, t.last_at, ' +
      't.repeats, t.document, t.known_from from verdict t',
  ),
  fact(
    'verdict_seen',
    'v.document as verdict, t.decided_at, t.position from verdict_seen t',
    join('verdict', 'v'),
  ),
  fact(
    'violation',
    't.violation_id, t.at, t.cluster, t.region, t.namespace, t.workload_kind, ' +
      't.workload_name, t.container, t.image, t.rule, t.severity, t.detail, t.document, ' +
      't.known_from from violation t',
  ),
  fact('ownership', 't.release_name, t.owner, t.valid_from, t.known_from from ownership t'),
  fact('tag', 't.repository, t.tag, t.digest, t.observed_at, t.known_from from tag t'),
  fact('problem', 't.kind, t.subject, t.detail, t.known_from, t.known_to from problem t'),
];

function fact(name: string, select: string, ...joins: readonly string[]) {
  return { fact: name, sql: `select ${select} ${joins.join(' ')} where t.shard = ?` };
}

/** The documents of one kind of edge, which is `e` in `select` and `joins`. */
function evidence(edge: string, select: string, ...joins: readonly string[]) {
  return fact(
    `evidence.${edge}`,
    `${select}, t.position from edge_evidence t`,
    join(edge, 'e', 'edge_id'),
    ...joins,
    `and t.edge = '${edge}'`,
  );
}

/** The row that `column` of `from` means; most columns have the name of their table. */
function join(table: string, alias: string, column = table, from = 't'): string {
  return `join "${table}" ${alias} on ${alias}.shard = t.shard and ${alias}.id = ${from}.${column}`;
}

function leftJoin(table: string, alias: string): string {
  return `left ${join(table, alias)}`;
}
