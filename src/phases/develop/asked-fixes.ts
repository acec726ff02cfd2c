import type { DeclaredDependency, Fix, Remedy } from '../../capabilities/ecosystems/index.ts';
import type { Finding } from '../../capabilities/scanning/index.ts';
import { Failure } from '../../core/failure.ts';
import { namesPackage } from '../../core/package-purl.ts';
import type { SourceAnalysis } from '../../gates/source/index.ts';

/** What the user asked to fix: a finding or a package by its name; everything for null. */
export class AskedFixes {
  readonly #only: string | null;

  /** Throws a USAGE failure for an empty name, which is nothing's name. */
  constructor(only: string | null) {
    if (only?.trim() === '')
      throw new Failure(
        'USAGE',
        '--only names nothing',
        'Name a finding, such as CVE-2021-44906, or a package; without --only everything is fixed.',
      );
    this.#only = only;
  }

  /** A finding by its id, an alias, the name of its package or its package URL. */
  hasFinding({ id, aliases, name, version, component }: Finding): boolean {
    const only = this.#only;
    if (only === null) return true;
    const wanted = only.toLowerCase();
    return (
      [id, ...aliases].some((one) => one.toLowerCase() === wanted) ||
      namesPackage(only, { name, version, purl: component })
    );
  }

  /** A package by its name, or by what is wrong with it. */
  hasDependency(dependency: DeclaredDependency, remedy: Remedy | null): boolean {
    // mutant fix-only-one-thing by source: condition -> true
    if (this.#only === null) return true;
    return remedy !== null || namesPackage(this.#only, dependency);
  }

  /** Why nothing is shown for what was asked; null where something has that name. */
  explainMissing({ report, declared }: SourceAnalysis): string | null {
    const only = this.#only;
    if (only === null) return null;
    const isHere =
      report.findings.some((one) => this.hasFinding(one)) ||
      declared.dependencies.some((one) => namesPackage(only, one));
    return isHere ? null : `no finding and no dependency is called ${only}`;
  }
}

/** The findings of a tree as it is, and as it is after the changes and the commands of a plan. */
export interface FindingChange {
  readonly before: readonly Finding[];
  readonly after: readonly Finding[];
}

/** Findings that may hold; those that VEX excludes are none. */
export function compareFindings(
  { report }: SourceAnalysis,
  fixes: readonly Pick<Fix, 'fixed'>[],
): FindingChange {
  const before = report.findings.filter(({ status }) => status !== 'not_affected');
  const fixed = new Set(fixes.flatMap((fix) => [...fix.fixed]));
  // mutant fix-after-is-before by source: value -> before
  const after = before.filter(({ component }) => !fixed.has(component));
  return { before, after };
}
