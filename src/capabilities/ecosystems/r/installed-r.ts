import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import { createSkip, type Extraction, type Extractor, type FoundFile } from '../extractor.ts';
import { buildPlainParts } from '../locked/locked-package.ts';
import { isInstalledDescription } from './renv-format.ts';

/** DESCRIPTION of a package in a library of R, as R CMD INSTALL writes it. */
export const installedR: Extractor = {
  name: 'r-installed',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isInstalledDescription,
  extract,
  yieldsToOwner: true,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const text = orThrow(decodeUtf8(bytes));
  const [name, version, licence] = ['Package', 'Version', 'License'].map((field) =>
    readField(text, field),
  );
  const isSound =
    /^[A-Za-z][A-Za-z0-9.]{0,200}$/.test(name ?? '') && /^\d+(?:[.-]\d+)*$/.test(version ?? '');
  // mutant r-package-without-a-version by small-locks: operand -> false
  if (!isSound || name == null || version == null) {
    const why = 'it names no package and version of R';
    return {
      drafts: [],
      skips: [createSkip(path, 'MALFORMED', why, 'Install the package again.')],
    };
  }
  const expression = licence == null ? null : toSpdxExpression(licence);
  return {
    drafts: [
      {
        ...{ key: path, name, version },
        parts: buildPlainParts('cran', name, version),
        licenses: expression === null ? [] : [expression],
        source: null,
        locations: [path],
        hashes: {},
        origin: null,
        needs: [],
        development: false,
      },
    ],
    skips: [],
  };
}

/** A field of Debian's control format, on one line. */
function readField(text: string, field: string): string | null {
  const line = text.split('\n').find((one) => one.startsWith(`${field}:`));
  return line === undefined ? null : line.slice(field.length + 1).trim();
}
