import { formatCount } from '../../../core/count.ts';
import { copyGraph } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphCopyCall } from '../options/graph.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Copies log and graph; that the copy is equal is proven by both canonical exports. */
export async function run(call: GraphCopyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { to, root, ...copied } = await copyGraph(config, call.options.to, call.io.cwd, {
    signal: call.signal,
    progress: startProgress(call.io, 'documents copied'),
  });
  clearProgress(call.io);
  const { from, documents, facts, export: digest } = copied;
  const head = { size: documents, root: Buffer.from(root).toString('hex') };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('graph-copy', () => ({
      ...{ from, to, copied: copied.copied, head, facts, export: digest },
    })),
    blocks: () => [
      showLine(
        `${formatCount(copied.copied, 'document')} copied to ${to}; ` +
          `${formatCount(documents, 'document')} there, root ${head.root}`,
      ),
      showLine(`both graphs have the same ${formatCount(facts, 'fact')} (${digest})`),
    ],
  };
}
