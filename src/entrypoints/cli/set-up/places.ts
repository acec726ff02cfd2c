import { parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Find, RepositoryFinds, Unknown } from './finds.ts';

/** What a policy may allow, as found: each place of a registry with the line that names it, and what names none. */
export interface Places {
  /** Where images that run come from. */
  readonly images: readonly Find[];
  /** Where what is built upon comes from: base images and packages. */
  readonly components: readonly Find[];
  readonly unknown: readonly Unknown[];
}

export function placesOf(finds: RepositoryFinds): Places {
  const unknown: Unknown[] = [];
  const read = (what: Unknown['what'], all: readonly Find[], place: (text: string) => string | null): readonly Find[] =>
    all.flatMap(({ value, place: where }) => {
      const known = place(value);
      if (known === null) unknown.push({ what, why: whyNot(value, where) });
      return known === null ? [] : [{ value: known, place: where }];
    });
  const by = (use: 'base' | 'runs') => finds.images.filter((image) => image.use === use);
  const images = [
    ...read('registry', finds.registries, placeOfRegistry),
    ...read('registry', by('runs'), placeOfImage),
  ];
  const components = [
    ...read('component registry', finds.componentRegistries, placeOfRegistry),
    ...read('component registry', by('base'), placeOfImage),
  ];
  return { images: once(images), components: once(components), unknown: unknown.slice(0, LIMITS.surveyFindsMax) };
}

/** The folder of repositories that an image lies in: `registry.example.com/shop` of `registry.example.com/shop/trips:1.4`. */
export function placeOfImage(text: string): string | null {
  const reference = parseImageReference(withoutOpenTag(text));
  if (!reference.ok) return null;
  const { registry, repository } = reference.value;
  const folder = repository.slice(0, Math.max(repository.lastIndexOf('/'), 0));
  return placeOfRegistry(folder === '' ? registry : `${registry}/${folder}`);
}

/** A tag or digest that is set elsewhere (`…/trips:${{ github.sha }}`) says nothing about the place, which is written out. */
function withoutOpenTag(text: string): string {
  if (text.length > 450) return text;
  return /^([^\s$`{%<]+\/[^\s$`{%<:@/]+)[:@](?:[^\s/$`{%<]{0,128})[$`{%<]/.exec(text)?.[1] ?? text;
}

/** A registry or a path of one, as a policy reads it; a bare word is no host. */
export function placeOfRegistry(text: string): string | null {
  const slash = text.indexOf('/');
  const host = (slash === -1 ? text : text.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? '' : text.slice(slash);
  if (text.length > 450 || (host !== 'localhost' && !/[.:]/.test(host))) return null;
  const probe = parseImageReference(`${host}${path}/any`);
  if (!probe.ok || probe.value.digest !== null || probe.value.tag !== 'latest') return null;
  const { registry, repository } = probe.value;
  return path === '' ? registry : `${registry}/${repository.replace(/\/any$/, '')}`;
}

function whyNot(value: string, place: string): string {
  const shown = JSON.stringify(value.slice(0, 100));
  if (/[${]/.test(value)) return `${place} names ${shown}, which is set elsewhere`;
  return `${place} names ${shown}, which is no registry or image that can be read`;
}

function once(finds: readonly Find[]): readonly Find[] {
  const first = new Map<string, Find>();
  for (const find of finds) if (!first.has(find.value)) first.set(find.value, find);
  return [...first.values()].sort((a, b) => (a.value < b.value ? -1 : 1)).slice(0, LIMITS.surveyFindsMax);
}
