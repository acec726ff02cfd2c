import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseAllDocuments,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import type { LocatedImage } from './survey-result.ts';

/** Null if the text is not valid YAML, such as a template. */
export function findYamlImages(path: string, text: string): readonly LocatedImage[] | null {
  const lines = new LineCounter();
  const images: LocatedImage[] = [];
  try {
    const documents = parseAllDocuments(text, {
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'silent',
      uniqueKeys: false,
    });
    for (const document of Array.isArray(documents) ? documents : []) {
      if (document.errors.length > 0) return null;
      visit(document, {
        // An alias is read once, at its anchor: nothing is expanded.
        Pair: (_, pair) => {
          const found = readKey(pair) === 'image' ? readImage(pair) : null;
          if (found === null) return undefined;
          const { line } = lines.linePos(found.offset);
          images.push({ use: 'runs', value: found.value, place: `${path}:${line}` });
          return visit.SKIP;
        },
      });
    }
    return images;
  } catch {
    return null; // nested beyond what the parser can follow
  }
}

/**
 * The replacements of image names in a kustomization. The replaced names in its resources do not
 * run.
 */
export interface Renames {
  readonly names: readonly string[];
  readonly images: readonly LocatedImage[];
}

const NO_RENAMES: Renames = { names: [], images: [] };

/**
 * `images: [{ name: trips, newName: registry.example.com/shop/trips }]` of kustomize; an entry with
 * only a new tag does not change the place.
 */
export function findKustomizeImages(path: string, text: string): Renames {
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'silent',
      uniqueKeys: false,
    });
    const list = isMap(document.contents)
      ? document.contents.items.find((one) => readKey(one) === 'images')?.value
      : null;
    if (document.errors.length > 0 || !isSeq(list)) return NO_RENAMES;
    const renames = list.items.flatMap((item) => {
      const [name, to] = isMap(item)
        ? [readText(item, 'name'), readText(item, 'newName')]
        : [null, null];
      return name === null || to === null ? [] : [{ name: name.value, to }];
    });
    return {
      names: renames.map(({ name }) => name),
      images: renames.map(({ to: { value, offset } }) => ({
        use: 'runs',
        value,
        place: `${path}:${lines.linePos(offset).line}`,
      })),
    };
  } catch {
    return NO_RENAMES; // nested beyond what the parser can follow
  }
}

interface LocatedText {
  readonly value: string;
  readonly offset: number;
}

/** `image: registry.example.com/shop/trips`, or Helm's `image: { registry, repository }`. */
function readImage(pair: Pair): LocatedText | null {
  const { value } = pair;
  if (isScalar(value))
    return typeof value.value === 'string' ? locateText(value.value, value) : null;
  if (!isMap(value)) return null;
  const [registry, repository] = [readText(value, 'registry'), readText(value, 'repository')];
  if (repository === null) return null;
  const isWhole =
    registry === null || registry.value === '' || repository.value.startsWith(`${registry.value}/`);
  return isWhole ? repository : { ...repository, value: `${registry.value}/${repository.value}` };
}

function readText(map: YAMLMap, key: string): LocatedText | null {
  const pair = map.items.find((one) => readKey(one) === key);
  return isScalar(pair?.value) && typeof pair.value.value === 'string'
    ? locateText(pair.value.value, pair.value)
    : null;
}

function locateText(
  value: string,
  { range }: { readonly range?: readonly number[] | null | undefined },
): LocatedText {
  return { value, offset: range?.[0] ?? 0 };
}

function readKey({ key }: Pair): string | null {
  return isScalar(key) && typeof key.value === 'string' ? key.value : null;
}
