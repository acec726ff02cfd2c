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
  await line.output('advisories', 'import', 'osv.json', '--covers', 'npm,Debian');
  await line.output('key', 'generate', '--subject', IDENTITY);
  trust('vex');
  for (const file of ['bare.json', 'statement.json', 'dsse.json']) await line.output('sign', file);
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
    readonly report: { readonly findings: readonly { readonly status: string }[] };
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

  it('refuses a file that nobody signed, and one that is no OpenVEX', async () => {
    const unsigned = await line.run('scan', 'app', '--vex', 'unsigned.json');
    expect([unsigned.code, unsigned.stderr]).toEqual([2, expect.stringContaining('unsigned.json')]);
    const other = await line.run('scan', 'app', '--vex', 'osv.json');
    expect(other.stderr).toContain('VEX as CSAF or CycloneDX is not read');
  });

  it('says of a signer who may not state VEX that the file does not count', async () => {
    trust('sbom');
    const { code, stderr } = await line.run('scan', 'app', '--allow-partial', '--vex', 'bare.json');
    trust('vex');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not trusted to state vex')]);
  });
});
