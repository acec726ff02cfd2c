import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { file, packTar } from '../support/images.ts';
import {
  DEBIAN_TRACKER_SAMPLE,
  NVD_SAMPLE,
  RED_HAT_VEX_SAMPLE,
  SECDB_SAMPLE,
  SUSE_VEX_SAMPLE,
} from '../support/publisher-feeds.ts';
import { MSRC_SAMPLE, UBUNTU_PAGE_SAMPLE, UBUNTU_TRACKER_SAMPLE } from '../support/system-feeds.ts';

let folder: string;
let line: CommandHere;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-publisher-feeds-'));
  line = new CommandHere(folder);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

const put = (name: string, value: object): string => {
  writeFileSync(join(folder, name), JSON.stringify(value));
  return name;
};

/** An SBOM of one package. */
function putSbom(name: string, purl: string): string {
  const component = { type: 'library', name: 'it', version: '1', purl, 'bom-ref': 'it' };
  return put(name, {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: [component],
  });
}

interface Scan {
  readonly targets: readonly {
    readonly report: {
      readonly findings: readonly {
        readonly id: string;
        readonly status: string;
        readonly severity: string;
        readonly advisories: readonly string[];
      }[];
      readonly notCovered: readonly { readonly why: string }[];
    };
  }[];
}

async function scan(sbom: string) {
  const { answer } = await line.json<Scan>('scan', sbom, '--fail-on', 'never');
  const { findings, notCovered } = answer.targets[0]?.report ?? { findings: [], notCovered: [] };
  return {
    findings: findings.map(({ id, status, severity }) => `${id} ${status} ${severity}`),
    advisories: findings.flatMap(({ advisories }) => advisories),
    gaps: notCovered.map(({ why }) => why).filter((why) => why.includes('feed')),
  };
}

interface ImportAnswer {
  readonly ecosystems: readonly string[];
  readonly read: readonly object[];
}

describe('X9: what publishers give in forms of their own', () => {
  it('a secdb covers its release when all its repositories are imported together', async () => {
    const busybox = 'pkg:apk/alpine/busybox@1.27.2-r3?distro=alpine-3.15.4&upstream=busybox';
    const sbom = putSbom('alpine.cdx.json', busybox);
    put('main.json', SECDB_SAMPLE);
    put('community.json', {
      ...SECDB_SAMPLE,
      reponame: 'community',
      packages: [{ pkg: { name: 'jq', secfixes: { '1.6-r1': ['CVE-2016-4074'] } } }],
    });
    const half = await line.json<ImportAnswer>('advisories', 'import', 'main.json');
    expect(half.answer.ecosystems).toEqual([]);
    expect(half.answer.read).toEqual([{ feed: 'main.json', format: 'secdb', records: 5 }]);
    const alone = await scan(sbom);
    expect(alone.findings).toEqual(['CVE-2017-16544 affected unknown']);
    expect(alone.gaps).toEqual(['no feed of Alpine:v3.15 was imported here']);
    const { stdout } = await line.run('advisories', 'import', 'main.json', 'community.json');
    expect(stdout).toContain('for Alpine:v3.15\n');
    expect(await scan(sbom)).toEqual({
      findings: ['CVE-2017-16544 affected unknown'],
      advisories: ['ALPINESECDB-v3.15-main-busybox-CVE-2017-16544'],
      gaps: [],
    });
  });

  it('the tracker of Debian decides what a bulletin says of several, by its own age', async () => {
    const sbom = putSbom(
      'debian.cdx.json',
      'pkg:deb/debian/openssl@3.0.13-1~deb12u1?distro=debian-12&upstream=openssl',
    );
    const fixed = [
      { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.0.14-1~deb12u1' }] },
    ];
    put('dsa.json', {
      id: 'DSA-5764-1',
      modified: '2024-09-02T00:00:00Z',
      upstream: ['CVE-2024-4741', 'CVE-2024-4603'],
      affected: [{ package: { ecosystem: 'Debian:12', name: 'openssl' }, ranges: fixed }],
    });
    await line.output('advisories', 'import', 'dsa.json', '--covers', 'Debian');
    const both = ['CVE-2024-4603 affected unknown', 'CVE-2024-4741 affected unknown'];
    expect((await scan(sbom)).findings).toEqual(both);
    // Nothing in the file says when it was written.
    put('tracker.json', DEBIAN_TRACKER_SAMPLE);
    const { answer } = await line.json<ImportAnswer>('advisories', 'import', 'tracker.json');
    expect(answer.ecosystems.slice(-3)).toEqual(['Debian:11', 'Debian:12', 'Debian:13']);
    const own = ['CVE-2007-6755 affected low', 'TEMP-0000000-F7A20F unknown unknown'];
    const [first = '', second = ''] = both;
    expect((await scan(sbom)).findings).toEqual([own[0], first, second, own[1]]);
    // The header of gzip does.
    const packed = gzipSync(JSON.stringify(DEBIAN_TRACKER_SAMPLE));
    packed.writeUInt32LE(Date.UTC(2025, 0, 1) / 1000, 4);
    writeFileSync(join(folder, 'tracker.json.gz'), packed);
    await line.output('advisories', 'import', 'tracker.json.gz');
    expect((await scan(sbom)).findings).toEqual([own[0], second, own[1]]);
  });

  it('documents of VEX in an archive say what has no fix, and in whose words', async () => {
    const libs =
      'pkg:rpm/redhat/openssl-libs@1.1.1k-9.el8?distro=rhel-8.9&epoch=1' +
      '&upstream=openssl-1.1.1k-9.el8.src.rpm';
    const sbom = putSbom('rhel.cdx.json', libs);
    const vex = packTar([
      file('2024/cve-2024-0001.json', JSON.stringify(RED_HAT_VEX_SAMPLE)),
      file('2023/cve-2023-0464.json', JSON.stringify(SUSE_VEX_SAMPLE)),
    ]);
    writeFileSync(join(folder, 'vex.tar.zst'), zstdCompressSync(vex));
    await line.output('advisories', 'import', 'vex.tar.zst', '--covers', 'Red Hat,SUSE');
    expect(await scan(sbom)).toEqual({
      findings: ['CVE-2024-0001 affected high'],
      advisories: ['REDHATVEX-CVE-2024-0001'],
      gaps: [],
    });
  });

  it('NVD knows programs that are known by their content, and covers nothing alone', async () => {
    const sbom = putSbom('program.cdx.json', 'pkg:generic/openssl@1.1.1k');
    expect((await scan(sbom)).gaps).toEqual(['no feed of NVD was imported here']);
    put('nvd.json', NVD_SAMPLE);
    await line.output('advisories', 'import', 'nvd.json');
    const found = ['CVE-2023-0286 affected medium'];
    const half = await scan(sbom);
    expect([half.findings, half.gaps]).toEqual([found, ['no feed of NVD was imported here']]);
    await line.output('advisories', 'import', 'nvd.json', '--covers', 'NVD');
    const { answer } = await line.json<Scan>('scan', sbom, '--fail-on', 'never');
    expect(answer.targets[0]?.report).toMatchObject({
      findings: [{ advisories: ['NVD-CVE-2023-0286'] }],
      lookedUpIn: [
        { ecosystem: 'NVD', feed: 'nvd.json', updatedAt: expect.stringMatching(/^2025/) },
      ],
    });
    const { stderr } = await line.run('scan', sbom, '--fail-on', 'never');
    expect(stderr).toContain('looked up in NVD: nvd.json, of 2025-01-02T03:04:05');
  });

  it('the tracker of Ubuntu, file by file, says what only Ubuntu Pro fixes', async () => {
    const purl =
      'pkg:deb/ubuntu/libssl1.0.0@1.0.2g-1ubuntu4.20?distro=ubuntu-16.04&upstream=openssl';
    const sbom = putSbom('ubuntu.cdx.json', purl);
    mkdirSync(join(folder, 'tracker/active'), { recursive: true });
    writeFileSync(join(folder, 'tracker/active/CVE-2024-0727'), UBUNTU_TRACKER_SAMPLE);
    writeFileSync(join(folder, 'tracker/README'), 'no record');
    await line.output('advisories', 'import', 'tracker', '--covers', 'Ubuntu');
    expect(await scan(sbom)).toEqual({
      findings: ['CVE-2024-0727 affected low'],
      advisories: ['UBUNTUTRACKER-CVE-2024-0727'],
      gaps: [],
    });
    const pro = putSbom('pro.cdx.json', purl.replace('?', '%2Besm12?'));
    expect((await scan(pro)).findings).toEqual([]);
    put('cves.json', UBUNTU_PAGE_SAMPLE);
    const { answer } = await line.json<ImportAnswer>('advisories', 'import', 'cves.json');
    expect(answer.read).toEqual([{ feed: 'cves.json', format: 'Ubuntu security API', records: 1 }]);
  });

  it('I4: Microsoft says by the build what Windows itself has', async () => {
    const server = 'pkg:generic/microsoft/windows-server@10.0.20348.2113';
    const sbom = putSbom('windows.cdx.json', server);
    expect((await scan(sbom)).gaps).toEqual([
      'no feed of Microsoft:Windows Server was imported here',
    ]);
    put('2024-Aug.json', MSRC_SAMPLE);
    await line.output('advisories', 'import', '2024-Aug.json', '--covers', 'Microsoft');
    expect(await scan(sbom)).toEqual({
      findings: ['CVE-2024-38063 affected critical'],
      advisories: ['MSRC-CVE-2024-38063'],
      gaps: [],
    });
    const updated = putSbom('updated.cdx.json', server.replace('2113', '2655'));
    expect((await scan(updated)).findings).toEqual([]);
  });

  it('that cannot be read are refused as a whole, and end no other file', async () => {
    put('broken.json', { ...SECDB_SAMPLE, packages: {} });
    const { code, stderr } = await line.run('advisories', 'import', 'broken.json', 'main.json');
    expect(code).toBe(3);
    expect(stderr).toContain('packages is not a list');
  });
});
