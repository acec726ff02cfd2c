import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Component, Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { SBOM_WRITERS } from '../../src/capabilities/inventory/index.ts';
import type { SbomFindings } from '../../src/capabilities/inventory/sbom/sbom-findings.ts';
import { SBOM_WRITER_NAMES } from '../../src/capabilities/inventory/sbom/sbom-writers.ts';
import type { Digest } from '../../src/core/digest.ts';
import { Failure } from '../../src/core/failure.ts';
import { toInstant } from '../../src/core/instant.ts';
import type { Purl } from '../../src/core/purl.ts';
import { prepareNpm, preparePython } from '../support/installed-peer.ts';

const python = preparePython('sbom-validators', [
  'spdx-tools==0.8.5',
  'cyclonedx-python-lib[validation]==11.12.0',
  'ntia-conformance-checker==6.0.0',
]);
const npm = prepareNpm('cyclonedx-library-10.3.0', [
  '@cyclonedx/cyclonedx-library@10.3.0',
  'ajv@8',
  'ajv-formats@3',
  'ajv-formats-draft2019@1',
]);

const bare: Component = {
  ...{ purl: 'pkg:npm/left@1.0.0' as Purl, name: 'left', version: '1.0.0', licenses: ['MIT'] },
  ...{ source: null, locations: ['package-lock.json'], layer: null },
  ...{ hashes: {}, origin: null, dependsOn: [], development: false },
};
const full: Component = {
  ...bare,
  purl: 'pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12' as Purl,
  ...{ name: 'libssl3', version: '3.0.1-1', locations: ['var/lib/dpkg/status'] },
  licenses: ['Apache-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0', 'see the file <x> & "y"'],
  source: { name: 'openssl', version: '3.0.1-1' },
  layer: `sha256:${'c'.repeat(64)}` as Digest,
  hashes: { sha256: 'ab'.repeat(32), sha512: 'cd'.repeat(64) },
  origin: 'https://deb.example.com/libssl3.deb',
  dependsOn: [bare.purl],
};
const INVENTORY: Inventory = {
  subject: {
    name: 'registry.example.com/shop/trips',
    digest: `sha256:${'a'.repeat(64)}` as Digest,
  },
  os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12' },
  components: [full, bare],
  outcome: 'partial',
  skips: [
    { location: 'a.jar', cause: new Failure('LIMIT_EXCEEDED', 'it is too large', 'Split it.') },
  ],
  found: ['dpkg'],
};
const FINDINGS: SbomFindings = {
  outcome: 'complete',
  advisories: { version: '1', updatedAt: toInstant(1_800_000_000_000) },
  items: [
    {
      ...{ id: 'CVE-2026-1234', aliases: ['GHSA-1'], title: 'It pads <too> far' },
      ...{ link: 'https://osv.dev/vulnerability/CVE-2026-1234', severity: 'critical', score: 9.8 },
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      severitySource: { by: 'advisory', record: 'GHSA-1', method: 'cvss-3.1', text: 'x' },
      ...{ component: bare.purl, version: '1.0.0', fixed: ['1.0.1'], status: 'affected' },
    },
  ],
};
const made = {
  ...{ at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } },
  author: { name: 'Shop', email: 'sbom@shop.example' },
};

const folder = mkdtempSync(join(tmpdir(), 'waybill-validators-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const files = SBOM_WRITER_NAMES.flatMap((name) =>
  ([false, true] as const).map((hasFindings) => {
    const kind = name.endsWith('xml') ? 'xml' : name.endsWith('value') ? 'spdx' : 'json';
    return { name, hasFindings, path: join(folder, `${name}-${hasFindings}.${kind}`) };
  }),
);
beforeAll(() => {
  for (const { name, hasFindings, path } of files)
    writeFileSync(
      path,
      SBOM_WRITERS[name](INVENTORY, { ...made, ...(hasFindings ? { findings: FINDINGS } : {}) }),
    );
});

/** What a program says of each file, as JSON by path: a list of faults. */
function judge(program: string, args: readonly string[]): Readonly<Record<string, string[]>> {
  const options = { encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 } as const;
  return JSON.parse(
    execFileSync(program, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

const none = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, []]));
const readVersion = (name: string): string => /1[.][4-7]/.exec(name)?.[0] ?? '1.6';

describe.skipIf(python === null)('Deliver 5: validators of PyPI', () => {
  it('spdx-tools accepts every document of SPDX 2', { timeout: 120_000 }, () => {
    const own = files.filter(({ name }) => name.startsWith('spdx') && !name.startsWith('spdx-3'));
    const script = `
import json, sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
def judge(path):
    try:
        return [m.validation_message for m in validate_full_spdx_document(parse_file(path))]
    except Exception as error:
        return [repr(error) + str(getattr(error, "get_messages", list)())]
print(json.dumps({path: judge(path) for path in sys.argv[1:]}))`;
    const paths = own.map(({ path }) => path);
    expect(paths).toHaveLength(8);
    expect(judge(join(python ?? '', 'python'), ['-c', script, ...paths])).toEqual(none(paths));
  });

  it('cyclonedx-python-lib accepts every document of CycloneDX', { timeout: 120_000 }, () => {
    const own = files.filter(({ name }) => name.startsWith('cyclonedx'));
    const script = `
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from cyclonedx.validation.xml import XmlValidator
def judge(word):
    version, path = word.split("=", 1)
    kind = XmlValidator if path.endswith(".xml") else JsonStrictValidator
    fault = kind(SchemaVersion.from_version(version)).validate_str(open(path, encoding="utf8").read())
    return [] if fault is None else [str(fault)[:500]]
print(json.dumps({word.split("=", 1)[1]: judge(word) for word in sys.argv[1:]}))`;
    const words = own.map(({ name, path }) => `${readVersion(name)}=${path}`);
    const found = judge(join(python ?? '', 'python'), ['-c', script, ...words]);
    expect(found).toEqual(none(own.map(({ path }) => path)));
  });
});

describe.skipIf(npm === null)('Deliver 5: validators of npm', () => {
  it('cyclonedx-library accepts every document of CycloneDX', { timeout: 120_000 }, () => {
    // Its validator of XML is built from C, which not every machine can.
    const own = files.filter(({ name }) => /^cyclonedx.*json$/.test(name));
    const script = `
const { Validation, Spec } = require(process.argv[1]);
const { readFileSync } = require('node:fs');
(async () => {
  const found = {};
  for (const word of process.argv.slice(2)) {
    const [version, path] = word.split('=');
    const fault = await new Validation.JsonStrictValidator(version).validate(readFileSync(path, 'utf8'));
    found[path] = fault === null ? [] : [JSON.stringify(fault).slice(0, 500)];
  }
  console.log(JSON.stringify(found));
})();`;
    const words = own.map(({ name, path }) => `${readVersion(name)}=${path}`);
    const library = join(npm ?? '', '@cyclonedx/cyclonedx-library');
    const found = judge(process.execPath, ['-e', script, library, ...words]);
    expect(found).toEqual(none(own.map(({ path }) => path)));
  });
});
