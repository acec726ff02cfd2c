import type { Finding } from '../../capabilities/scanning/index.ts';
import { formatCount } from '../../core/count.ts';
import { formatPackage } from './format-package.ts';
import {
  compareRisk,
  countBySeverity,
  describeFix,
  explainStatus,
  formatDoubt,
  formatLevel,
  groupDoubts,
  listExploitation,
  namePath,
} from './report/finding-text.ts';
import type { TargetFindings } from './report/report.ts';
import { createNode, type TreeNode } from './tree.ts';

/** A package on the way to findings: what it requires, and what was found in it. */
interface Branch {
  readonly next: Map<string, Branch>;
  readonly found: Finding[];
}

/**
 * Which requirement of a target brought each finding in: the direct ones first, each with the way
 * to what is vulnerable. A component to which no way is known stands below where it was found.
 */
export function toTree(one: TargetFindings): TreeNode {
  const { target, report, findPath } = one;
  const root = createBranch();
  const elsewhere: Finding[] = [];
  for (const finding of report.findings.toSorted(compareRisk)) {
    const path = findPath(finding.component);
    if (path === null) elsewhere.push(finding);
    else plant(root, namePath(path)).found.push(finding);
  }
  const components = formatCount(report.componentCount, 'component');
  return createNode(
    `${target} (${components}, ${countBySeverity(report.findings)})`,
    ...growBranches(root, one),
    ...[...Map.groupBy(elsewhere, namePlace)].map(([place, found]) =>
      createNode(place, ...growPackages(found, one)),
    ),
    ...groupDoubts(one).map((doubt) => `${doubt.kind}: ${formatDoubt(doubt)}`),
  );
}

function createBranch(): Branch {
  return { next: new Map(), found: [] };
}

function plant(root: Branch, path: readonly string[]): Branch {
  let at = root;
  for (const name of path) {
    const next = at.next.get(name) ?? createBranch();
    at.next.set(name, next);
    at = next;
  }
  return at;
}

function growBranches({ next }: Branch, one: TargetFindings): readonly TreeNode[] {
  return [...next].map(([name, branch]) =>
    createNode(
      name,
      ...branch.found.map((each) => formatFound(each, one)),
      ...growBranches(branch, one),
    ),
  );
}

function growPackages(found: readonly Finding[], one: TargetFindings): readonly TreeNode[] {
  return [...Map.groupBy(found, ({ component }) => component)].map(([purl, same]) =>
    createNode(formatPackage(purl), ...same.map((each) => formatFound(each, one))),
  );
}

function namePlace({ locations }: Finding): string {
  return locations[0] ?? 'of no known place';
}

function formatFound(finding: Finding, one: TargetFindings): string {
  const { id, title } = finding;
  const facts = [
    ...[formatLevel(finding), id, explainStatus(finding, one)],
    ...[...listExploitation(finding), describeFix(finding)],
  ];
  return [...facts, ...(title === null ? [] : [title])].join(', ');
}
