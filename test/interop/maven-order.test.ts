import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mavenScheme } from '../../src/capabilities/ecosystems/maven/version-order.ts';

const VERSION = '3.9.16';
const MAIN = 'org.apache.maven.artifact.versioning.ComparableVersion';
const jar = fetchArtifact();

/** maven-artifact, as Maven itself fetches it; null where Java or the artifact cannot be had. */
function fetchArtifact(): string | null {
  const folder = resolve(import.meta.dirname, '../../.cache/peers');
  const file = join(folder, `maven-artifact-${VERSION}.jar`);
  const skip = (why: string): null => {
    console.warn(`skipped: the order of Maven's versions is not compared with Maven: ${why}`);
    return null;
  };
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
  } catch {
    return skip('there is no java');
  }
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const artifact = `-Dartifact=org.apache.maven:maven-artifact:${VERSION}`;
  try {
    const goal = ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${folder}`];
    execFileSync('mvn', goal, { cwd: folder, stdio: 'ignore', timeout: 120_000 });
  } catch {
    return skip('mvn cannot fetch maven-artifact');
  }
  return existsSync(file) ? file : skip('mvn fetched no maven-artifact');
}

/** How Maven orders each version and the next one. */
function askMaven(versions: readonly string[]): readonly string[] {
  const said = execFileSync('java', ['-cp', jar ?? '', MAIN, ...versions], { encoding: 'utf8' });
  return said.split('\n').flatMap((line) => /^ {3}\S+ (==|<|>) \S+$/.exec(line)?.[1] ?? []);
}

function toSign(order: number | null): string {
  if (order === null) return 'no version';
  return order === 0 ? '==' : order < 0 ? '<' : '>';
}

const numbers = fc.constantFrom('1', '1.0', '1.0.0', '1.2', '2.0.1', '9.0.0', '10.1');
const qualifier = fc.constantFrom(
  ...[
    '',
    '.Final',
    '-Final',
    '.GA',
    '.Beta1',
    '-beta1',
    '.beta-1',
    '-Beta',
    '.RC1',
    '-RC2',
    '.CR1',
  ],
  ...['-M1', '.M3', '-M11', '.x', '-x', '-SNAPSHOT', '.SNAPSHOT', '-redhat-00001', '.redhat-1'],
  ...['.Final-redhat-00001', '-jre', '-android', '.jre8', '-1', '.1', '-alpha', '.alpha2', '.sp1'],
  ...['-sp', '-20230101', '.RELEASE', '-a1', '.b2', '.m1', '-ga-1', '.0-1', '-0', '.final.1'],
  ...['.x.1', '-constructor', '-jbossorg-1', '-1.x', 'rc', 'sp', '.v20230101', '_1', '.sec10'],
);
const version = fc.tuple(numbers, qualifier, qualifier).map((parts) => parts.join(''));

describe.skipIf(jar === null)('truth A7: the order of Maven versions is that of Maven', () => {
  it('for 40,000 pairs of realistic versions', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const versions = fc.sample(version, { numRuns: 2_001, seed });
      const ours = versions
        .slice(1)
        .map(
          (one, at) =>
            `${versions[at]} ${toSign(mavenScheme.compare(versions[at] ?? '', one))} ${one}`,
        );
      const theirs = askMaven(versions).map(
        (sign, at) => `${versions[at]} ${sign} ${versions[at + 1]}`,
      );
      expect(ours.filter((line, at) => line !== theirs[at])).toEqual([]);
      expect(theirs).toHaveLength(2_000);
    }
  });

  it('also where older vectors say otherwise', () => {
    const pairs = [
      ['1-1', '1-ga-1'],
      ['2.9.0-1', '2.9.0.RC1'],
      ['6.1.12.rc5', '6.1.12rc1'],
      ['1.2.8.sec10_noneautotype', '1.2.8_noneautotype'],
      ['1.5.9.RC1', '1.5.9-RC0'],
    ];
    for (const [one = '', other = ''] of pairs)
      expect([one, other, toSign(mavenScheme.compare(one, other))]).toEqual([
        one,
        other,
        ...askMaven([one, other]),
      ]);
  });
});
