import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, openWriter, type Reader } from '../../src/adapters/graph-sql/index.ts';
import { parseSelector } from '../../src/capabilities/graph/index.ts';
import { parseDigest, sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { matchesPackage, parsePackagePurl } from '../../src/core/package-purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';

/** A package as one tool writes it, other spellings of it, and purls that contradict it. */
interface Spelling {
  readonly listed: string;
  readonly means: readonly string[];
  readonly contradicts: readonly string[];
}

const SPELLINGS: readonly Spelling[] = [
  {
    listed: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar',
    means: [
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
      'pkg:maven/org.apache.logging.log4j/log4j-core',
      'pkg:maven/org.apache.logging.log4j/log4j-core?type=jar',
    ],
    contradicts: [
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=test-jar',
      'pkg:maven/org.apache.logging.log4j/log4j-core?classifier=tests',
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.14',
    ],
  },
  {
    listed: 'pkg:maven/commons-thing@1.0',
    means: ['pkg:generic/commons-thing@1.0', 'pkg:maven/commons-thing?type=jar'],
    contradicts: ['pkg:maven/commons-thing@2.0'],
  },
  {
    listed: 'pkg:npm/%40scope%2Fname@1.2.3',
    means: ['pkg:npm/%40scope/name@1.2.3', 'pkg:npm/@scope/name@1.2.3', 'pkg:npm/%40scope%2fname'],
    contradicts: ['pkg:npm/%40scope%2Fname@1.2.4', 'pkg:npm/%40scope/name?arch=x64'],
  },
  {
    listed: 'pkg:composer/symfony%2Fhttp-kernel@5.4.0',
    means: ['pkg:composer/Symfony/http-kernel@5.4.0', 'pkg:composer/symfony/http-kernel'],
    contradicts: ['pkg:composer/symfony/http-kernel@5.4.1'],
  },
  {
    listed: 'pkg:golang/github.com/Masterminds/semver@3.1.0',
    means: [
      'pkg:golang/github.com/masterminds/semver@v3.1.0',
      'pkg:golang/github.com/Masterminds/semver',
      'pkg:golang/github.com%2FMasterminds%2Fsemver@v3.1.0',
    ],
    contradicts: ['pkg:golang/github.com/Masterminds/semver@v3.1.1'],
  },
  {
    listed: 'pkg:golang/golang.org/x/net@v0.1.0',
    means: ['pkg:golang/golang.org/x/net@0.1.0', 'pkg:golang/golang.org/X/net@v0.1.0'],
    contradicts: ['pkg:golang/golang.org/x/net@v0.1.0?goos=linux'],
  },
  {
    listed: 'pkg:golang/stdlib@v1.22.3',
    means: ['pkg:golang/stdlib@1.22.3', 'pkg:golang/stdlib@go1.22.3'],
    contradicts: ['pkg:golang/stdlib@1.22.4'],
  },
  {
    listed: 'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&upstream=openssl&distro=debian-12.5',
    means: [
      'pkg:deb/debian/libssl3@3.0.11-1?distro=bookworm&source=openssl&arch=amd64',
      'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64',
      'pkg:deb/debian/libssl3?distro=debian-12',
      'pkg:deb/debian/libssl3@3.0.11-1',
    ],
    contradicts: [
      'pkg:deb/debian/libssl3?arch=arm64',
      'pkg:deb/debian/libssl3@3.0.11-1?arch=arm64',
      'pkg:deb/debian/libssl3@3.0.11-1?distro=debian-11',
      'pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-13',
    ],
  },
  {
    listed: 'pkg:deb/debian/bsdutils@2.38.1-5?arch=amd64&distro=debian-12.11&epoch=1',
    means: [
      'pkg:deb/debian/bsdutils@1:2.38.1-5',
      'pkg:deb/debian/bsdutils@1%3A2.38.1-5?arch=amd64',
    ],
    contradicts: ['pkg:deb/debian/bsdutils@2.38.1-5', 'pkg:deb/debian/bsdutils@2:2.38.1-5'],
  },
  {
    listed: 'pkg:rpm/redhat/bind@9.1-2?arch=x86_64&epoch=32&upstream=bind-9.1-2.src.rpm',
    means: [
      'pkg:rpm/redhat/bind@32:9.1-2?arch=x86_64',
      'pkg:rpm/redhat/bind@9.1-2?epoch=32',
      'pkg:rpm/redhat/bind?arch=x86_64',
    ],
    contradicts: ['pkg:rpm/redhat/bind@9.1-2?epoch=31', 'pkg:rpm/redhat/bind?arch=aarch64'],
  },
  {
    listed: 'pkg:rpm/redhat/bash@4.4-1?epoch=0',
    means: ['pkg:rpm/redhat/bash@4.4-1', 'pkg:rpm/redhat/bash@0:4.4-1'],
    contradicts: ['pkg:rpm/redhat/bash@1:4.4-1'],
  },
];

const IMAGE = orThrow(parseDigest(`sha256:${'1'.repeat(64)}`));
const NOW = toInstant(1_780_000_000_000);
const SBOM = Buffer.from(
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: SPELLINGS.map(({ listed }, at) => ({
      type: 'library',
      name: `p${at}`,
      purl: listed,
    })),
    compositions: [{ aggregate: 'complete' }],
  }),
);
let folder: string;
let reader: Reader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-spellings-'));
  const path = join(folder, `${sha256(SBOM).slice(7, 20)}.db`);
  const writer = orThrow(await openWriter({ path, ports: graphPorts }));
  const input = {
    kind: 'sbom',
    mediaType: 'application/json',
    body: SBOM,
    subject: IMAGE,
  } as const;
  orThrow(await writer.append([input], NOW));
  await writer.close();
  reader = orThrow(await openReader({ path, ports: graphPorts }));
});
afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

const ask = async (text: string) => {
  const component = orThrow(parseSelector(text));
  return orThrow(await reader.ask({ name: 'why', subject: IMAGE, component }));
};

describe('truth A17, C21: a purl as any SBOM writes it finds itself', () => {
  it.each(SPELLINGS)('$listed', async ({ listed, means, contradicts }) => {
    for (const text of [listed, ...means]) {
      const { components, inventory } = await ask(text);
      expect([text, components.length, inventory]).toEqual([text, 1, 'complete']);
    }
    for (const text of contradicts)
      expect([text, (await ask(text)).components]).toEqual([text, []]);
  });

  it('a source package that is named must be the one that is known', async () => {
    const count = async (qualifier: string) =>
      (await ask(`pkg:deb/debian/libssl3@3.0.11-1?${qualifier}`)).components.length;
    expect(await count('upstream=openssl')).toBe(1);
    expect(await count('source=openssl')).toBe(1);
    expect(await count('upstream=glibc')).toBe(0);
  });

  it('one rule for questions, VEX statements and exceptions', () => {
    const parse = (text: string) => orThrow(parsePackagePurl(text));
    for (const { listed, means, contradicts } of SPELLINGS) {
      for (const text of [listed, ...means])
        expect([text, matchesPackage(parse(text), parse(listed))]).toEqual([text, true]);
      for (const text of contradicts)
        expect([text, matchesPackage(parse(text), parse(listed))]).toEqual([text, false]);
    }
  });

  it('a name with a Go version is found with and without its v', async () => {
    for (const text of ['golang.org/x/net@0.1.0', 'golang.org/x/net@v0.1.0', 'semver@3.1.0'])
      expect((await ask(text)).components).toHaveLength(1);
  });
});
