import type { Finding } from '../../capabilities/scanning/index.ts';
import { formatCount } from '../../core/count.ts';
import type { Config } from '../config/config.ts';
import { describeCarried, openCarriers, type PackageUse } from './carriers.ts';
import { type Block, paint, showLine } from './report/block.ts';

/** A component with findings, and what is released with it already. */
export interface ExplainedComponent {
  readonly component: string;
  readonly ids: readonly string[];
  /** Null: there is no graph, or the package has no name in it. */
  readonly carried: PackageUse | null;
}

/** Names, for each component with findings, the releases that have it, their owners and places. */
export async function explainFindings(
  config: Config,
  targets: readonly (readonly Finding[])[],
): Promise<readonly (readonly ExplainedComponent[])[]> {
  const carriers = await openCarriers(config);
  try {
    const explained: (readonly ExplainedComponent[])[] = [];
    for (const findings of targets) {
      const components: ExplainedComponent[] = [];
      for (const [component, some] of Map.groupBy(findings, (finding) => finding.component)) {
        const ids = some.map(({ id }) => id);
        components.push({ component, ids, carried: await carriers.find(component, ids) });
      }
      explained.push(components);
    }
    return explained;
  } finally {
    await carriers.close();
  }
}

export function showExplained(components: readonly ExplainedComponent[]): readonly Block[] {
  return components.flatMap(({ component, ids, carried }) => {
    const head = showLine(
      paint('bold', component),
      `: ${formatCount(ids.length, 'finding')} (${ids.slice(0, 5).join(', ')})`,
    );
    if (carried === null) return [head, showLine('  no graph knows this package')];
    const lines = describeCarried(carried);
    if (lines.length === 0) return [head, showLine('  in no recorded release')];
    return [head, ...lines.map((line) => showLine(`  ${line}`))];
  });
}
