import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import {
  findChild,
  listChildren,
  parseXml,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';
import { wantFiles } from '../../wanted-files.ts';
import type { BuildScript, ScriptDependency, ScriptRepository } from '../gradle/build-script.ts';
import { isExact } from '../gradle/catalogue.ts';
import { isCoordinate } from '../lock/java-lock.ts';

/** `ivy.xml`, `ivy-1.2.xml` and `ivysettings.xml`. */
export const isIvyFile = wantFiles({
  endings: ['.xml'],
  where: /(?:^|\/)ivy(?:-[^/]{1,200}|settings[^/]{0,100})?\.xml$/,
});

/** It says where modules are taken from, and requires none. */
export function isIvySettings(path: string): boolean {
  return /(?:^|\/)ivysettings[^/]{0,100}\.xml$/.test(path);
}

/**
 * What a module file of Ivy requires (ant.apache.org/ivy, "ivy files"), or which resolvers its
 * settings name. Ivy has no lock: what the named modules need in turn is in no file of a tree,
 * except where each of them is taken without it (`transitive="false"`).
 */
export function readIvyFile(path: string, bytes: Uint8Array): Result<BuildScript> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return root;
  const none = { path, uses: [], configuresOthers: false, outside: null };
  if (takeLocalName(root.value) !== 'ivy-module')
    return ok({
      ...none,
      dependencies: [],
      requires: false,
      repositories: listResolvers(root.value),
    });
  const info = findChild(root.value, 'info');
  const extended = info === null ? null : findChild(info, 'extends');
  const owner = info?.attributes.get('organisation') ?? '';
  const list = findChild(root.value, 'dependencies');
  const elements = list === null ? [] : listChildren(list, 'dependency');
  const dependencies = elements.flatMap((one) => readDependency(one, owner));
  const isWhole =
    extended === null &&
    dependencies.length === elements.length &&
    dependencies.every(({ version }) => version !== null) &&
    elements.every(({ attributes }) => attributes.get('transitive') === 'false');
  const requires = elements.length > 0 || extended !== null;
  return ok({ ...none, dependencies, requires, isWhole, repositories: [] });
}

/** Without an organisation it is that of the module itself. */
function readDependency(
  { attributes, line }: XmlElement,
  owner: string,
): readonly ScriptDependency[] {
  const group = attributes.get('org') ?? owner;
  const artifact = attributes.get('name');
  if (!isCoordinate(group) || !isCoordinate(artifact)) return [];
  const requested = attributes.get('rev') ?? null;
  const configuration = attributes.get('conf') ?? 'default';
  const version = requested !== null && isExact(requested) ? requested : null;
  const development = isForTests(configuration);
  return [{ configuration, group, artifact, version, requested, development, line }];
}

/** `test->default; it->*`: what is before the arrow is of this module. */
function isForTests(configuration: string): boolean {
  const own = configuration
    .split(';')
    .flatMap((mapping) => (mapping.split('->', 1)[0] ?? '').split(','));
  return own.every((name) => /test/i.test(name));
}

/** `<ibiblio root="…">`, and patterns of others that begin with an address. */
function listResolvers(root: XmlElement): readonly ScriptRepository[] {
  const found: ScriptRepository[] = [];
  const waiting = [...listChildren(root, 'resolvers')];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { children } = next;
    for (const child of children) {
      waiting.push(child);
      const address = child.attributes.get('root') ?? child.attributes.get('pattern');
      const place = /^([a-z]+:\/\/[^\s[\]$]{1,500})/.exec(address ?? '')?.[1];
      const name = takeLocalName(child);
      if (place !== undefined) found.push({ value: place, isAddress: true, line: child.line });
      else if (address !== undefined || name === 'ibiblio' || name === 'bintray')
        found.push({ value: name, isAddress: false, line: child.line });
    }
  }
  return found;
}
