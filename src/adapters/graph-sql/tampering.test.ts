import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedsInput } from '../../../test/support/feeds.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import {
  advisoryBatch,
  encodeJson,
  graphPorts as ports,
} from '../../../test/support/graph-ports.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, openWriter } from './index.ts';
import { GRAPH_TABLES } from './schema/schema.ts';

/** One document of each kind, so that every table of the graph has a row. */
const image = sha256('image');
const body = encodeJson({
  schemaVersion: 2,
  manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: image, size: 1 }],
});
const source = { host: 'https://git.example.com', repository: 'shop', commit: 'c0ffee' };
const workload = {
  cluster: 'eu',
  region: null,
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
};
const signer = { format: 'notary-jws', identity: 'CN=ci', thumbprint: null };
const release = {
  ...{
    name: 'shop',
    version: '1',
    releasedAt: makeDay(1),
    owner: null,
    source,
    build: { id: '7', builder: 'ci' },
  },
  images: [{ reference: 'registry.example.com/shop', digest: sha256(body), platforms: [] }],
  artifacts: [{ kind: 'sbom', digest: sha256('sbom') }],
};
const component = { purl: 'pkg:npm/lib@1', layer: sha256('layer'), path: 'app' };
const advisory = {
  ...{ id: 'GHSA-1', modified: 1, severity: 'high' as const, affected: { 'npm/lib': ['1'] } },
  ...{ aliases: ['CVE-2026-1', 'CVE-2026-2'], upstream: ['CVE-2026-3'] },
};
const cveSeverity = {
  cve: 'CVE-2026-1',
  cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
};
const scan = { tool: 'other', findings: [{ names: ['CVE-2026-1'], purl: component.purl }] };
const running = { container: 'main', reference: 'registry.example.com/shop', digest: image };
const HISTORY: readonly EvidenceInput[] = [
  { kind: 'image', mediaType: 'x', body, subject: sha256(body) },
  recordInput('release', release),
  {
    kind: 'sbom',
    mediaType: 'x',
    body: encodeJson({ complete: true, components: [component] }),
    subject: image,
  },
  { kind: 'advisories', mediaType: 'x', body: advisoryBatch([advisory]), subject: null },
  { kind: 'advisories', mediaType: 'x', body: encodeJson(cveSeverity), subject: null },
  { kind: 'scan', mediaType: 'x', body: encodeJson(scan), subject: image },
  feedsInput(['npm'], { rejected: 1 }),
  recordInput('commit', {
    source,
    author: 'a',
    committer: 'b',
    committedAt: makeDay(0),
    signed: true,
    signer,
  }),
  recordInput('build', {
    ...{
      id: '7',
      builder: 'ci',
      source,
      startedAt: null,
      finishedAt: makeDay(1),
      products: [image],
    },
  }),
  recordInput('deployment', {
    ...{ cluster: 'eu', region: null, observedAt: makeDay(2), leaseMs: 60_000 },
    workloads: [{ namespace: 'shop', kind: 'Deployment', name: 'web', images: [running] }],
  }),
  recordInput('verification', {
    ...{
      signature: sha256('signature'),
      subject: image,
      covers: [],
      outcome: 'trusted' as const,
      signer,
      reasons: [],
    },
    ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(2) },
  }),
  recordInput('decision', {
    ...{
      subject: image,
      gate: 'admission' as const,
      decision: 'allow' as const,
      workload,
      policy: sha256('policy'),
    },
    ...{ facts: null, decidedAt: makeDay(2), record: {} },
  }),
  recordInput('violation', {
    ...{
      id: '1',
      at: makeDay(3),
      workload,
      image,
      rule: 'escalation',
      severity: 'high' as const,
      detail: '',
    },
  }),
  recordInput('ownership', { release: 'shop', owner: 'team-b', from: makeDay(2) }),
  recordInput('tag', {
    repository: 'registry.example.com/shop',
    tag: '1',
    digest: image,
    observedAt: makeDay(2),
  }),
];

let folder: string;
let honest: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-tampering-'));
  honest = join(folder, 'honest.db');
  const writer = orThrow(await openWriter({ path: honest, ports }));
  orThrow(await writer.append(HISTORY, makeDay(9)));
  await writer.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function exported(path: string): Promise<readonly string[]> {
  const reader = orThrow(await openReader({ path, ports }));
  const lines: string[] = [];
  for await (const line of reader.export()) lines.push(line);
  await reader.close();
  return lines;
}

/** A copy with one change outside the program: its export, and its export after a rebuild. */
async function changed(table: string, change: string) {
  const path = join(folder, `${table}.db`);
  copyFileSync(honest, path);
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  expect(database.prepare(change).run().changes, change).toBeGreaterThan(0);
  database.close();
  const live = await exported(path);
  const writer = orThrow(await openWriter({ path, ports }));
  orThrow(await writer.rebuild());
  await writer.close();
  return { live, rebuilt: await exported(path) };
}

/** Only counts where the next ids begin. No evidence states anything in it. */
const TABLES = Object.entries(GRAPH_TABLES).filter(([table]) => table !== 'id_block');

describe('a graph that was changed without the log', () => {
  it.each(TABLES)(
    'X13: a row that is missing in %s changes the export, and a rebuild restores it',
    async (table) => {
      const { live, rebuilt } = await changed(table, `delete from "${table}"`);
      const untouched = await exported(honest);
      expect(live).not.toEqual(untouched);
      expect(rebuilt).toEqual(untouched);
    },
  );

  it.each(TABLES)(
    'X13: a changed value in %s changes the export, and a rebuild fixes it',
    async (table, { columns }) => {
      const surrogates = new Set(['id', 'edge_id']);
      const untouched = await exported(honest);
      for (const [column, type] of Object.entries(columns)) {
        if (surrogates.has(column) || !/^(text|int|real)/.test(type)) continue;
        const other = type.startsWith('text')
          ? `coalesce("${column}", '') || 'x'`
          : `coalesce("${column}", 0) + 70000`;
        const { live, rebuilt } = await changed(
          table,
          `update "${table}" set "${column}" = ${other}`,
        );
        expect(live, column).not.toEqual(untouched);
        expect(rebuilt, column).toEqual(untouched);
      }
    },
  );
});
