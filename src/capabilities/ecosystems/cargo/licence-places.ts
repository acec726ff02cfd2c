import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { parseToml } from '../../../formats/toml/parse.ts';
import type { LicencePlace, NamedPackage } from '../licence-place.ts';

/**
 * The manifest of a crate: in the sources that cargo fetched (`~/.cargo/registry/src/INDEX`, a
 * folder for each version), or in what `cargo vendor` wrote.
 */
export function listCargoLicencePlaces({ name, version }: NamedPackage): readonly LicencePlace[] {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(name) || !/^[0-9A-Za-z.+-]{1,100}$/.test(version)) return [];
  const read = (bytes: Uint8Array) => readManifestLicence(bytes, { name, version });
  const folders = [`${name}-${version}`, `vendor/${name}`, `vendor/${name}-${version}`, ''];
  return folders.map((folder) => ({ folder, wants: (file) => file === 'Cargo.toml', read }));
}

/** `MIT/Apache-2.0` is how it was written before there were expressions. */
function readManifestLicence(
  bytes: Uint8Array,
  { name, version }: NamedPackage,
): readonly string[] | null {
  const text = decodeUtf8(bytes);
  if (!text.ok) return null;
  const toml = parseToml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  const found = toml.ok && isJsonObject(toml.value) ? toml.value['package'] : undefined;
  // mutant manifest-of-another-version by licences: operand 3 -> false
  if (!isJsonObject(found) || found['name'] !== name || found['version'] !== version) return null;
  const license = typeof found['license'] === 'string' ? found['license'] : '';
  const expression = toSpdxExpression(license.split('/').join(' OR '));
  return expression === null ? null : [expression];
}
