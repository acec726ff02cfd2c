import { describe, expect, it } from 'vitest';
import { readProject } from '../../../../../test/support/npm-project.ts';
import { applyEdits } from '../../../../formats/text/edits.ts';
import type { Fix } from '../../fix.ts';
import { mavenFixes } from './fix-maven.ts';

type Files = Readonly<Record<string, string>>;

interface PlanResult extends Pick<Fix, 'commands' | 'fixed'> {
  readonly after: Files;
  readonly steps: readonly string[];
  readonly open: readonly string[];
}

/** The plan for packages with a safe version, by name; null: none is known. */
async function planFor(
  files: Files,
  safe: Readonly<Record<string, string | null>>,
): Promise<PlanResult> {
  const { dependencies } = await readProject(files);
  const texts = new Map(
    Object.entries(files).map(([path, text]) => [path, { text, bytes: Buffer.from(text) }]),
  );
  const fix = mavenFixes.plan({
    dependencies,
    files: texts,
    findRemedy: ({ name, version }) =>
      Object.hasOwn(safe, name) && version !== null
        ? { findings: ['EX-1'], safe: safe[name] ?? null }
        : null,
    findDigest: () => null,
    findVersion: () => null,
    isAsked: () => true,
  });
  const shown = (steps: Fix['steps']) => steps.map(({ place, what }) => `${place} ${what}`);
  return {
    after: Object.fromEntries(
      [...fix.edits].map(([file, edits]) => [file, applyEdits(files[file] ?? '', edits)]),
    ),
    ...{ steps: shown(fix.steps), open: shown(fix.open) },
    ...{ commands: fix.commands, fixed: fix.fixed },
  };
}

const need = (name: string, version: string): string => {
  const [group, artifact] = name.split(':');
  const written = version === '' ? '' : `\n<version>${version}</version>`;
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${written}\n</dependency>`;
};
const pom = (inner: string, needs: readonly string[]): string =>
  `<project>\n<groupId>s</groupId><artifactId>s</artifactId><version>1</version>\n${inner}\n<dependencies>\n${needs.join('\n')}\n</dependencies>\n</project>\n`;

describe('D16 B14: fixes of Java projects', () => {
  const plain = pom('', [need('a:b', '1'), need('c:d', '1')]);
  const property = pom('<properties>\n<v>1</v>\n</properties>', [
    need('a:b', '${v}'),
    need('a:c', '${v}'),
  ]);
  const managed = pom(
    `<dependencyManagement><dependencies>\n${need('a:b', '1')}\n</dependencies></dependencyManagement>`,
    [need('a:b', '')],
  );
  const catalogue =
    '[versions]\nb = "1"\nx = "1"\n[libraries]\nb = { module = "a:b", version.ref = "b" }\n';
  it.each<
    readonly [string, Files, Readonly<Record<string, string>>, string, readonly [string, string]]
  >([
    [
      'a version',
      { 'pom.xml': plain },
      { 'a:b': '1.1' },
      'pom.xml',
      [
        '<version>1</version>\n</dependency>\n<dependency>',
        '<version>1.1</version>\n</dependency>\n<dependency>',
      ],
    ],
    [
      'a property, to the highest of its packages',
      { 'pom.xml': property },
      { 'a:b': '1.2', 'a:c': '1.10' },
      'pom.xml',
      ['<v>1</v>', '<v>1.10</v>'],
    ],
    [
      'what is managed here',
      { 'pom.xml': managed },
      { 'a:b': '2' },
      'pom.xml',
      ['<version>1</version>\n</dep', '<version>2</version>\n</dep'],
    ],
    [
      'a parent',
      {
        'pom.xml': pom(
          '<parent>\n<groupId>p</groupId><artifactId>p</artifactId>\n<version>3.0</version>\n</parent>',
          [],
        ),
      },
      { 'p:p': '3.1' },
      'pom.xml',
      ['<version>3.0<', '<version>3.1<'],
    ],
    [
      'a text of a script',
      { 'build.gradle': "dependencies {\n api 'a:b:1'\n}" },
      { 'a:b': '2' },
      'build.gradle',
      ['a:b:1', 'a:b:2'],
    ],
    [
      'a named argument',
      { 'build.gradle': "dependencies {\n api group: 'a', name: 'b', version: '1'\n}" },
      { 'a:b': '2' },
      'build.gradle',
      ["version: '1'", "version: '2'"],
    ],
    [
      'a catalogue',
      { 'build.gradle': 'dependencies { api libs.b }', 'gradle/libs.versions.toml': catalogue },
      { 'a:b': '2' },
      'gradle/libs.versions.toml',
      ['b = "1"', 'b = "2"'],
    ],
  ])('raise %s, and change nothing else', async (_, files, safe, file, [from, to]) => {
    const planned = await planFor(files, safe);
    const before = files[file] ?? '';
    expect(planned.after).toEqual({ [file]: before.replace(from, to) });
    expect(planned.open).toEqual([]);
    expect(planned.steps).toHaveLength(1);
  });

  const outer =
    '<parent><groupId>p</groupId><artifactId>p</artifactId><version>3</version></parent>';
  it.each<readonly [string, Files, Readonly<Record<string, string | null>>, RegExp]>([
    [
      'no version is safe',
      { 'pom.xml': plain },
      { 'a:b': null },
      /EX-1: no known version is free of it/,
    ],
    [
      'the version is managed elsewhere',
      { 'pom.xml': pom(outer, [need('a:b', '')]) },
      {},
      /comes from the parent p:p:3, not in this tree/,
    ],
    [
      'its line shows two',
      { 'pom.xml': pom('', [`${need('a:b', '1')}${need('c:d', '1')}`.replaceAll('\n', '')]) },
      { 'a:b': '2' },
      /set it to 2 by hand/,
    ],
    [
      'only a lock of Gradle names it',
      { 'gradle.lockfile': 'a:b:1=api\n' },
      { 'a:b': '2' },
      /add constraints \{ implementation\("a:b:2"\) \}/,
    ],
  ])('say plainly that nothing is changed where %s', async (_, files, safe, why) => {
    const planned = await planFor(files, safe);
    expect(planned.after).toEqual({});
    expect(planned.open).toContainEqual(expect.stringMatching(why));
    expect([...planned.fixed]).toEqual([]);
  });

  it('manage what only a lock of Maven names, and write the lock again', async () => {
    const node = { groupId: 'x', artifactId: 'y', version: '1', scope: 'compile', included: true };
    const lock = { groupId: 's', artifactId: 's', lockFileVersion: 1, dependencies: [node] };
    for (const [text, place] of [
      [plain, '<dependencyManagement>\n    <dependencies>'],
      [managed.replaceAll('a:b', 'x:z'), '<dependencyManagement><dependencies>'],
    ] as const) {
      const files = { 'web/pom.xml': text, 'web/lockfile.json': JSON.stringify(lock) };
      const planned = await planFor(files, { 'x:y': '2' });
      expect(planned.after['web/pom.xml']).toContain(
        `${place}\n      <dependency>\n        <groupId>x</groupId>\n        <artifactId>y</artifactId>\n        <version>2</version>\n      </dependency>`,
      );
      expect(planned.commands).toEqual([
        'mvn -f web/pom.xml io.github.chains-project:maven-lockfile:generate',
      ]);
      expect([...planned.fixed]).toEqual(['pkg:maven/x/y@1']);
    }
  });

  it('write the lock of Gradle again', async () => {
    const files = {
      ...{ 'build.gradle': "dependencies {\n api 'a:b:1'\n}", 'gradle.lockfile': 'a:b:1=api\n' },
      gradlew: '',
    };
    const planned = await planFor(files, { 'a:b': '2' });
    expect(planned.commands).toEqual(['./gradlew dependencies --write-locks']);
  });
});
