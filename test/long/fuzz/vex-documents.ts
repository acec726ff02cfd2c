import { DSSE, OPENVEX, STATEMENT } from './documents.ts';
import type { Row } from './target.ts';

const CSAF_VEX = {
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { name: 'Shop' },
    tracking: { id: 'SHOP-1', status: 'final', current_release_date: '2026-11-01T00:00:00Z' },
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        branches: [
          {
            product: {
              product_id: 'a',
              product_identification_helper: { purl: 'pkg:npm/a@1' },
            },
          },
        ],
      },
    ],
    full_product_names: [
      {
        product_id: 'image',
        product_identification_helper: {
          hashes: [{ file_hashes: [{ algorithm: 'sha256', value: 'a'.repeat(64) }] }],
        },
      },
    ],
    relationships: [
      {
        full_product_name: { product_id: 'image:a' },
        product_reference: 'a',
        relates_to_product_reference: 'image',
      },
    ],
    product_groups: [{ group_id: 'g', product_ids: ['a', 'image:a'] }],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2026-1',
      ids: [{ system_name: 'x', text: 'GHSA-1' }],
      product_status: { known_not_affected: ['a', 'image:a'], fixed: ['image'] },
      flags: [{ label: 'component_not_present', group_ids: ['g'] }],
      threats: [{ category: 'impact', details: 'Never called.', product_ids: ['a'] }],
    },
  ],
};

const CYCLONEDX_VEX = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: 'urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79',
  metadata: {
    timestamp: '2026-11-01T00:00:00Z',
    component: { 'bom-ref': 'root', purl: 'pkg:npm/a@1' },
    authors: [{ name: 'Shop' }],
  },
  vulnerabilities: [
    {
      id: 'CVE-2026-1',
      references: [{ id: 'GHSA-1' }],
      analysis: { state: 'not_affected', justification: 'code_not_reachable' },
      affects: [
        { ref: 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#root' },
        { ref: 'pkg:npm/b', versions: [{ version: '1', status: 'affected' }] },
      ],
    },
  ],
};

export const VEX = [
  OPENVEX,
  CSAF_VEX,
  CYCLONEDX_VEX,
  { ...STATEMENT, predicate: CSAF_VEX },
  { ...STATEMENT, predicate: OPENVEX },
  {
    ...DSSE,
    payload: Buffer.from(JSON.stringify({ ...STATEMENT, predicate: OPENVEX })).toString('base64'),
  },
];

export const VEX_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/scanning/vex/read-vex.ts readVex',
    takes: 'bytes',
    form: 'json',
    samples: VEX,
  },
  {
    reader: 'capabilities/scanning/vex/formats.ts recogniseVex',
    takes: 'object',
    form: 'json',
    samples: [OPENVEX, CSAF_VEX, CYCLONEDX_VEX],
  },
  {
    reader: 'capabilities/scanning/vex/read-openvex.ts readOpenVex',
    takes: 'object',
    form: 'json',
    samples: [OPENVEX],
    args: ['$', { subjects: [] }],
  },
  {
    reader: 'capabilities/scanning/vex/read-csaf.ts readCsafVex',
    takes: 'object',
    form: 'json',
    samples: [CSAF_VEX],
  },
  {
    reader: 'capabilities/scanning/vex/read-cyclonedx-vex.ts readCycloneDxVex',
    takes: 'object',
    form: 'json',
    samples: [CYCLONEDX_VEX],
  },
  {
    reader: 'capabilities/scanning/vex/read-openvex.ts isOpenVex',
    takes: 'text',
    form: 'text',
    samples: ['https://openvex.dev/ns/v0.2.0'],
  },
];
