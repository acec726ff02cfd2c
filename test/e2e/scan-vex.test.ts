import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';

const IDENTITY = 'CN=security,O=shop,ST=WA,C=US';
const VEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  timestamp: '2026-01-01T00:00:00Z',
  statements: [
    {
      vulnerability: { name: 'EX-2026-1' },
      products: [{ '@id': 'pkg:npm/left-pad@1.1.0' }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
  ],
};
const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://openvex.dev/ns',
  predicate: VEX,
};
const CSAF = {
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { name: 'Shop' },
    tracking: { id: 'S-1', status: 'final', current_release_date: '2026-01-01T00:00:00Z' },
  },
  product_tree: {
    full_product_names: [
      {
        name: 'left-pad',
        product_id: 'P',
        product_identification_helper: { purl: 'pkg:npm/left-pad@1.1.0' },
      },
    ],
  },
  vulnerabilities: [
    {
      ids: [{ system_name: 'shop', text: 'EX-2026-1' }],
      product_status: { known_not_affected: ['P'] },
      flags: [{ label: 'vulnerable_code_not_present', product_ids: ['P'] }],
    },
  ],
};
const CYCLONEDX = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  metadata: { timestamp: '2026-01-01T00:00:00Z' },
  vulnerabilities: [
    {
      id: 'EX-2026-1',
      analysis: { state: 'not_affected', justification: 'code_not_present' },
      affects: [{ ref: 'pkg:npm/left-pad@1.1.0' }],
    },
  ],
};
/** About another version, and against the others before them. */
const DOUBTS = {
  ...VEX,
  author: 'doubter',
  statements: [
    { ...VEX.statements[0], products: [{ '@id': 'pkg:npm/left-pad@1.0.0' }] },
    {
      ...VEX.statements[0],
      timestamp: '2025-12-01T00:00:00Z',
      status: 'affected',
      justification: undefined,
    },
  ],
};
const SIGNED = [
  'bare.json',
  'statement.json',
  'dsse.json',
  'csaf.json',
  'cyclonedx.json',
  'doubts.json',
];
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-scan-vex-'));
  line = new CommandHere(folder);
  const put = (path: string, value: object) =>
    writeFileSync(join(folder, path), JSON.stringify(value));
  mkdirSync(join(folder, 'app'));
  const root = { name: 'app', version: '1.0.0', dependencies: { 'left-pad': '1.1.0' } };
  put('app/package.json', root);
  const packages = {
    '': root,
    'node_modules/left-pad': {
      version: '1.1.0',
      resolved: 'https://registry.example.com/left-pad/-/left-pad-1.1.0.tgz',
      integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
    },
  };
  put('app/package-lock.json', { ...root, lockfileVersion: 3, packages });
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }];
  const affected = [{ package: { ecosystem: 'npm', name: 'left-pad' }, ranges }];
  put('osv.json', { id: 'EX-2026-1', modified: '2026-01-01T00:00:00Z', affected });
  const payload = Buffer.from(JSON.stringify(STATEMENT)).toString('base64');
  put('bare.json', VEX);
  put('statement.json', STATEMENT);
  put('dsse.json', { payloadType: 'application/vnd.in-toto+json', payload, signatures: [] });
  put('unsigned.json', VEX);
  put('csaf.json', CSAF);
  put('cyclonedx.json', CYCLONEDX);
  put('doubts.json', DOUBTS);
  await line.output('advisories', 'import', 'osv.json', '--covers', 'npm,Debian');
  await line.output('key', 'generate', '--subject', IDENTITY);
  trust('vex');
  for (const file of SIGNED) await line.output('sign', file);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

/** The key of this folder signs files, and may state this about shop. */
function trust(statement: string): void {
  const store = join(line.home, 'notation/truststore/x509/ca/shop');
  mkdirSync(store, { recursive: true });
  cpSync(join(line.home, 'keys/default.root.crt'), join(store, 'root.crt'));
  const rest = {
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:shop'],
    trustedIdentities: [`x509.subject: ${IDENTITY}`],
  };
  const write = (name: string, one: object) =>
    writeFileSync(
      join(line.home, 'notation', name),
      JSON.stringify({ version: '1.0', trustPolicies: [{ name: 'all', ...rest, ...one }] }),
    );
  write('trustpolicy.blob.json', { globalPolicy: true });
  write('trustpolicy.json', { registryScopes: ['*'] });
  const signers = [{ identity: IDENTITY, trustStore: 'ca:shop' }];
  const rules = [
    { id: 'shop', repositories: ['registry.example.com/shop/*'], statements: [statement], signers },
  ];
  const head = {
    apiVersion: 'waybill.dev/v1',
    kind: 'Trust',
    metadata: { name: 't', revision: 1 },
  };
  writeFileSync(join(line.home, 'trust.yaml'), JSON.stringify({ ...head, rules }));
}

interface Answer {
  readonly targets: readonly {
    readonly report: {
      readonly findings: readonly { readonly status: string; readonly vex: object | null }[];
      readonly vexRemarks: readonly { readonly kind: string; readonly why: string }[];
    };
  }[];
}

const scan = async (...more: readonly string[]) => {
  const { code, answer } = await line.json<Answer>('scan', 'app', '--allow-partial', ...more);
  return [code, ...(answer.targets[0]?.report.findings.map(({ status }) => status) ?? [])];
};

describe('truth A12: waybill scan --vex', () => {
  it('takes a finding away as a document, as an in-toto statement and in DSSE', async () => {
    expect(await scan()).toEqual([1, 'affected']);
    for (const file of ['bare.json', 'statement.json', 'dsse.json'])
      expect(await scan('--vex', file), file).toEqual([0, 'not_affected']);
    const { stdout } = await line.run('scan', 'app', '--vex', 'bare.json', '--format', 'sarif');
    expect(stdout).toContain('"suppressions"');
  });

  it('takes it away as CSAF and as CycloneDX, and says who says so, where and why', async () => {
    for (const [file, format, justification] of [
      ['csaf.json', 'csaf', 'vulnerable_code_not_present'],
      ['cyclonedx.json', 'cyclonedx', 'code_not_present'],
    ] as const) {
      const { code, answer } = await line.json<Answer>(
        ...['scan', 'app', '--allow-partial', '--vex', file],
      );
      const [finding] = answer.targets[0]?.report.findings ?? [];
      expect([code, finding?.status, finding?.vex]).toEqual([
        0,
        'not_affected',
        expect.objectContaining({ format, justification, document: file, status: 'not_affected' }),
      ]);
      const text = await line.run('scan', 'app', '--allow-partial', '--vex', file);
      expect(text.stdout).toMatch(new RegExp(`${justification}.*CN=security.*${file}`));
    }
  });

  it('reports statements that are stale or contradict the one that counts', async () => {
    const { code, answer } = await line.json<Answer>(
      ...['scan', 'app', '--allow-partial', '--vex', 'bare.json', '--vex', 'doubts.json'],
    );
    const remarks = answer.targets[0]?.report.vexRemarks ?? [];
    expect(code).toBe(0);
    expect(remarks.map(({ kind, why }) => `${kind}: ${why}`)).toEqual([
      'stale: it is about left-pad 1.0.0; 1.1.0 is here',
      expect.stringMatching(
        /^contradiction: it says affected at 2025-12-01.*says not_affected.*bare\.json/,
      ),
    ]);
  });

  it('refuses a file that nobody signed, and one that is no OpenVEX', async () => {
    const unsigned = await line.run('scan', 'app', '--vex', 'unsigned.json');
    expect([unsigned.code, unsigned.stderr]).toEqual([2, expect.stringContaining('unsigned.json')]);
    const other = await line.run('scan', 'app', '--vex', 'osv.json');
    expect(other.stderr).toContain('no VEX document that is read: OpenVEX, CSAF, CycloneDX');
  });

  it('says of a signer who may not state VEX that the file does not count', async () => {
    trust('sbom');
    const { code, stderr } = await line.run('scan', 'app', '--allow-partial', '--vex', 'bare.json');
    trust('vex');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not trusted to state vex')]);
  });
});
