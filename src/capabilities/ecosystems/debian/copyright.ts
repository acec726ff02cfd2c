import { findDebianLicence, toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { trimCharacters } from '../../../formats/text/cut.ts';
import { type Extraction, type Extractor, type FoundFile, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { readStanzas } from './stanzas.ts';

const COPYRIGHT = /^usr\/share\/doc\/([^/]+)\/copyright$/;
const COPYRIGHT_BYTES_MAX = 4 * 1024 * 1024;

/**
 * debian/copyright where it is machine-readable (DEP-5, copyright-format 1.0). Prose is not
 * interpreted: its licence is *unknown*.
 */
export const dpkgCopyright: Extractor = {
  name: 'dpkg-copyright',
  database: false,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: COPYRIGHT_BYTES_MAX,
  wants: wantFiles({ names: ['copyright'], where: COPYRIGHT }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const name = COPYRIGHT.exec(path)?.[1];
  const text = Buffer.from(bytes).toString('utf8');
  if (name === undefined || !/^format(?:-specification)?:/i.test(text.trimStart().slice(0, 40)))
    return NOTHING;
  const expressions = new Set<string>();
  for (const { fields } of readStanzas(text)) {
    const licence = fields.get('license')?.split('\n')[0]?.trim();
    if (licence === undefined || licence === '') continue;
    const expression = parseDebianExpression(licence);
    if (expression === null) return NOTHING;
    expressions.add(expression);
  }
  return { ...NOTHING, licenses: { package: name, expressions: [...expressions].sort() } };
}

const ALTERNATIVES_MAX = 40;

/**
 * `GPL-2+ and Expat or BSD-3-clause`: `and` binds closer; a comma binds loosest (copyright-format
 * 1.0).
 */
export function parseDebianExpression(text: string): string | null {
  if (text.length > 400 || /[()]/.test(text)) return null;
  const joinParts = (parts: readonly string[], word: string): string =>
    parts.length === 1
      ? (parts[0] ?? '')
      : parts.map((part) => (/ (?:OR|AND) /.test(part) ? `(${part})` : part)).join(word);
  const spaced = text.trim().split(/\s+/).join(' ');
  const groups = spaced
    .split(',')
    .map((part, at) => (at === 0 ? part : part.trimStart().replace(/^(?:and|or) /i, '')).trim())
    .filter((group) => group !== '');
  const read = groups.map((group) =>
    joinParts(
      group
        .split(/ or /i)
        .map((choice) => joinParts(choice.split(/ and /i).map(toSpdxName), ' AND ')),
      ' OR ',
    ),
  );
  // a mix that readers could group in two ways
  if (groups.length > 1 && /, ?or /i.test(spaced)) return null;
  return read.length > ALTERNATIVES_MAX ? null : toSpdxExpression(joinParts(read, ' AND '));
}

/**
 * A name that SPDX lacks is kept as a LicenseRef: without it, the rest would look like the whole
 * licence.
 */
function toSpdxName(text: string): string {
  const name = text.trim();
  const known = findDebianLicence(name) ?? (/\s/.test(name) ? null : toSpdxExpression(name));
  if (known !== null && known !== undefined) return known;
  const [, licence, exception] = /^(\S+) with (.+)$/i.exec(name) ?? [];
  const toSafePart = (part: string): string =>
    trimCharacters(part.replaceAll('+', '-or-later').replace(/[^A-Za-z0-9.-]+/g, '-'), '-');
  const label = exception === undefined ? name : `${licence}-with-${exception}`;
  return `LicenseRef-debian-${toSafePart(label)}`;
}
