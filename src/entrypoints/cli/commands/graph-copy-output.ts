import { formatCount } from '../../../core/count.ts';
import type { Digest } from '../../../core/digest.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

interface MovedGraph {
  readonly from: string;
  readonly to: string;
  readonly copied: number;
  readonly documents: number;
  readonly root: Uint8Array;
  readonly facts: number;
  readonly export: Digest;
}

/** What was copied, and that both graphs are the same. */
export function reportCopy(
  name: 'graph-copy' | 'graph-backup' | 'graph-restore',
  { from, to, copied, documents, root, facts, export: digest }: MovedGraph,
): Report {
  const head = { size: documents, root: Buffer.from(root).toString('hex') };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue(name, () => ({ from, to, copied, head, facts, export: digest })),
    blocks: () => [
      showLine(
        `${formatCount(copied, 'document')} copied to ${to}; ` +
          `${formatCount(documents, 'document')} there, root ${head.root}`,
      ),
      showLine(`both graphs have the same ${formatCount(facts, 'fact')} (${digest})`),
    ],
  };
}
