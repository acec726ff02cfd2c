import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYamlTrees, type YamlNode } from '../../../formats/yaml/trees.ts';
import type { DeclarationReader, SourceFiles } from '../declarations.ts';
import { takeBaseName, takeDirectory } from '../extractor.ts';
import { joinFolder } from '../locked/locked-package.ts';
import { type LocatedDependency, type ManifestReading, mergeReadings } from '../manifest.ts';
import { type ChartFile, type ChartRequest, declareChart, readChart } from './chart.ts';
import { type ChartTexts, readChartImages } from './chart-images.ts';

export const helmDeclarations: DeclarationReader = {
  wants: (path) => isChartFile(path) || isVendoredArchive(path),
  recognises: isImageFile,
  read: async (paths, files) =>
    mergeReadings(
      await readCharts(paths, files),
      paths.some((path) => !isVendoredArchive(path)),
    ),
};

function isChartFile(path: string): boolean {
  return /^(?:Chart\.ya?ml|Chart\.lock|requirements\.yaml|requirements\.lock)$/.test(
    takeBaseName(path),
  );
}

function isVendoredArchive(path: string): boolean {
  return /(?:^|\/)charts\/[^/]+\.tgz$/.test(path);
}

/** Values in any folder, and templates that are no YAML: others are manifests as they are. */
export function isImageFile(path: string, text: string): boolean {
  if (!text.includes('mage')) return false;
  if (isValues(path)) return true;
  return /(?:^|\/)templates\//.test(path) && text.includes('{{');
}

function isValues(path: string): boolean {
  return /^values[^/]*\.ya?ml$|[._-]values\.ya?ml$/.test(takeBaseName(path));
}

async function readCharts(
  paths: readonly string[],
  files: SourceFiles,
): Promise<ReadonlyMap<string, ManifestReading>> {
  const charts = new Map<string, ChartFile>();
  const readings = new Map<string, ManifestReading>();
  for (const file of paths.filter(isChartFile)) {
    files.signal?.throwIfAborted();
    const chart = await files.parse(file, LIMITS.dependencyFileBytesMax, readChart);
    if (chart !== null) charts.set(file, chart);
  }
  const archives = new Set(paths.filter(isVendoredArchive));
  for (const [file, chart] of charts)
    if (!file.endsWith('.lock')) readings.set(file, readRequests(file, chart, charts, archives));
  const texts = new Map<string, ChartTexts>();
  for (const file of paths.filter((path) => !isChartFile(path) && !isVendoredArchive(path))) {
    files.signal?.throwIfAborted();
    const read = await files.parse(file, LIMITS.dependencyFileBytesMax, readTexts);
    if (read !== null) texts.set(file, read);
  }
  for (const [file, reading] of readChartImages(texts, charts)) readings.set(file, reading);
  return readings;
}

function readRequests(
  file: string,
  chart: ChartFile,
  charts: ReadonlyMap<string, ChartFile>,
  archives: ReadonlySet<string>,
): ManifestReading {
  const folder = takeDirectory(file);
  const place = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
  const lockName = /^Chart/.test(takeBaseName(file)) ? 'Chart.lock' : 'requirements.lock';
  const surroundings = {
    file,
    lock: charts.get(place(lockName)) ?? null,
    lockName,
    isVendored: (name: string, version: string) =>
      archives.has(place(`charts/${name}-${version}.tgz`)),
  };
  const dependencies = chart.requires
    .map((request) => declareChart(request, surroundings))
    .filter((one): one is LocatedDependency => one !== null);
  // mutant chart-outside-the-tree by outside-the-tree: value -> false
  const isAway = ({ repository }: ChartRequest): boolean =>
    repository?.startsWith('file:') === true &&
    joinFolder(folder, repository.replace(/^file:(?:\/\/)?/, '')) === null;
  const away = chart.requires.filter(isAway);
  return { dependencies, notLookedAt: away.map(({ line }) => ({ kind: 'helm', line })) };
}

/** Values as a tree; the text of a template as it is. */
export function readTexts(file: string, bytes: Uint8Array): Result<ChartTexts> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value.replace(/^\ufeff/, '');
  if (!isValues(file)) return ok({ text, values: null });
  const trees = parseYamlTrees(text, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!trees.ok) return trees;
  const [values = EMPTY] = trees.value;
  return ok({ text, values });
}

const EMPTY: YamlNode = { kind: 'map', entries: new Map(), start: 0, end: 0 };
