import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import {
  findChild,
  listChildren,
  parseXml,
  takeChildText,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';

/** A pom.xml as it is written (maven.apache.org/pom.html): no property is filled in. */
export interface Pom extends PomPart {
  readonly path: string;
  readonly parent: PomParent | null;
  /** Null where the parent says it. */
  readonly group: string | null;
  readonly artifact: string;
  readonly version: string | null;
  readonly modules: readonly PomModule[];
  readonly profiles: readonly PomProfile[];
  readonly licences: readonly PomLicence[];
}

export interface PomLicence {
  readonly name: string | null;
  readonly url: string | null;
}

/** What a project and each of its profiles may have. */
export interface PomPart {
  readonly properties: ReadonlyMap<string, PomProperty>;
  readonly managed: readonly PomDependency[];
  readonly dependencies: readonly PomDependency[];
  readonly repositories: readonly PomRepository[];
}

export interface PomProperty {
  readonly value: string;
  readonly line: number;
}

export interface PomParent {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** `../pom.xml` where it is absent; empty for a parent that is only in a repository. */
  readonly relativePath: string;
  readonly line: number;
}

export interface PomModule {
  readonly name: string;
  readonly line: number;
}

export interface PomProfile extends PomPart {
  readonly id: string;
  readonly activeByDefault: boolean;
  readonly modules: readonly PomModule[];
}

export interface PomDependency {
  readonly group: string;
  readonly artifact: string;
  /** Null where something else manages it. */
  readonly version: string | null;
  readonly type: string;
  readonly classifier: string | null;
  /** Null where something else manages it; then `compile`. */
  readonly scope: string | null;
  readonly line: number;
  /** Where the version is written. */
  readonly versionLine: number;
}

export interface PomRepository {
  readonly id: string;
  readonly url: string;
  readonly line: number;
  /** Whether plugins are taken from it, and no dependencies. */
  readonly forPlugins: boolean;
}

/** One pom.xml; MALFORMED for what is not one. */
export function readPom(path: string, bytes: Uint8Array): Result<Pom> {
  const text = decodePom(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return root;
  const project = root.value;
  const artifact = takeChildText(project, 'artifactId');
  if (takeLocalName(project) !== 'project' || artifact === null)
    return fail('MALFORMED', 'it is no Maven project with an artifactId', 'Correct pom.xml.');
  return ok({
    path,
    parent: readParent(findChild(project, 'parent')),
    group: takeChildText(project, 'groupId'),
    artifact,
    version: takeChildText(project, 'version'),
    modules: readModules(project),
    profiles: listBelow(project, 'profiles', 'profile').map(readProfile),
    licences: listBelow(project, 'licenses', 'license').map((one) => ({
      name: takeChildText(one, 'name'),
      url: takeChildText(one, 'url'),
    })),
    ...readPart(project),
  });
}

/** The entities of XML; Maven also knows those of HTML, which names of people are written with. */
const ENTITY = /&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,30};/g;

function decodePom(bytes: Uint8Array): Result<string> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 200));
  const isLatin = /^<\?xml[^>]{0,100}encoding=["'](?:ISO-8859-1|US-ASCII|windows-1252)["']/i.test(
    head.toString('latin1'),
  );
  const text = isLatin
    ? ok(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
    : decodeUtf8(bytes);
  return text.ok ? ok(text.value.replace(ENTITY, '\ufffd')) : text;
}

function readPart(element: XmlElement): PomPart {
  const properties = new Map<string, PomProperty>();
  for (const child of findChild(element, 'properties')?.children ?? [])
    properties.set(child.name, { value: child.text.trim(), line: child.line });
  const management = findChild(element, 'dependencyManagement');
  return {
    properties,
    managed: management === null ? [] : readDependencies(management),
    dependencies: readDependencies(element),
    repositories: [
      ...listBelow(element, 'repositories', 'repository').flatMap((one) =>
        readRepository(one, false),
      ),
      ...listBelow(element, 'pluginRepositories', 'pluginRepository').flatMap((one) =>
        readRepository(one, true),
      ),
    ],
  };
}

function readParent(element: XmlElement | null): PomParent | null {
  if (element === null) return null;
  const place = findChild(element, 'relativePath');
  return {
    group: takeChildText(element, 'groupId') ?? '',
    artifact: takeChildText(element, 'artifactId') ?? '',
    version: takeChildText(element, 'version') ?? '',
    relativePath: place === null ? '../pom.xml' : place.text.trim(),
    line: element.line,
  };
}

function readModules(element: XmlElement): readonly PomModule[] {
  // Maven 4 calls them subprojects.
  const lists = [['modules', 'module'] as const, ['subprojects', 'subproject'] as const];
  return lists.flatMap(([list, item]) =>
    listBelow(element, list, item).map(({ text, line }) => ({ name: text.trim(), line })),
  );
}

function readProfile(element: XmlElement): PomProfile {
  const activation = findChild(element, 'activation');
  return {
    id: takeChildText(element, 'id') ?? 'default',
    activeByDefault: activation !== null && takeChildText(activation, 'activeByDefault') === 'true',
    modules: readModules(element),
    ...readPart(element),
  };
}

function readDependencies(element: XmlElement): readonly PomDependency[] {
  return listBelow(element, 'dependencies', 'dependency').map((one) => ({
    group: takeChildText(one, 'groupId') ?? '',
    artifact: takeChildText(one, 'artifactId') ?? '',
    version: takeChildText(one, 'version'),
    type: takeChildText(one, 'type') ?? 'jar',
    classifier: takeChildText(one, 'classifier'),
    scope: takeChildText(one, 'scope'),
    line: one.line,
    versionLine: findChild(one, 'version')?.line ?? one.line,
  }));
}

function readRepository(element: XmlElement, forPlugins: boolean): readonly PomRepository[] {
  const url = takeChildText(element, 'url');
  const line = findChild(element, 'url')?.line ?? element.line;
  return url === null ? [] : [{ id: takeChildText(element, 'id') ?? '', url, line, forPlugins }];
}

function listBelow(element: XmlElement, list: string, item: string): readonly XmlElement[] {
  const found = findChild(element, list);
  return found === null ? [] : listChildren(found, item);
}
