import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSelector } from '../../src/capabilities/graph/index.ts';
import { identifyPackage } from '../../src/capabilities/inventory/sbom/package-identity.ts';
import { FACTS, VARIABLE_NAMES, VARIABLES } from '../../src/capabilities/policy/catalogue.ts';
import { toValue } from '../../src/capabilities/policy/cel/bind.ts';
import {
  compileExpression,
  evaluateExpression,
} from '../../src/capabilities/policy/cel/compile.ts';
import { Run } from '../../src/capabilities/policy/cel/run.ts';
import type { Value } from '../../src/capabilities/policy/cel/value.ts';
import { parseDigest } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import {
  matchesPackage,
  parsePackagePurl,
  parseWantedPackage,
} from '../../src/core/package-purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { openSpelledGraph } from '../support/spelled-graph.ts';

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
    means: [
      'pkg:golang/stdlib@1.22.3',
      'pkg:golang/stdlib@go1.22.3',
      'pkg:golang/std@1.22.3?type=module',
    ],
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
      'pkg:rpm/RedHat/bind@9.1-2',
      'pkg:rpm/redhat/bind?arch=x86_64',
    ],
    contradicts: [
      'pkg:rpm/redhat/bind@9.1-2?epoch=31',
      'pkg:rpm/redhat/bind@9.1-2?epoch=0',
      'pkg:rpm/redhat/bind@0:9.1-2',
      'pkg:rpm/redhat/bind@9.1-3',
      'pkg:rpm/redhat/bind?arch=aarch64',
    ],
  },
  {
    listed: 'pkg:rpm/redhat/bash@4.4-1?epoch=0',
    means: ['pkg:rpm/redhat/bash@4.4-1', 'pkg:rpm/redhat/bash@0:4.4-1'],
    contradicts: ['pkg:rpm/redhat/bash@1:4.4-1', 'pkg:rpm/redhat/bash@4.4-1?epoch=1'],
  },
  {
    // As Syft wrote the module github.com/aws/sdk/service/s3.
    listed: 'pkg:golang/github.com/aws/sdk@v1.2.3#service/s3',
    means: [
      'pkg:golang/github.com/aws/sdk/service/s3@v1.2.3',
      'pkg:golang/github.com/aws/sdk@1.2.3',
      'pkg:golang/github.com/AWS/sdk#service/s3',
    ],
    contradicts: ['pkg:golang/github.com/aws/sdk@v1.2.3#service/ec2'],
  },
  {
    listed: 'pkg:golang/github.com/aws/tool/v2@v2.0.0%2Bincompatible',
    means: [
      'pkg:golang/github.com/aws/tool@2.0.0+incompatible#v2',
      'pkg:golang/github.com/aws/tool/v2@v2.0.0+incompatible',
    ],
    contradicts: ['pkg:golang/github.com/aws/tool/v2@v2.0.0'],
  },
  ...(
    [
      // Each type as Syft, Trivy, SCALIBR, cdxgen and sbom-tool write it.
      ['pkg:apk/alpine/busybox@1.36.1-r29?arch=x86_64&upstream=busybox&distro=alpine-3.19.1', []],
      ['pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=3.19.1', ['pkg:apk/Alpine/musl@1.2.4-r2']],
      ['pkg:cargo/serde@1.0.193', ['pkg:CARGO/serde@1.0.193']],
      ['pkg:cocoapods/AFNetworking@4.0.1#Reachability', ['pkg:cocoapods/AFNetworking@4.0.1']],
      ['pkg:conan/boost@1.84.0?rrev=f2f36e&user=lib', ['pkg:conan/boost@1.84.0']],
      ['pkg:cran/A3@1.0.0', []],
      ['pkg:gem/nokogiri@1.15.4?platform=x86_64-linux', ['pkg:gem/nokogiri@1.15.4']],
      ['pkg:generic/python@3.12.1', []],
      ['pkg:github/actions/checkout@v4.1.1', ['pkg:github/Actions/Checkout@v4.1.1']],
      ['pkg:hex/phoenix@1.7.10', ['pkg:hex/Phoenix@1.7.10']],
      ['pkg:nuget/Newtonsoft.Json@13.0.3', []],
      ['pkg:pub/http@1.1.2', []],
      ['pkg:pypi/Flask_Cors@4.0.0', ['pkg:pypi/flask-cors@4.0.0', 'pkg:PyPI/flask_CORS@4.0.0']],
      ['pkg:swift/github.com/apple/swift-nio@2.62.0', []],
      [
        'pkg:npm/core-js@3.34.0?vcs_url=git%2Bhttps://example.com/x.git',
        ['pkg:npm/core-js@3.34.0'],
      ],
      ['pkg:deb/ubuntu/libc6@2.35-0ubuntu3.4?arch=amd64&distro=ubuntu-22.04', []],
      [
        'pkg:deb/debian/g++-12@12.2.0-14%2Bdeb12u1',
        ['pkg:deb/debian/g%2B%2B-12@12.2.0-14+deb12u1'],
      ],
    ] as const
  ).map(([listed, means]) => ({ listed, means, contradicts: [] })),
];

/** One package by whatever case: the purl-spec keeps it, and the registry does not. */
const CASELESS = [
  {
    listed: 'pkg:nuget/Serilog.Sinks@13.0.1',
    means: ['pkg:nuget/serilog.sinks@13.0.1', 'pkg:nuget/SERILOG.SINKS'],
    contradicts: 'pkg:nuget/serilog.sinks@13.0.2',
  },
  {
    listed: 'pkg:githubactions/Actions/Checkout@v4',
    means: ['pkg:githubactions/actions/checkout@v4', 'pkg:githubactions/actions/CHECKOUT'],
    contradicts: 'pkg:githubactions/actions/checkout@v3',
  },
  {
    listed: 'pkg:swift/github.com/Vapor/Fluent@2.0.0',
    means: ['pkg:swift/github.com/vapor/fluent@2.0.0', 'pkg:swift/github.com/VAPOR/FLUENT'],
    contradicts: 'pkg:swift/github.com/vapor/fluent@2.0.1',
  },
];

const IMAGE = orThrow(parseDigest(`sha256:${'1'.repeat(64)}`));
const NOW = toInstant(1_780_000_000_000);
const SBOM = Buffer.from(
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [...SPELLINGS, ...CASELESS].map(({ listed }, at) => ({
      type: 'library',
      name: `p${at}`,
      purl: listed,
    })),
    compositions: [{ aggregate: 'complete' }],
  }),
);
let graph: Awaited<ReturnType<typeof openSpelledGraph>>;

beforeAll(async () => {
  graph = await openSpelledGraph(SBOM, IMAGE, NOW);
});
afterAll(async () => {
  await graph.reader.close();
  rmSync(graph.folder, { recursive: true });
});

const ask = async (text: string) => {
  const component = orThrow(parseSelector(text));
  return orThrow(await graph.reader.ask({ name: 'why', subject: IMAGE, component }));
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

  it.each(CASELESS)('in any case where its registry knows none: $listed', async (one) => {
    for (const text of [one.listed, ...one.means])
      expect([text, (await ask(text)).components.length]).toEqual([text, 1]);
    const found = orThrow(parsePackagePurl(one.listed));
    const isMeant = (text: string) => matchesPackage(orThrow(parseWantedPackage(text)), found);
    expect(one.means.map(isMeant)).toEqual(one.means.map(() => true));
    expect(isMeant(one.contradicts)).toBe(false);
    expect((await ask(one.contradicts)).components).toEqual([]);
  });

  it('another package of the same name is named by its package URL', async () => {
    await expect(ask('pkg:npm/serilog.sinks@1.0.0')).rejects.toMatchObject({
      message: 'no component is pkg:npm/serilog.sinks',
      remedy: 'Did you mean pkg:nuget/Serilog.Sinks?',
    });
  });

  it('a source package that is named must be the one that is known', async () => {
    const count = async (qualifier: string) =>
      (await ask(`pkg:deb/debian/libssl3@3.0.11-1?${qualifier}`)).components.length;
    expect(await count('upstream=openssl')).toBe(1);
    expect(await count('source=openssl')).toBe(1);
    expect(await count('upstream=glibc')).toBe(0);
  });

  it('a part of a package is in the package, for a question alone', async () => {
    const part = 'pkg:golang/golang.org/x/net@v0.1.0#html/charset';
    expect((await ask(part)).components).toHaveLength(1);
    const net = orThrow(parsePackagePurl('pkg:golang/golang.org/x/net@v0.1.0'));
    expect(matchesPackage(orThrow(parseWantedPackage(part)), net)).toBe(false);
  });

  it('a name with an RPM version is found with and without its epoch', async () => {
    for (const text of ['bind@9.1-2', 'bind@32:9.1-2'])
      expect([text, (await ask(text)).components.length]).toEqual([text, 1]);
    expect((await ask('bind@31:9.1-2')).components).toEqual([]);
  });

  it('one rule for questions, VEX statements and exceptions', () => {
    for (const { listed, means, contradicts } of SPELLINGS) {
      const found = orThrow(parsePackagePurl(listed));
      const isMeant = (text: string) => matchesPackage(orThrow(parseWantedPackage(text)), found);
      for (const text of [listed, ...means]) expect([text, isMeant(text)]).toEqual([text, true]);
      for (const text of contradicts) expect([text, isMeant(text)]).toEqual([text, false]);
    }
  });

  it('a name with a Go version is found with and without its v', async () => {
    for (const text of ['golang.org/x/net@0.1.0', 'golang.org/x/net@v0.1.0', 'semver@3.1.0'])
      expect((await ask(text)).components).toHaveLength(1);
  });
});

describe('truth A17: a rule of a policy', () => {
  const compile = (text: string) => compileExpression(text, { variables: VARIABLES });
  const holds = (rule: string, purl: string): unknown => {
    const expression = orThrow(compile(rule));
    const slots: Value[] = Array.from({ length: expression.slots }, () => null);
    const { type } = FACTS.components;
    slots[VARIABLE_NAMES.indexOf('components')] = toValue([{ purl }], type, 'components');
    return evaluateExpression(expression, new Run(slots, NOW));
  };
  const quote = (text: string): string => JSON.stringify(text);

  it.each(SPELLINGS)('means $listed by any spelling', ({ listed, means, contradicts }) => {
    const purl = identifyPackage(listed)?.purl ?? '';
    for (const text of [listed, ...means]) {
      expect(holds(`components.exists(c, c.purl == ${quote(text)})`, purl)).toBe(true);
      expect(holds(`components.all(c, c.purl != ${quote(text)})`, purl)).toBe(false);
      expect(holds(`components.exists(c, c.purl in [${quote(text)}, 'pkg:npm/a'])`, purl)).toBe(
        true,
      );
      expect(holds(`${quote(text)} in components.map(c, c.purl)`, purl)).toBe(true);
    }
    for (const text of contradicts) {
      expect(holds(`components.exists(c, ${quote(text)} == c.purl)`, purl)).toBe(false);
      expect(holds(`components.exists(c, c.purl in [${quote(text)}])`, purl)).toBe(false);
    }
  });

  it('that compares with what is no package URL is refused: it would hold for ever', () => {
    for (const text of ['left-pad', 'pkg:npm/', 'pkg:npm/a?x=1&x=2']) {
      expect(compile(`components.all(c, c.purl != ${quote(text)})`).ok).toBe(false);
      expect(compile(`components.all(c, !(c.purl in [${quote(text)}]))`).ok).toBe(false);
    }
    expect(compile("components.all(c, c.purl != '')").ok).toBe(true);
    expect(compile("components.all(c, c.name != 'left-pad')").ok).toBe(true);
  });

  it('that looks for a beginning must spell it as facts do', () => {
    const begins = (text: string) =>
      compile(`components.all(c, !c.purl.startsWith(${quote(text)}))`);
    for (const text of [
      'pkg:',
      'pkg:npm/',
      'pkg:npm/%40scope/',
      'pkg:maven/org.apache.',
      'pkg:deb/debian/a@',
    ])
      expect([text, begins(text).ok]).toEqual([text, true]);
    for (const [text, written] of [
      ['pkg:npm/@scope/', 'pkg:npm/%40scope/'],
      ['pkg:golang/github.com/Masterminds/', 'pkg:golang/github.com/masterminds/'],
      ['pkg:PyPI/Flask_', 'pkg:pypi/flask-'],
      ['pkg:golang/golang.org/x/net@0.1.0', 'pkg:golang/golang.org/x/net@v0.1.0'],
    ] as const)
      expect(begins(text)).toMatchObject({
        failure: { message: expect.stringContaining(JSON.stringify(written)) },
      });
  });
});
