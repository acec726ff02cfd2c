import { formatCount } from '../../../core/count.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { type Extractor, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { readChart } from './chart.ts';
import { helmFixes } from './fix-helm.ts';
import { helmDeclarations } from './helm-declarations.ts';

/** What a chart requires is declared; it has no content before it is fetched. */
const chartFile: Extractor = {
  name: 'helm-chart',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ names: ['Chart.yaml', 'Chart.yml'] }),
  extract: ({ path, bytes }) => {
    const { requires } = orThrow(readChart(path, bytes));
    if (requires.length === 0) return NOTHING;
    const named = formatCount(requires.length, 'chart');
    const what = `${path}: it requires ${named}, of which the content is in an inventory of its own`;
    return { ...NOTHING, notes: [what] };
  },
};

/** Charts that a chart requires, and the images of its values and templates. */
export const helm: Ecosystem = {
  name: 'helm',
  purlTypes: ['helm'],
  extractors: [chartFile],
  declarations: helmDeclarations,
  fixes: helmFixes,
};
