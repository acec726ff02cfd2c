import type { Row } from './target.ts';

const BLOB = { digest: `sha256:${'0'.repeat(64)}`, size: 3 };
const INDEX_DESCRIPTION = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'AdvisoryIndex', number: 2, records: 1 },
  packedAt: '2026-01-02T03:04:05Z',
  coverage: [
    { ecosystem: 'npm', feed: 'a', records: 1, databases: [], newest: null, exportedAt: null },
  ],
  whole: BLOB,
  deltas: [{ from: 1, to: 2, ...BLOB }],
};

/** Readers of what a mirror, a packed advisory index or a list of tags gives. */
export const EXPORT_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/registry/tag-list.ts parseTagList',
    takes: 'bytes',
    form: 'json',
    samples: [{ name: 'shop/trips', tags: ['1.0', 'latest'] }],
  },
  {
    reader: 'capabilities/advisories/export-layout.ts parseModifiedIds',
    takes: 'text',
    form: 'text',
    samples: ['2026-01-02T03:04:05Z,GHSA-1\n2026-01-01T00:00:00.5Z,ALSA-2022:1\n'],
  },
  {
    reader: 'capabilities/advisories/export-layout.ts parseEcosystemList',
    takes: 'text',
    form: 'text',
    samples: ['npm\nGitHub Actions\n[EMPTY]\n'],
  },
  {
    reader: 'capabilities/advisories/index-description.ts parseIndexDescription',
    takes: 'bytes',
    form: 'json',
    samples: [INDEX_DESCRIPTION],
  },
];
