import { createLineCounter } from '../../../formats/json/places.ts';
import type { YamlNode } from '../../../formats/yaml/trees.ts';
import { findTemplate } from '../collected-manifest.ts';
import { takeDirectory } from '../extractor.ts';
import { declareImage } from '../image-dependency.ts';
import {
  findSpan,
  type LocatedDependency,
  type ManifestReading,
  type TextSpan,
} from '../manifest.ts';
import type { ChartFile } from './chart.ts';
import { listTemplateImages, type TemplateImage } from './template.ts';
import { listValuesImages, type ValuesImage } from './values.ts';

export interface ChartTexts {
  readonly text: string;
  /** Null for a template. */
  readonly values: YamlNode | null;
}

interface ValuesFile {
  readonly file: string;
  readonly text: string;
  readonly root: YamlNode;
}

/** The images of values and templates; one that a template makes of values is at the values. */
export function readChartImages(
  texts: ReadonlyMap<string, ChartTexts>,
  charts: ReadonlyMap<string, ChartFile>,
): ReadonlyMap<string, ManifestReading> {
  const found = new Map<string, LocatedDependency[]>();
  const add = (file: string, dependency: LocatedDependency): void => {
    const all = found.get(file) ?? [];
    found.set(file, all);
    const isKnown = all.some(
      ({ place, name }) => place.line === dependency.place.line && name === dependency.name,
    );
    if (!isKnown) all.push(dependency);
  };
  /** Values that templates are known to use. */
  const used = new Set<YamlNode>();
  for (const [file, { text, values }] of texts) {
    if (values !== null) continue;
    const chart = findChart(file, charts);
    const own = chart === null ? null : findValues(chart.folder, texts);
    const context = { values: own?.root ?? null, chart: listChartValues(chart?.chart ?? null) };
    for (const image of listTemplateImages(text, context)) {
      const located = locateTemplateImage(file, text, image, own);
      if (located === null) continue;
      add(located.place.file, located);
      if (image.text !== null) for (const node of image.uses) used.add(node);
    }
  }
  for (const [file, { text, values }] of texts) {
    if (values === null) continue;
    const toLine = createLineCounter(text);
    for (const image of listValuesImages(values))
      if (!isUsed(image, used))
        add(file, declareValues(file, text, image, toLine(image.node.start)));
  }
  return new Map(
    [...found].map(([file, dependencies]) => [file, { dependencies, notLookedAt: [] }]),
  );
}

/** A text that a template prints was declared with it; a map that it hands on was not. */
function isUsed({ node }: ValuesImage, used: ReadonlySet<YamlNode>): boolean {
  return used.has(node);
}

function declareValues(
  file: string,
  text: string,
  image: ValuesImage,
  line: number,
): LocatedDependency {
  return {
    ...declareImage({
      text: image.text,
      place: { file, line },
      kind: 'image',
      open: image.lacksTag ? 'a template decides its tag' : null,
    }),
    span: image.owner === image.node ? findSpan(text, image.node, image.text) : null,
    ...(image.owner === image.node ? {} : { remedy: 'write its digest beside its repository' }),
  };
}

/** Null for one that is an image of the values as a whole: it is declared there. */
function locateTemplateImage(
  file: string,
  text: string,
  image: TemplateImage,
  values: ValuesFile | null,
): LocatedDependency | null {
  const [first] = image.uses;
  // A digest without a value is behind a condition that is then false.
  if (image.text === '' || /@(?:sha256:)?$/.test(image.text ?? '')) return null;
  if (image.text === null) {
    const known = values === null ? [] : listValuesImages(values.root);
    if (first !== undefined && image.uses.some((node) => known.some(({ owner }) => owner === node)))
      return null;
    const open = 'a template makes its name, which is not known here';
    const place = { file, line: image.line };
    return { ...declareImage({ text: image.written, place, kind: 'image', open }), span: null };
  }
  if (first === undefined || values === null) {
    const place = { file, line: image.line };
    const isThere = text.startsWith(image.written, image.start) && image.written === image.text;
    return {
      ...declareImage({ text: image.text, place, kind: 'image', open: findTemplate(image.text) }),
      span: isThere ? { start: image.start, text: image.written } : null,
    };
  }
  const line = createLineCounter(values.text)(first.start);
  return {
    ...declareImage({
      text: image.text,
      place: { file: values.file, line },
      kind: 'image',
      notes: [`as ${file}:${image.line} makes it`],
    }),
    span: findLastSpan(values, image),
  };
}

/** The value at the end of the name, behind which a digest may be written. */
function findLastSpan({ text }: ValuesFile, image: TemplateImage): TextSpan | null {
  const last = image.uses.at(-1);
  if (last?.kind !== 'scalar' || last.value === null) return null;
  const value = String(last.value);
  return image.text?.endsWith(value) === true ? findSpan(text, last, value) : null;
}

function findChart(
  file: string,
  charts: ReadonlyMap<string, ChartFile>,
): { readonly folder: string; readonly chart: ChartFile } | null {
  const folder = file.slice(0, Math.max(file.lastIndexOf('templates/') - 1, 0));
  for (const name of ['Chart.yaml', 'Chart.yml']) {
    const chart = charts.get(folder === '' ? name : `${folder}/${name}`);
    if (chart !== undefined) return { folder, chart };
  }
  return null;
}

function findValues(folder: string, texts: ReadonlyMap<string, ChartTexts>): ValuesFile | null {
  for (const [file, { text, values }] of texts)
    if (values !== null && takeDirectory(file) === folder && /(?:^|\/)values\.ya?ml$/.test(file))
      return { file, text, root: values };
  return null;
}

function listChartValues(chart: ChartFile | null): ReadonlyMap<string, string> {
  const { appVersion = null, version = null, name = null } = chart ?? {};
  const known = [
    ['AppVersion', appVersion],
    ['Version', version],
    ['Name', name],
  ] as const;
  return new Map(known.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
}
