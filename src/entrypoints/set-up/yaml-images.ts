import { isMap, isScalar, LineCounter, type Pair, parseAllDocuments, visit, type YAMLMap } from 'yaml';
import type { ImageFind } from './finds.ts';

/** Null where the text is no YAML that can be read: a template, for one. */
export function yamlImages(path: string, text: string): readonly ImageFind[] | null {
  const lines = new LineCounter();
  const images: ImageFind[] = [];
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' });
    for (const document of Array.isArray(documents) ? documents : []) {
      if (document.errors.length > 0) return null;
      visit(document, {
        // An alias is looked at where its anchor stands, once: nothing is expanded.
        Pair: (_, pair) => {
          const found = keyOf(pair) === 'image' ? imageIn(pair) : null;
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

interface Placed {
  readonly value: string;
  readonly offset: number;
}

/** `image: registry.example.com/shop/trips`, or Helm's `image: { registry, repository }`. */
function imageIn(pair: Pair): Placed | null {
  const { value } = pair;
  if (isScalar(value)) return typeof value.value === 'string' ? placed(value.value, value) : null;
  if (!isMap(value)) return null;
  const [registry, repository] = [textAt(value, 'registry'), textAt(value, 'repository')];
  if (repository === null) return null;
  const isWhole = registry === null || registry.value === '' || repository.value.startsWith(`${registry.value}/`);
  return isWhole ? repository : { ...repository, value: `${registry.value}/${repository.value}` };
}

function textAt(map: YAMLMap, key: string): Placed | null {
  const pair = map.items.find((one) => keyOf(one) === key);
  return isScalar(pair?.value) && typeof pair.value.value === 'string' ? placed(pair.value.value, pair.value) : null;
}

function placed(value: string, { range }: { readonly range?: readonly number[] | null | undefined }): Placed {
  return { value, offset: range?.[0] ?? 0 };
}

function keyOf({ key }: Pair): string | null {
  return isScalar(key) && typeof key.value === 'string' ? key.value : null;
}
