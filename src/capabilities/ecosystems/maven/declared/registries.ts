import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import {
  findChild,
  listChildren,
  parseXml,
  takeChildText,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import type { BuildScript } from '../gradle/build-script.ts';
import type { LockedArtifact } from '../lock/java-lock.ts';
import type { EffectivePom } from '../pom/effective-pom.ts';

export type RegistryOrigin = Pick<DeclaredDependency, 'registry' | 'registryFrom'>;

/** A registry that a file of the tree names. */
export interface NamedRegistry {
  readonly registry: string;
  readonly line: number;
}

/** What a settings.xml of the tree says about registries. */
export interface MavenSettings {
  /** The mirror of every repository; null without one. */
  readonly mirror: string | null;
  readonly named: readonly NamedRegistry[];
}

/**
 * settings.xml (maven.apache.org/settings.html): user names and passwords are not read. Null for a
 * file of another program with this name.
 */
export function readMavenSettings(bytes: Uint8Array): Result<MavenSettings | null> {
  const text = decodeUtf8(bytes);
  const root = text.ok ? parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax }) : text;
  if (!root.ok || takeLocalName(root.value) !== 'settings') return ok(null);
  const mirrors = listBelow(root.value, 'mirrors', 'mirror');
  const all = mirrors.find((one) => takeChildText(one, 'mirrorOf') === '*');
  const repositories = listBelow(root.value, 'profiles', 'profile').flatMap((profile) => [
    ...listBelow(profile, 'repositories', 'repository'),
    ...listBelow(profile, 'pluginRepositories', 'pluginRepository'),
  ]);
  return ok({
    mirror: all === undefined ? null : parseRegistry(takeChildText(all, 'url') ?? ''),
    named: [...mirrors, ...repositories].flatMap(readNamed),
  });
}

function readNamed(element: XmlElement): readonly NamedRegistry[] {
  const url = findChild(element, 'url');
  const registry = parseRegistry(url?.text.trim() ?? '');
  return registry === null || url === null || registry.includes('${')
    ? []
    : [{ registry, line: url.line }];
}

function listBelow(element: XmlElement, list: string, item: string): readonly XmlElement[] {
  const found = findChild(element, list);
  return found === null ? [] : listChildren(found, item);
}

const DEFAULT: RegistryOrigin = { registry: null, registryFrom: 'default' };

/**
 * Where Maven would take the packages of a project from: a mirror of everything, or the one
 * repository that stands in for Maven's own. With several, only Maven knows which one has it.
 */
export function findMavenRegistry(
  { repositories }: EffectivePom,
  settings: readonly MavenSettings[],
): RegistryOrigin {
  const mirrors = new Set(settings.flatMap(({ mirror }) => mirror ?? []));
  const [mirror, ...others] = mirrors;
  if (mirror !== undefined)
    return { registry: others.length === 0 ? mirror : null, registryFrom: 'configured' };
  const own = repositories.filter(({ forPlugins }) => !forPlugins);
  if (own.length === 0) return DEFAULT;
  const [first, ...more] = own;
  const isWhole = first?.id === 'central' && more.length === 0;
  return {
    registry: isWhole ? parseRegistry(first.url) : null,
    registryFrom: 'configured',
  };
}

/** The repositories of a script; those of settings.gradle or of Ivy's count for every project. */
export function findGradleRegistry(scripts: readonly BuildScript[]): RegistryOrigin {
  const named = scripts.flatMap(({ repositories }) => repositories);
  const own = new Set(named.filter(({ isAddress }) => isAddress).map(({ value }) => value));
  if (own.size === 0) return DEFAULT;
  const [only = ''] = own;
  const isOnly = own.size === 1 && named.every(({ isAddress }) => isAddress);
  return { registry: isOnly ? parseRegistry(only) : null, registryFrom: 'configured' };
}

/** The repository in the address of an archive: the part before the path of its group. */
export function findLockedRegistry({
  address,
  group,
  artifact,
  version,
}: LockedArtifact): string | null {
  const place = address === null ? null : parseRegistry(address);
  if (place === null) return null;
  const path = `/${group.replaceAll('.', '/')}/${artifact}/${version}/`;
  const at = place.lastIndexOf(path);
  return at === -1 ? null : place.slice(0, at);
}
