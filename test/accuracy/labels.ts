import { findScheme } from '../../src/capabilities/advisories/address.ts';
import { type AdvisoryCollection, judge } from './advisory-collection.ts';
import type { Score } from './score.ts';

/** A match in a real image that somebody called right, wrong or unclear. */
export interface Label {
  readonly image: string;
  readonly pkg?: string | null;
  readonly version?: string | null;
  readonly vuln: string;
  readonly label: 'TP' | 'FP' | '??';
}

/** Packages of a distribution are those of images of that distribution alone. */
const IMAGES: Readonly<Record<string, RegExp>> = { AlmaLinux: /(?:^|\/)almalinux@/ };
const DISTRIBUTIONS =
  /^(?:AlmaLinux|Debian|Ubuntu|Alpine|Rocky Linux|openSUSE|SUSE|Red Hat)(?::|$)/;

/** Of labels whose advisory our data has. A match with a wrong label is extra. */
export function measureLabels(
  labels: readonly Label[],
  collection: AdvisoryCollection,
): readonly Score[] {
  const scores = new Map<string, { found: number; missed: string[]; extra: string[] }>();
  const counts = new Map<string, number>();
  for (const label of labels) {
    if (label.label === '??') continue;
    for (const [ecosystem, isAffected] of judgeLabel(label, collection)) {
      const score = scores.get(ecosystem) ?? { found: 0, missed: [], extra: [] };
      scores.set(ecosystem, score);
      counts.set(ecosystem, (counts.get(ecosystem) ?? 0) + 1);
      const line = `${label.pkg} ${label.version} ${label.vuln} (${label.image.slice(0, 40)})`;
      if (label.label === 'TP' && isAffected) score.found++;
      if (label.label === 'TP' && !isAffected) score.missed.push(line);
      if (label.label === 'FP' && isAffected) score.extra.push(line);
    }
  }
  return [...scores].sort().map(([ecosystem, score]) => ({
    ecosystem,
    asked: counts.get(ecosystem) ?? 0,
    isMatched: true,
    ...score,
  }));
}

/** By ecosystem, whether the version is affected; empty where no advisory is about the package. */
function judgeLabel(
  { image, pkg, version, vuln }: Label,
  collection: AdvisoryCollection,
): ReadonlyMap<string, boolean> {
  const verdicts = new Map<string, boolean>();
  if (typeof pkg !== 'string' || typeof version !== 'string') return verdicts;
  for (const advisory of collection.findNamed(vuln))
    for (const { ecosystem, name } of advisory.affected) {
      const family = ecosystem.split(':')[0] ?? '';
      if (!isNamed(pkg, name) || findScheme(ecosystem) === null) continue;
      if (DISTRIBUTIONS.test(ecosystem) && IMAGES[family]?.test(image) !== true) continue;
      if (family === 'AlmaLinux' && !ecosystem.endsWith(':8')) continue;
      const isAffected = judge(advisory, { ecosystem, name }, version) === 'affected';
      verdicts.set(family, isAffected || verdicts.get(family) === true);
    }
  return verdicts;
}

/** Labels name a Maven artifact without its group, and spell names of Python in any way. */
function isNamed(pkg: string, name: string): boolean {
  const fold = (text: string): string => text.toLowerCase().replaceAll(/[-_.]+/g, '-');
  return fold(pkg) === fold(name) || name.endsWith(`:${pkg}`);
}
