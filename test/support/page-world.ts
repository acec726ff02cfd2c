import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts as ports } from '../../src/entrypoints/compose/graph-ports.ts';
import { violation } from './edge-documents.ts';
import { makeDay, recordInput } from './graph-history.ts';
import { encodeJson } from './graph-ports.ts';
import { LOG4SHELL } from './log4shell.ts';
import { CORE } from './question-world.ts';

/**
 * An estate as people look at it: three clusters, releases of several owners of which some are
 * exposed, one with a fixed backport, one without an inventory, and one of a maker who writes
 * markup into every field that a page could show.
 */

/** Markup that would run, or leave its place, if the page took text for anything but text. */
export const MARKUP =
  '"><img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
/** Text that a program of tables would take for a formula. */
export const FORMULA = '=HYPERLINK("https://attacker.example.com","x")';
/** Turns the order of what follows, in programs that do not isolate it. */
const TURNED = '\u202egnp.exe';

const makeDigest = (name: string): Digest => sha256(`page ${name}`);

interface Shipment {
  readonly name: string;
  readonly version: string;
  readonly owner: string | null;
  readonly day: number;
  readonly purls: readonly string[] | null;
  readonly signer: string | null;
}

const SHIPPED: readonly Shipment[] = [
  ship(
    'trips',
    '1.4',
    'team-mobility',
    1,
    [`${CORE}@2.14.1`, 'pkg:npm/express@4.18.2'],
    'CN=release,O=Shop',
  ),
  ship('trips', '1.3', 'team-mobility', 0, [`${CORE}@2.13.0`], 'CN=release,O=Shop'),
  ship('billing', '7.0.2', 'team-money', 2, [`${CORE}@2.14.0`], 'CN=release,O=Shop'),
  ship('poi', '2.0', 'team-places', 2, [`${CORE}@2.12.3`], 'CN=release,O=Shop'),
  ship('userprofile', '3.1', 'team-people', 3, null, null),
  ship(`${MARKUP}`, `1${TURNED}`, FORMULA, 4, [`${CORE}@2.14.1`], MARKUP),
];

function ship(
  name: string,
  version: string,
  owner: string | null,
  day: number,
  purls: readonly string[] | null,
  signer: string | null,
): Shipment {
  return { name, version, owner, day, purls, signer };
}

const formatName = ({ name, version }: Shipment): string => `${name}@${version}`;
const makeReference = ({ name, version }: Shipment): string =>
  name === MARKUP ? MARKUP : `registry.example.com/shop/${name}:${version}`;

function makeSource(one: Shipment) {
  return {
    host: 'https://git.example.com',
    repository: one.name === MARKUP ? MARKUP : `shop/${one.name}`,
    commit: sha256(formatName(one)).slice(7, 47),
  };
}

function describe(one: Shipment): readonly EvidenceInput[] {
  const digest = makeDigest(formatName(one));
  const source = makeSource(one);
  const builder = one.name === MARKUP ? MARKUP : 'https://ci.example.com/runner';
  const build = { id: `run-${one.day + 100}`, builder };
  const author = one.name === MARKUP ? MARKUP : 'ada@example.com';
  const documents: EvidenceInput[] = [
    recordInput('commit', {
      ...{ source, author, committer: author, committedAt: makeDay(one.day), signed: true },
      signer: { format: 'ssh', identity: author, thumbprint: null },
    }),
    recordInput('build', {
      ...{ ...build, source, products: [digest] },
      ...{ startedAt: makeDay(one.day), finishedAt: makeDay(one.day) },
    }),
    recordInput('release', {
      ...{ name: one.name, version: one.version, owner: one.owner, source, build },
      releasedAt: makeDay(one.day),
      images: [{ reference: makeReference(one), digest, platforms: [] }],
      artifacts: [],
    }),
  ];
  if (one.purls === null) return documents;
  const inventory = sbom(one, digest, one.purls);
  const signed = one.signer === null ? [] : [verification(inventory, one.signer)];
  return [...documents, inventory, ...signed];
}

function sbom(one: Shipment, subject: Digest, purls: readonly string[]): EvidenceInput {
  const components = purls.map((purl) => {
    const { name, version } = orThrow(parsePurl(purl));
    return { type: 'library', 'bom-ref': purl, name, version: version ?? '', purl };
  });
  const metadata = { component: { 'bom-ref': 'root', type: 'container', name: one.name } };
  const body = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata, components };
  return {
    kind: 'sbom',
    mediaType: 'application/vnd.cyclonedx+json',
    body: encodeJson({ ...body, compositions: [{ aggregate: 'complete' }] }),
    subject,
  };
}

function verification(document: EvidenceInput, identity: string): EvidenceInput {
  return recordInput('verification', {
    ...{ signature: sha256(document.body), subject: sha256(`manifest ${sha256(document.body)}`) },
    ...{ covers: [sha256(document.body)], outcome: 'trusted' },
    ...{ signer: { format: 'notary-jws', identity, thumbprint: null }, reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(5) },
  });
}

function observe(
  cluster: string,
  region: string | null,
  workloads: readonly (readonly [
    namespace: string,
    name: string,
    reference: string,
    digest: Digest | null,
  ])[],
): EvidenceInput {
  return recordInput('deployment', {
    ...{ cluster, region, observedAt: makeDay(6), leaseMs: 86_400_000 },
    workloads: workloads.map(([namespace, name, reference, digest]) => ({
      ...{ namespace, kind: 'Deployment', name },
      images: [{ container: 'main', reference, digest }],
    })),
  });
}

function runs(at: number, namespace: string, workload?: string) {
  const one = SHIPPED[at];
  if (one === undefined) throw new Error(`there is no release ${at}`);
  const digest = makeDigest(formatName(one));
  return [namespace, workload ?? one.name, makeReference(one), digest] as const;
}

/** Writes the estate into a new graph; without the maker who writes markup, for pictures. */
export async function writePageWorld(path: string, isHostile = true): Promise<void> {
  const advisories: EvidenceInput = {
    ...{ kind: 'advisories', mediaType: 'x', subject: null },
    body: encodeJson(
      isHostile ? { ...LOG4SHELL, summary: `${LOG4SHELL.summary} ${MARKUP}` } : LOG4SHELL,
    ),
  } as const;
  const documents: readonly EvidenceInput[] = [
    ...SHIPPED.filter(({ name }) => isHostile || name !== MARKUP).flatMap(describe),
    observe('eu-1', 'eu-west', [
      runs(0, 'shop'),
      runs(0, 'shop-canary'),
      runs(2, 'money'),
      runs(3, 'shop'),
      ['tools', 'unknown', 'registry.example.com/tools/shell:latest', null],
    ]),
    observe('us-1', 'us-east', [runs(1, 'shop'), runs(4, 'shop')]),
    observe(isHostile ? MARKUP : 'edge-1', null, [
      ...(isHostile ? [runs(5, MARKUP, MARKUP)] : []),
      ['shop', 'stray', 'registry.example.com/shop/stray:1', makeDigest('stray')],
    ]),
    violation('1', 6, { container: 'main' }),
    advisories,
  ];
  const writer = orThrow(await openWriter({ path, ports }));
  orThrow(await writer.append(documents, makeDay(9)));
  await writer.close();
}
