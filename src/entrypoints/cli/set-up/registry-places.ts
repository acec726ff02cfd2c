import { parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { LocatedValue, RepositorySurvey, UnknownItem } from './survey-result.ts';

/**
 * The registries that a policy may allow: each with the line that names it, and the lines that name
 * none.
 */
export interface RegistryPlaces {
  /** Where images that run come from. */
  readonly images: readonly LocatedValue[];
  /** Where the inputs of a build come from: base images and packages. */
  readonly components: readonly LocatedValue[];
  readonly unknown: readonly UnknownItem[];
}

export function listRegistryPlaces(finds: RepositorySurvey): RegistryPlaces {
  const unknown: UnknownItem[] = [];
  const read = (
    what: UnknownItem['what'],
    all: readonly LocatedValue[],
    place: (text: string) => string | null,
  ): readonly LocatedValue[] =>
    all.flatMap(({ value, place: where }) => {
      const known = place(value);
      if (known === null) unknown.push({ what, why: explainUnread(value, where) });
      return known === null ? [] : [{ value: known, place: where }];
    });
  const by = (use: 'base' | 'runs') => finds.images.filter((image) => image.use === use);
  const images = [
    ...read('registry', finds.registries, parseRegistryPlace),
    ...read('registry', by('runs'), parseNamedPlace),
  ];
  const components = [
    ...read('component registry', finds.componentRegistries, parseRegistryPlace),
    ...read('component registry', by('base'), parseImagePlace),
  ];
  return {
    images: removeDuplicates(images),
    components: removeDuplicates(components),
    unknown: unknown.slice(0, LIMITS.surveyFindsMax),
  };
}

/**
 * The folder of repositories of an image: `registry.example.com/shop` for
 * `registry.example.com/shop/trips:1.4`.
 */
export function parseImagePlace(text: string): string | null {
  const reference = parseImageReference(dropOpenTag(text));
  if (!reference.ok) return null;
  const { registry, repository } = reference.value;
  const folder = repository.slice(0, Math.max(repository.lastIndexOf('/'), 0));
  return parseRegistryPlace(folder === '' ? registry : `${registry}/${folder}`);
}

/**
 * The same for a value of a YAML file, where any word may stand behind `image`: without a host of
 * its own it names no registry, since `picture.png` would be an image of Docker Hub.
 */
function parseNamedPlace(text: string): string | null {
  const host = text.slice(0, Math.max(text.indexOf('/'), 0));
  // mutant picture-as-a-registry by set-up/documents: condition -> false
  if (!/[.:]/.test(host) && host !== 'localhost') return null;
  return parseImagePlace(text);
}

/**
 * Removes a tag or digest that is set elsewhere (`…/trips:${{ github.sha }}`): the place is known
 * without it.
 */
function dropOpenTag(text: string): string {
  if (text.length > 450) return text;
  return /^([^\s$`{%<]+\/[^\s$`{%<:@/]+)[:@](?:[^\s/$`{%<]{0,128})[$`{%<]/.exec(text)?.[1] ?? text;
}

/** A registry or a path in one, as a policy reads it; a single word is not a host. */
export function parseRegistryPlace(text: string): string | null {
  const slash = text.indexOf('/');
  const host = (slash === -1 ? text : text.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? '' : text.slice(slash);
  if (text.length > 450 || (host !== 'localhost' && !/[.:]/.test(host))) return null;
  const probe = parseImageReference(`${host}${path}/any`);
  if (!probe.ok || probe.value.digest !== null || probe.value.tag !== 'latest') return null;
  const { registry, repository } = probe.value;
  return path === '' ? registry : `${registry}/${repository.replace(/\/any$/, '')}`;
}

function explainUnread(value: string, place: string): string {
  const shown = JSON.stringify(value.slice(0, 100));
  if (/[${]/.test(value)) return `${place} names ${shown}, whose value is set elsewhere`;
  return `${place} names ${shown}, which names no registry`;
}

function removeDuplicates(finds: readonly LocatedValue[]): readonly LocatedValue[] {
  const first = new Map<string, LocatedValue>();
  for (const find of finds) if (!first.has(find.value)) first.set(find.value, find);
  return [...first.values()]
    .sort((a, b) => (a.value < b.value ? -1 : 1))
    .slice(0, LIMITS.surveyFindsMax);
}
