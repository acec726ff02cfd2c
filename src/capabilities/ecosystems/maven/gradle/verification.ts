import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import {
  findChild,
  listChildren,
  parseXml,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';

/** Hashes of the archives that Gradle accepts, by `group:name:version`. */
export type VerifiedHashes = ReadonlyMap<string, Readonly<Record<string, string>>>;

const DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha1', 40],
  ['sha256', 64],
  ['sha512', 128],
]);

/**
 * gradle/verification-metadata.xml. It has more than one project resolves, plug-ins and poms
 * included: it says what an archive may be, not that it is used.
 */
export function readVerification(bytes: Uint8Array): Result<VerifiedHashes> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.fileBytesMax });
  if (!root.ok) return root;
  if (takeLocalName(root.value) !== 'verification-metadata')
    return fail('MALFORMED', 'it is no verification metadata of Gradle', 'Write it again.');
  const hashes = new Map<string, Readonly<Record<string, string>>>();
  const components = findChild(root.value, 'components');
  for (const component of components === null ? [] : listChildren(components, 'component')) {
    const [group, name, version] = ['group', 'name', 'version'].map((key) =>
      component.attributes.get(key),
    );
    if (group === undefined || name === undefined || version === undefined) continue;
    const archive = listChildren(component, 'artifact').find(
      ({ attributes }) => attributes.get('name') === `${name}-${version}.jar`,
    );
    const found = archive === undefined ? {} : readHashes(archive);
    if (Object.keys(found).length > 0) hashes.set(`${group}:${name}:${version}`, found);
  }
  return ok(hashes);
}

function readHashes(archive: XmlElement): Readonly<Record<string, string>> {
  const found = archive.children.flatMap((child) => {
    const value = child.attributes.get('value')?.toLowerCase() ?? '';
    const isHash = value.length === DIGITS.get(child.name) && /^[0-9a-f]+$/.test(value);
    // Where others are accepted too, it is not known which of them comes.
    const isOnly = findChild(child, 'also-trust') === null;
    return isHash && isOnly ? [[child.name, value] as const] : [];
  });
  return Object.fromEntries(found);
}
