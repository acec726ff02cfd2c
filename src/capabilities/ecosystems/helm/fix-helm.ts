import { ok } from '../../../core/result.ts';
import { takeDirectory } from '../extractor.ts';
import type { Fix, FixPlanner, FixQuestion } from '../fix.ts';
import { createPinPlanner, type LocatedDependency } from '../manifest.ts';
import { type ChartFile, readChart } from './chart.ts';
import { type ChartTexts, readChartImages } from './chart-images.ts';
import { isImageFile, readTexts } from './helm-declarations.ts';

/** Digests for images of values and templates; for charts it says how a lock is written. */
export const helmFixes: FixPlanner = {
  listFiles: (dependencies) => {
    const folders = dependencies
      .filter(({ place }) => /(?:^|\/)(?:templates\/|values)/.test(place.file))
      .map(({ place }) => findChartFolder(place.file));
    return [...new Set(folders)].flatMap((folder) =>
      ['Chart.yaml', 'values.yaml'].map((name) => (folder === '' ? name : `${folder}/${name}`)),
    );
  },
  plan: (question) => {
    const fixes = [planImages(question), planCharts(question)];
    return {
      edits: new Map(fixes.flatMap(({ edits }) => [...edits])),
      steps: fixes.flatMap(({ steps }) => steps),
      open: fixes.flatMap(({ open }) => open),
      commands: [],
      fixed: new Set(),
    };
  },
};

function findChartFolder(file: string): string {
  const at = file.lastIndexOf('templates/');
  return at === -1 ? takeDirectory(file) : file.slice(0, Math.max(at - 1, 0));
}

/** The tree is read as `waybill deps` read it, from the files that are at hand. */
function planImages(question: FixQuestion): Fix {
  const charts = new Map<string, ChartFile>();
  const texts = new Map<string, ChartTexts>();
  for (const [file, { bytes, text }] of question.files) {
    if (/(?:^|\/)Chart\.ya?ml$/.test(file)) {
      const chart = readChart(file, bytes);
      if (chart.ok) charts.set(file, chart.value);
    } else if (isImageFile(file, text)) {
      const read = readTexts(file, bytes);
      if (read.ok) texts.set(file, read.value);
    }
  }
  const readings = readChartImages(texts, charts);
  return createPinPlanner({
    wants: (file) => readings.has(file),
    read: (file) => ok(readings.get(file) ?? { dependencies: [], notLookedAt: [] }),
  }).plan(question);
}

function planCharts(question: FixQuestion): Fix {
  const open = question.dependencies
    .filter((one) => one.ecosystem === 'helm' && one.pinned !== 'yes' && question.isAsked(one))
    .map(({ name, why, place }: Pick<LocatedDependency, 'name' | 'why' | 'place'>) => ({
      place: `${place.file}:${place.line}`,
      what:
        `${name}: ${why}; run helm dependency update ${takeDirectory(place.file) || '.'}, and ` +
        'commit the lock',
    }));
  return { edits: new Map(), steps: [], open, commands: [], fixed: new Set() };
}
