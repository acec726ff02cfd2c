/** How each table is read with external identifiers instead of surrogate ids. `?` is the shard. */
export const EXPORT_QUERIES: readonly { readonly fact: string; readonly sql: string }[] = [
  fact('code_host', 'url from code_host t'),
  fact(
    'repository',
    'h.url as host, t.key, t.url from repository t',
    join('code_host', 'h', 'code_host'),
  ),
  fact(
    'commit',
    'r.key as repository, t.key, t.hash from code_commit t',
    join('repository', 'r', 'repository'),
  ),
  fact(
    'commit_fact',
    'c.key as code_commit, t.author, t.committer, t.committed_at, t.signed, s.key as signer, ' +
      't.known_from from commit_fact t',
    join('code_commit', 'c', 'code_commit'),
    leftJoin('signer', 's', 'signer'),
  ),
  fact('build', 't.key, t.build_id, t.builder from build t'),
  fact(
    'build_fact',
    'b.key as build, c.key as code_commit, t.started_at, t.finished_at, t.known_from from ' +
      'build_fact t',
    join('build', 'b', 'build'),
    leftJoin('code_commit', 'c', 'code_commit'),
  ),
  fact(
    'build_image',
    'b.key as build, i.digest as image, t.known_from from build_image t',
    join('build', 'b', 'build'),
    join('image', 'i', 'image'),
  ),
  fact(
    'release',
    't.document, t.name, t.version, t.released_at, t.owner, c.key as code_commit, b.key as ' +
      'build, t.known_from from release t',
    leftJoin('code_commit', 'c', 'code_commit'),
    leftJoin('build', 'b', 'build'),
  ),
  fact(
    'release_artifact',
    'r.document as release, t.kind, t.digest from release_artifact t',
    join('release', 'r', 'release'),
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
    join('release', 'r', 'release'),
    join('image', 'i', 'image'),
  ),
  fact('layer', 't.digest from layer t'),
  fact('component_set', 't.digest, t.size from component_set t'),
  fact('package', 't.purl, t.name, t.folded from package t'),
  fact(
    'package_version',
    'p.purl as package, t.identity, t.purl, t.version, t.source_name, t.source_version from ' +
      'package_version t',
    join('package', 'p', 'package'),
  ),
  fact(
    'set_member',
    's.digest as component_set, v.identity as package_version, l.digest as layer, t.path, ' +
      't.paths, t.development from set_member t',
    join('component_set', 's', 'component_set'),
    join('package_version', 'v', 'package_version'),
    leftJoin('layer', 'l', 'layer'),
  ),
  fact(
    'image_set',
    'i.digest as image, s.digest as component_set, t.outcome, t.known_from from image_set t',
    join('image', 'i', 'image'),
    join('component_set', 's', 'component_set'),
  ),
  fact(
    'evidence.image_set',
    'i.digest as image, s.digest as component_set, e.outcome, t.position from edge_evidence t',
    join('image_set', 'e', 'edge_id'),
    'join image i on i.shard = t.shard and i.id = e.image join component_set s on s.shard = ' +
      "t.shard and s.id = e.component_set and t.edge = 'image_set'",
  ),
  fact(
    'evidence.release_image',
    'r.document as release, i.digest as image, t.position from edge_evidence t',
    join('release_image', 'e', 'edge_id'),
    'join image i on i.shard = t.shard and i.id = e.image join release r on r.shard = ' +
      "t.shard and r.id = e.release and t.edge = 'release_image'",
  ),
  fact(
    'evidence.image_member',
    'a.digest as image_index, b.digest as member, e.platform, t.position from edge_evidence t',
    join('image_member', 'e', 'edge_id'),
    'join image a on a.shard = t.shard and a.id = e.image_index join image b on b.shard = ' +
      "t.shard and b.id = e.member and t.edge = 'image_member'",
  ),
  ...[
    ['build_fact', 'build', 'b'],
    ['build_image', 'build', 'b'],
    ['commit_fact', 'code_commit', 'c'],
  ].map(([edge = '', table = '', alias = '']) =>
    fact(
      `evidence.${edge}`,
      `${alias}.key as ${table}, e.known_from, t.position from edge_evidence t`,
      join(edge, 'e', 'edge_id'),
      `join ${table} ${alias} on ${alias}.shard = t.shard and ${alias}.id = e.${table} and ` +
        `t.edge = '${edge}'`,
    ),
  ),
  fact(
    'version_key',
    'k.key, v.identity as package_version from version_key t',
    join('match_key', 'k', 'match_key'),
    join('package_version', 'v', 'package_version'),
  ),
  fact('vulnerability', 't.name from vulnerability t'),
  fact(
    'advisory_belief',
    'v.name as vulnerability, a.record_digest, t.known_from, t.known_to from advisory_belief t',
    join('vulnerability', 'v', 'vulnerability'),
    'join advisory a on a.id = t.advisory',
  ),
  fact(
    'advisory',
    'distinct a.record_digest, a.advisory_id, a.record, a.modified, a.withdrawn, a.severity, ' +
      'a.score from advisory_belief t',
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
  fact(
    'alias_member',
    'v.name as vulnerability, g.name as alias_group, t.known_from, t.known_to from alias_member t',
    join('vulnerability', 'v', 'vulnerability'),
    join('vulnerability', 'g', 'alias_group'),
  ),
  fact(
    'affected',
    'n.name as vulnerability, v.identity as package_version, t.status, t.rule, t.fixed, ' +
      't.valid_from, t.valid_to, t.known_from, t.known_to from affected t',
    join('vulnerability', 'n', 'vulnerability'),
    join('package_version', 'v', 'package_version'),
  ),
  fact('cluster', 't.key, t.name from cluster t'),
  fact(
    'cluster_observation',
    'c.key as cluster, t.observed_at, t.position, t.lease_ms, t.document from ' +
      'cluster_observation t',
    join('cluster', 'c', 'cluster'),
  ),
  fact(
    'deployment',
    'c.key as cluster, i.digest as image, t.interval_key, t.region, t.namespace, ' +
      't.workload_kind, t.workload_name, t.container, t.reference, t.valid_from, t.valid_to, ' +
      't.known_from, t.known_to from deployment t',
    join('cluster', 'c', 'cluster'),
    join('image', 'i', 'image'),
  ),
  fact('signer', 't.key, t.format, t.identity, t.thumbprint from signer t'),
  fact(
    'verification',
    't.document, t.signature, t.outcome, s.key as signer, t.reason, t.trust_revision, ' +
      't.trust_digest, t.verified_at, t.known_from, t.known_to from verification t',
    leftJoin('signer', 's', 'signer'),
  ),
  fact(
    'verdict',
    't.subject, t.gate, t.workload, t.decision, t.policy, t.facts, t.first_at, t.last_at, ' +
      't.repeats, t.document, t.known_from from verdict t',
  ),
  fact(
    'verdict_seen',
    'v.document as verdict, t.decided_at, t.position from verdict_seen t',
    join('verdict', 'v', 'verdict'),
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

function join(table: string, alias: string, column: string): string {
  return `join "${table}" ${alias} on ${alias}.shard = t.shard and ${alias}.id = t.${column}`;
}

function leftJoin(table: string, alias: string, column: string): string {
  return `left ${join(table, alias, column)}`;
}
