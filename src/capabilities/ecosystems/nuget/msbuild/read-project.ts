import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { parseXml, takeLocalName, type XmlElement } from '../../../../formats/xml/parse.ts';

/** An item of a project file that names packages, as written: nothing is evaluated here. */
export interface PackageItem {
  readonly kind: 'reference' | 'global' | 'download';
  readonly name: string;
  /** `Version`, as attribute or element; null where it has none. */
  readonly version: string | null;
  /** `VersionOverride`, which beats a central version. */
  readonly override: string | null;
  /** `PrivateAssets="all"`: it is not passed on, as is usual for tools and analysers. */
  readonly isPrivate: boolean;
  /** `Update` changes what another file includes; `Remove` takes it away. */
  readonly action: 'include' | 'update' | 'remove';
  /** Whether it counts only in some builds. */
  readonly conditional: boolean;
  readonly line: number;
}

/** `PackageVersion`: the version of a package in all projects that ask for it. */
export interface CentralVersion {
  readonly name: string;
  readonly version: string | null;
  readonly conditional: boolean;
  readonly line: number;
}

export interface Property {
  readonly name: string;
  readonly value: string;
  readonly conditional: boolean;
}

export interface Import {
  readonly project: string;
  readonly conditional: boolean;
}

/** A package with targets of MSBuild: `Sdk="Name/1.2.3"`. */
export interface SdkPackage {
  readonly name: string;
  readonly version: string | null;
  readonly line: number;
}

export interface ProjectFile {
  readonly file: string;
  readonly items: readonly PackageItem[];
  readonly versions: readonly CentralVersion[];
  readonly properties: readonly Property[];
  readonly imports: readonly Import[];
  readonly sdks: readonly SdkPackage[];
  /** The other projects that it asks for, as written. */
  readonly projects: readonly string[];
}

interface Reading {
  readonly items: PackageItem[];
  readonly versions: CentralVersion[];
  readonly properties: Property[];
  readonly imports: Import[];
  readonly sdks: SdkPackage[];
  readonly projects: string[];
}

const REMEDY = 'Correct the project file.';

/** A project, `.props` or `.targets` file of MSBuild. */
export function readProject(file: string, bytes: Uint8Array): Result<ProjectFile> {
  const text = decodeProject(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return fail('MALFORMED', `${file}: ${root.failure.message}`, REMEDY, root.failure);
  if (takeLocalName(root.value) !== 'Project')
    return fail('MALFORMED', `${file} is no project of MSBuild`, REMEDY);
  const reading: Reading = {
    items: [],
    versions: [],
    properties: [],
    imports: [],
    sdks: [],
    projects: [],
  };
  addSdks(reading, root.value, root.value.attributes.get('Sdk') ?? '');
  for (const child of root.value.children) readElement(reading, child, false);
  return ok({ file, ...reading });
}

/** Visual Studio wrote UTF-16 at times; its mark says so. */
function decodeProject(bytes: Uint8Array): Result<string> {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return ok(
      Buffer.from(bytes.buffer, bytes.byteOffset + 2, bytes.length - 2).toString('utf16le'),
    );
  return decodeUtf8(bytes);
}

const GROUPS = new Set(['Choose', 'When', 'Otherwise', 'Target', 'ImportGroup']);

function readElement(reading: Reading, element: XmlElement, above: boolean): void {
  const name = takeLocalName(element);
  const isTarget = name === 'Target' || name === 'When' || name === 'Otherwise';
  const conditional = above || isTarget || isConditional(element);
  if (name === 'PropertyGroup')
    for (const child of element.children) addProperty(reading, child, conditional);
  else if (name === 'ItemGroup')
    for (const child of element.children) addItem(reading, child, conditional);
  else if (name === 'Import') {
    addSdks(reading, element, element.attributes.get('Sdk') ?? '');
    const project = element.attributes.get('Project') ?? '';
    if (!element.attributes.has('Sdk')) reading.imports.push({ project, conditional });
  } else if (name === 'Sdk') addSdks(reading, element, element.attributes.get('Name') ?? '');
  else if (GROUPS.has(name))
    for (const child of element.children) readElement(reading, child, conditional);
}

function isConditional({ attributes }: XmlElement): boolean {
  return (attributes.get('Condition') ?? '').trim() !== '';
}

/** A default that counts where nothing else sets the property is none of some builds only. */
function addProperty(reading: Reading, element: XmlElement, above: boolean): void {
  const name = takeLocalName(element);
  const condition = (element.attributes.get('Condition') ?? '').replaceAll(/[\s'"]/g, '');
  const isDefault = condition.toLowerCase() === `$(${name})==`.toLowerCase();
  const conditional = above || (condition !== '' && !isDefault);
  reading.properties.push({ name, value: element.text.trim(), conditional });
}

const KINDS: ReadonlyMap<string, PackageItem['kind']> = new Map([
  ['packagereference', 'reference'],
  ['globalpackagereference', 'global'],
  ['packagedownload', 'download'],
]);
const ACTIONS = [
  ['Include', 'include'],
  ['Update', 'update'],
  ['Remove', 'remove'],
] as const;

function addItem(reading: Reading, element: XmlElement, above: boolean): void {
  const type = takeLocalName(element).toLowerCase();
  const conditional = above || isConditional(element);
  const { line } = element;
  const include = element.attributes.get('Include') ?? '';
  if (type === 'projectreference' && include !== '') reading.projects.push(include);
  const kind = KINDS.get(type);
  if (kind === undefined && type !== 'packageversion') return;
  for (const [attribute, action] of ACTIONS)
    for (const name of splitList(element.attributes.get(attribute) ?? '')) {
      const version = takeMetadata(element, 'Version');
      if (kind === undefined) {
        if (action !== 'remove') reading.versions.push({ name, version, conditional, line });
        continue;
      }
      const override = takeMetadata(element, 'VersionOverride');
      const assets = splitList(takeMetadata(element, 'PrivateAssets') ?? '');
      const isPrivate = kind === 'global' || assets.some((one) => /^all$/i.test(one));
      reading.items.push({ kind, name, version, override, isPrivate, action, conditional, line });
    }
}

function splitList(text: string): readonly string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Metadata of an item is an attribute or an element, in any case. */
function takeMetadata(element: XmlElement, name: string): string | null {
  const wanted = name.toLowerCase();
  for (const [key, value] of element.attributes)
    if (key.toLowerCase() === wanted) return value.trim() || null;
  const child = element.children.find((one) => takeLocalName(one).toLowerCase() === wanted);
  return child?.text.trim() || null;
}

/** `Sdk="A;B/1.0"`; those of the SDK itself have no version. */
function addSdks(reading: Reading, element: XmlElement, text: string): void {
  for (const part of splitList(text)) {
    const [name = '', version] = part.split('/');
    const own = version ?? element.attributes.get('Version') ?? null;
    reading.sdks.push({ name, version: own, line: element.line });
  }
}
