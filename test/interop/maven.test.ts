import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { debianBase } from '../support/app-images.ts';
import { TourWorld } from '../tour/world.ts';

const scratch = mkdtempSync(join(tmpdir(), 'waybill-maven-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Maven, with the plug-ins that it is asked with, as its ordinary client fetches them. */
const LIST = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:list';
const LOCK = 'io.github.chains-project:maven-lockfile:5.5.2:generate';

function mvn(folder: string, ...words: readonly string[]): void {
  execFileSync('mvn', ['-q', '-B', ...words], { cwd: folder, stdio: 'pipe', timeout: 600_000 });
}

function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** False where there is no Maven, or where it reaches no repository; the reason is said. */
function haveMaven(): boolean {
  const pom =
    '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId>' +
    '<version>1</version></project>';
  try {
    mvn(write(join(scratch, 'probe'), { 'pom.xml': pom }), LIST);
    return true;
  } catch (thrown) {
    console.warn(`skipped: mvn cannot be asked: ${String(thrown).slice(0, 200)}`);
    return false;
  }
}

const hasMaven = haveMaven();

/** `group:artifact@version scope`, as Maven lists them in each of the folders. */
function listByMaven(folder: string, modules: readonly string[], ...words: string[]): string[] {
  mvn(folder, LIST, '-DoutputFile=listed.txt', ...words);
  return (
    modules
      .flatMap((module) => readFileSync(join(folder, module, 'listed.txt'), 'utf8').split('\n'))
      .flatMap((line) => {
        const parts = (/^ {3}([\w.:-]+)/.exec(line)?.[1] ?? '').split(':');
        const [scope = '', version] = [parts.at(-1), parts.at(-2)];
        const classifier = parts.length === 6 ? `:${parts[3]}` : '';
        const isTest = scope === 'test' ? ' test' : '';
        return parts.length < 5 ? [] : [`${parts[0]}:${parts[1]}${classifier}@${version}${isTest}`];
      })
      // What one module tests with and another one ships is shipped.
      .filter((line, at, all) => all.indexOf(line) === at && !all.includes(line.slice(0, -5)))
      .sort()
  );
}

function listByUs({ components }: Inventory): string[] {
  return components
    .map(({ name, version, purl, development }) => {
      const classifier = /[?&]classifier=([^&]+)/.exec(purl)?.[1];
      const end = development ? ' test' : '';
      return `${name}${classifier === undefined ? '' : `:${classifier}`}@${version}${end}`;
    })
    .sort();
}

const take = async (folder: string, target: 'source-tree' | 'root-file-system') =>
  inventoryTree(orThrow(openFileTree(folder)), folder, { target });

/** A generator that gives the same numbers each time (Park and Miller). */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const ARTIFACTS = [
  ['org.apache.commons', 'commons-lang3', '3.17.0', '3.14.0'],
  ['commons-io', 'commons-io', '2.19.0', '2.16.1'],
  ['org.slf4j', 'slf4j-api', '2.0.17', '2.0.13'],
  ['com.google.guava', 'guava', '33.4.8-jre', '33.2.0-jre'],
  ['com.fasterxml.jackson.core', 'jackson-databind', '2.19.0', '2.17.1'],
  ['org.junit.jupiter', 'junit-jupiter-api', '5.12.2', '5.10.2'],
] as const;

const MODULES = ['web', 'core', 'core/deep'] as const;

/** A project with a parent, a BOM of its own, modules, properties of all kinds and profiles. */
function generate(seed: number): Readonly<Record<string, string>> {
  const dice = createDice(seed);
  const properties: string[] = ['<base>3</base>'];
  const writeVersion = (text: string): string => {
    const form = dice(4);
    if (form === 0) return text;
    const name = `v${properties.length}`;
    const value = form === 1 ? text : text.startsWith('3') ? `\${base}${text.slice(1)}` : text;
    properties.push(`<${name}>${value}</${name}>`);
    return form === 3 ? `[${text}]` : `\${${name}}`;
  };
  const describe = (at: number, version: string | null, more = ''): string => {
    const [group, artifact] = ARTIFACTS[at] ?? ARTIFACTS[0];
    const written = version === null ? '' : `<version>${version}</version>`;
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${written}${more}</dependency>\n`;
  };
  const pickVersion = (at: number): string => (ARTIFACTS[at] ?? ARTIFACTS[0])[2 + dice(2)] ?? '';
  const managed = [0, 1, 2].map((at) =>
    describe(at, writeVersion(pickVersion(at)), dice(3) === 0 ? '<scope>test</scope>' : ''),
  );
  const inBom = [1, 2, 3, 4, 5].map((at) => describe(at, pickVersion(at)));
  const own = '<modelVersion>4.0.0</modelVersion>';
  const up = '<parent><groupId>s</groupId><artifactId>up</artifactId><version>1</version>';
  const modules = MODULES.map((module) => {
    const needs = ARTIFACTS.map((_, at) => at).filter(() => dice(2) === 0);
    const list = needs.map((at) =>
      describe(
        at,
        dice(2) === 0 ? null : pickVersion(at),
        dice(4) === 0 ? '<scope>test</scope>' : '',
      ),
    );
    // What is neither managed above nor in the BOM must say its version.
    const place = module === 'core/deep' ? '<relativePath>../..</relativePath>' : '';
    const profile =
      dice(2) === 0
        ? `<profiles><profile><id>p</id><activation><activeByDefault>true</activeByDefault></activation><dependencies>${describe(5, null)}</dependencies></profile></profiles>`
        : '';
    return [
      `${module}/pom.xml`,
      `<project>${own}${up}${place}</parent><artifactId>${module.replace('/', '-')}</artifactId><dependencies>\n${list.join('')}</dependencies>${profile}</project>`,
    ] as const;
  });
  return {
    'pom.xml': `<project>${own}<groupId>s</groupId><artifactId>up</artifactId><version>1</version><packaging>pom</packaging>
<modules><module>bom</module>${MODULES.map((one) => `<module>${one}</module>`).join('')}</modules>
<properties>${properties.join('')}</properties>
<dependencyManagement><dependencies>\n${managed.join('')}<dependency><groupId>s</groupId><artifactId>bom</artifactId><version>\${project.version}</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>
<dependencies>${describe(dice(3), null)}</dependencies></project>`,
    'bom/pom.xml': `<project>${own}<groupId>s</groupId><artifactId>bom</artifactId><version>1</version><packaging>pom</packaging><dependencyManagement><dependencies>\n${inBom.join('')}</dependencies></dependencyManagement></project>`,
    ...Object.fromEntries(modules),
  };
}

describe.skipIf(!hasMaven)('B2 B15: what a pom requires is what Maven says', () => {
  it('for generated projects with parents, BOMs, properties and profiles', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const folder = write(join(scratch, `tree-${seed}`), generate(seed));
      const theirs = listByMaven(folder, ['.', ...MODULES], '-DexcludeTransitive=true');
      const inventory = await take(folder, 'source-tree');
      expect([seed, ...listByUs(inventory)]).toEqual([seed, ...theirs]);
      expect(inventory.outcome).toBe('partial');
    }
  }, 900_000);

  it('with the lock of maven-lockfile, transitive ones included, and whole', async () => {
    const folder = write(join(scratch, 'locked'), generate(3));
    try {
      mvn(folder, LOCK);
    } catch (thrown) {
      console.warn(`skipped: maven-lockfile cannot be run: ${String(thrown).slice(0, 300)}`);
      return;
    }
    const inventory = await take(folder, 'source-tree');
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual([]);
    expect(listByUs(inventory)).toEqual(listByMaven(folder, ['.', ...MODULES]));
    expect(inventory.components.every(({ hashes }) => hashes['sha256'] !== undefined)).toBe(true);
  }, 600_000);
});

const BOOT = '3.5.0';
const STARTERS = ['web', 'data-jpa', 'security', 'actuator', 'validation', 'webflux', 'thymeleaf'];

/** An application as Spring's own guide begins one, packed by Spring Boot's plug-in. */
function springApplication(): Readonly<Record<string, string>> {
  const need = (group: string, artifact: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId></dependency>\n`;
  const needs = [
    ...STARTERS.map((one) => need('org.springframework.boot', `spring-boot-starter-${one}`)),
    need('com.h2database', 'h2'),
    need('org.postgresql', 'postgresql'),
    need('org.springframework.kafka', 'spring-kafka'),
    need('io.micrometer', 'micrometer-registry-prometheus'),
  ];
  return {
    'pom.xml': `<project><modelVersion>4.0.0</modelVersion><parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>${BOOT}</version></parent>
<groupId>org.shop</groupId><artifactId>shop</artifactId><version>1.0</version>
<licenses><license><name>Apache-2.0</name></license></licenses>
<dependencies>${needs.join('')}</dependencies>
<build><plugins><plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>`,
    'src/main/java/shop/Shop.java':
      'package shop;\n@org.springframework.boot.autoconfigure.SpringBootApplication\npublic class Shop {\n  public static void main(String[] a) { org.springframework.boot.SpringApplication.run(Shop.class, a); }\n}\n',
  };
}

describe.skipIf(!hasMaven)('B2 B15: a real Spring Boot application', () => {
  const folder = join(scratch, 'spring');
  let archive: Buffer | null = null;

  beforeAll(() => {
    mvn(write(folder, springApplication()), 'package', '-DskipTests');
    archive = readFileSync(join(folder, 'target/shop-1.0.jar'));
  }, 600_000);

  it('has in its archive what Maven says that is packed, each with its coordinates', async () => {
    const image = join(scratch, 'spring-image');
    mkdirSync(join(image, 'app'), { recursive: true });
    writeFileSync(join(image, 'app/shop.jar'), archive ?? '');
    const inventory = await take(image, 'root-file-system');
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual([]);
    // Starters are empty, so the plug-in packs none; a classifier is only in the name of the file.
    const theirs = listByMaven(folder, ['.'], '-DincludeScope=runtime')
      .filter((one) => !one.startsWith('org.springframework.boot:spring-boot-starter'))
      .map((one) => one.replace(/^([^:]+:[^:]+):[^@]+@/, '$1@'));
    // The application itself is not among its dependencies.
    const ours = listByUs(inventory).filter((one) => !one.startsWith('org.shop:shop@'));
    expect(theirs.length).toBeGreaterThan(80);
    expect(theirs.filter((one) => !ours.includes(one))).toEqual([]);
    const more = ours.filter((one) => !theirs.includes(one));
    // What is packed into others, which only their own coordinates tell.
    console.info(`packed into others: ${more.join(', ')}`);
  });

  it('is released and admitted under the default policy', async () => {
    const world = await TourWorld.open(join(scratch, 'world'));
    try {
      const items = [
        ...debianBase('openjdk-17-jre-headless'),
        { path: 'app/shop.jar', content: archive ?? '' },
      ];
      const tool = 'docker buildx --output type=oci';
      const { cells } = await world.visitImage({ name: 'Spring Boot', tool, items });
      const full = { standing: 'full', why: '' };
      expect(cells).toEqual({ scan: full, release: full, admission: full });
    } finally {
      await world.close();
    }
  });
});
