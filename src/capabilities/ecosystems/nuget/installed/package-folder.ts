import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../../formats/spdx/licence.ts';
import {
  findChild,
  listChildren,
  parseXml,
  takeChildText,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';
import { type Extraction, type Extractor, takeBaseName, takeDirectory } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import {
  createNugetDraft,
  foldNugetName,
  isNugetName,
  isVersionText,
  skipMalformed,
} from '../nuget-draft.ts';

/** What a package says of itself. */
export interface Nuspec {
  readonly name: string;
  readonly version: string;
  /** SPDX expressions. */
  readonly licenses: readonly string[];
}

const REMEDY = 'Restore the package again.';

/** The manifest of a package (NuGet.Packaging, `nuspec.xsd`). */
export function readNuspec(file: string, bytes: Uint8Array): Result<Nuspec> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return fail('MALFORMED', `${file}: ${root.failure.message}`, REMEDY, root.failure);
  const metadata =
    takeLocalName(root.value) === 'package' ? findChild(root.value, 'metadata') : null;
  const name = metadata === null ? null : takeChildText(metadata, 'id');
  const version = metadata === null ? null : takeChildText(metadata, 'version');
  if (metadata === null || name === null || !isNugetName(name) || version === null)
    return fail('MALFORMED', `${file} has no usable id and version`, REMEDY);
  if (!isVersionText(version)) return fail('MALFORMED', `${file}: its version is too long`, REMEDY);
  return ok({ name, version, licenses: readLicences(metadata) });
}

function readLicences(metadata: XmlElement): readonly string[] {
  return listChildren(metadata, 'license')
    .filter(({ attributes }) => attributes.get('type') === 'expression')
    .flatMap(({ text }) => toSpdxExpression(text.trim()) ?? []);
}

/**
 * A package in the folder of a machine (`~/.nuget/packages/ID/VERSION/ID.nuspec`) or of a tool
 * (`.store/ID/VERSION/ID/VERSION`): names and version are those of the folders.
 */
export const packageFolder: Extractor = {
  name: 'nuget-packages',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({ endings: ['.nuspec'], where: isInOwnFolder }),
  extract: ({ path, bytes }): Extraction => {
    const { name, version, licenses } = orThrow(readNuspec(path, bytes));
    const draft = createNugetDraft({ name, version, location: path });
    const folder = takeBaseName(takeDirectory(path));
    // mutant package-in-the-folder-of-another-version: condition -> true
    if (draft.version.toLowerCase() === folder.toLowerCase())
      return { drafts: [{ ...draft, licenses }], skips: [] };
    const why = `it names version ${draft.version}, and its folder another one`;
    return { drafts: [], skips: [skipMalformed(path, why, REMEDY)] };
  },
  yieldsToOwner: true,
  findOwnFolder: takeDirectory,
};

/** `x/1.0.0/x.nuspec`: NuGet compares names without case. */
function isInOwnFolder(path: string): boolean {
  const [, folder, file] = /(?:^|\/)([^/]+)\/[^/]+\/([^/]+)\.nuspec$/.exec(path) ?? [];
  return (
    folder !== undefined && file !== undefined && foldNugetName(folder) === foldNugetName(file)
  );
}
