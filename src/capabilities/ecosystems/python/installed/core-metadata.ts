import { toSpdxExpression } from '../../../../formats/spdx/licence.ts';

/** The headers of a METADATA or PKG-INFO file (Core metadata specifications). */
export interface CoreMetadata {
  readonly name: string;
  readonly version: string;
  /** SPDX expressions; empty where none is declared that means exactly one licence. */
  readonly licenses: readonly string[];
  /** `Requires-Dist`, as written. */
  readonly requires: readonly string[];
}

/** A field of a description has no end; only the headers before it are read. */
const HEADERS_MAX = 10_000;

/**
 * Null where it has no name or version. A field goes on where a line begins with a blank, and the
 * first empty line ends the headers.
 */
export function readCoreMetadata(text: string): CoreMetadata | null {
  const fields = readHeaders(text);
  const name = fields.get('name')?.[0] ?? '';
  const version = fields.get('version')?.[0] ?? '';
  if (name === '' || version === '') return null;
  return {
    name,
    version,
    licenses: readLicences(fields),
    requires: fields.get('requires-dist') ?? [],
  };
}

type Headers = ReadonlyMap<string, readonly string[]>;

function readHeaders(text: string): Headers {
  const fields = new Map<string, string[]>();
  let count = 0;
  for (let from = 0; from < text.length && count < HEADERS_MAX; count++) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    const line = text.slice(from, end).replace(/\r$/, '');
    from = end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (/^\s/.test(line) || colon < 1) continue;
    const key = line.slice(0, colon).toLowerCase();
    const values = fields.get(key);
    const value = line.slice(colon + 1).trim();
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

/** An expression (PEP 639) counts alone; else the classifiers, else the free text. */
function readLicences(fields: Headers): readonly string[] {
  const expression = toSpdxExpression(fields.get('license-expression')?.[0] ?? '');
  if (expression !== null) return [expression];
  const named = (fields.get('classifier') ?? []).filter((one) => one.startsWith('License ::'));
  const found = named.flatMap((one) => {
    const name = one.slice(one.lastIndexOf('::') + 2).trim();
    return CLASSIFIERS.get(name) ?? [];
  });
  // One that may mean several licences leaves it open which of them are meant.
  const isSure = named.length > 0 && named.every((one) => one === OSI || isSureClassifier(one));
  if (isSure && found.length > 0) return [...new Set(found)].sort();
  const free = toSpdxExpression(fields.get('license')?.[0] ?? '');
  return free === null ? [] : [free];
}

const OSI = 'License :: OSI Approved';

function isSureClassifier(classifier: string): boolean {
  return CLASSIFIERS.has(classifier.slice(classifier.lastIndexOf('::') + 2).trim());
}

/** The classifiers that mean exactly one licence of SPDX (the list of PyPI). */
const CLASSIFIERS: ReadonlyMap<string, string> = new Map([
  ['Academic Free License (AFL)', 'AFL-3.0'],
  ['Apache Software License', 'Apache-2.0'],
  ['Boost Software License 1.0 (BSL-1.0)', 'BSL-1.0'],
  ['CC0 1.0 Universal (CC0 1.0) Public Domain Dedication', 'CC0-1.0'],
  ['Common Development and Distribution License 1.0 (CDDL-1.0)', 'CDDL-1.0'],
  ['Eclipse Public License 1.0 (EPL-1.0)', 'EPL-1.0'],
  ['Eclipse Public License 2.0 (EPL-2.0)', 'EPL-2.0'],
  ['European Union Public Licence 1.1 (EUPL 1.1)', 'EUPL-1.1'],
  ['European Union Public Licence 1.2 (EUPL 1.2)', 'EUPL-1.2'],
  ['GNU Affero General Public License v3', 'AGPL-3.0-only'],
  ['GNU Affero General Public License v3 or later (AGPLv3+)', 'AGPL-3.0-or-later'],
  ['GNU General Public License v2 (GPLv2)', 'GPL-2.0-only'],
  ['GNU General Public License v2 or later (GPLv2+)', 'GPL-2.0-or-later'],
  ['GNU General Public License v3 (GPLv3)', 'GPL-3.0-only'],
  ['GNU General Public License v3 or later (GPLv3+)', 'GPL-3.0-or-later'],
  ['GNU Lesser General Public License v2 (LGPLv2)', 'LGPL-2.0-only'],
  ['GNU Lesser General Public License v2 or later (LGPLv2+)', 'LGPL-2.0-or-later'],
  ['GNU Lesser General Public License v3 (LGPLv3)', 'LGPL-3.0-only'],
  ['GNU Lesser General Public License v3 or later (LGPLv3+)', 'LGPL-3.0-or-later'],
  ['Historical Permission Notice and Disclaimer (HPND)', 'HPND'],
  ['ISC License (ISCL)', 'ISC'],
  ['MIT License', 'MIT'],
  ['MIT No Attribution License (MIT-0)', 'MIT-0'],
  ['Mozilla Public License 1.0 (MPL)', 'MPL-1.0'],
  ['Mozilla Public License 1.1 (MPL 1.1)', 'MPL-1.1'],
  ['Mozilla Public License 2.0 (MPL 2.0)', 'MPL-2.0'],
  ['Python Software Foundation License', 'PSF-2.0'],
  ['SIL Open Font License 1.1 (OFL-1.1)', 'OFL-1.1'],
  ['The Unlicense (Unlicense)', 'Unlicense'],
  ['Universal Permissive License (UPL)', 'UPL-1.0'],
  ['zlib/libpng License', 'Zlib'],
]);
