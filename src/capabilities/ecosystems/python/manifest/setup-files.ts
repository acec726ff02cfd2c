import { isJsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import type { Skip } from '../../component.ts';
import { createSkip } from '../../extractor.ts';
import { normaliseName, parseRequirement } from '../requirement.ts';
import { countLine, readToml, takeObject, takeObjects, takeText } from '../values.ts';
import { toSpecifiers } from './poetry-constraint.ts';
import { locateFolder, type PythonManifest, type PythonNeed } from './python-manifest.ts';

interface IniValue {
  readonly section: string;
  readonly key: string;
  readonly lines: readonly { readonly text: string; readonly line: number }[];
}

/** The form of configparser, as setup.cfg and tox.ini have it: a value goes on with indentation. */
export function readIni(text: string): readonly IniValue[] {
  const values: { section: string; key: string; lines: { text: string; line: number }[] }[] = [];
  let section = '';
  for (const [at, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const equals = line.search(/[=:]/);
    if (header !== undefined) section = header.trim();
    else if (/^\s/.test(line)) values.at(-1)?.lines.push({ text: line.trim(), line: at + 1 });
    else if (equals > 0) {
      const first = line.slice(equals + 1).trim();
      const lines = first === '' ? [] : [{ text: first, line: at + 1 }];
      values.push({ section, key: line.slice(0, equals).trim().toLowerCase(), lines });
    }
  }
  return values;
}

/** setup.cfg of setuptools: `install_requires` and the extras. */
export function readSetupCfg(file: string, bytes: Uint8Array): Result<PythonManifest> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const wanted: PythonNeed[] = [];
  const problems: Skip[] = [];
  let name: string | null = null;
  for (const { section, key, lines } of readIni(text.value)) {
    if (section === 'metadata' && key === 'name') name = lines[0]?.text ?? null;
    const isMain = section === 'options' && key.replaceAll('-', '_') === 'install_requires';
    if (!isMain && section !== 'options.extras_require') continue;
    // `file: requirements.txt` names files that are read by themselves.
    const own = lines.filter((line) => !/^(?:file|attr):/.test(line.text));
    for (const { text: whole, line } of own)
      for (const one of whole.includes(';') ? [whole] : splitOnCommas(whole)) {
        const found = describeRequirement(file, one, { part: isMain ? 'main' : 'extra', line });
        if (found === null) problems.push(refuse(file, one));
        else wanted.push(found);
      }
  }
  return ok({ file, name, wanted, unknown: null, indexes: [], problems });
}

/** setuptools takes `a, b` on one line too; a comma in a version set is followed by an operator. */
function splitOnCommas(text: string): readonly string[] {
  return text.split(/,(?=\s*[A-Za-z])/).map((one) => one.trim());
}

function describeRequirement(
  file: string,
  text: string,
  { part, line }: Pick<PythonNeed, 'part' | 'line'>,
): PythonNeed | null {
  const requirement = parseRequirement(text.replace(/\s#.*$/, ''));
  if (requirement === null) return null;
  const { name, specifier, url, marker } = requirement;
  const path = /^file:/.test(url ?? '') ? (url ?? '').replace(/^file:(\/\/)?/, '') : null;
  return {
    name: normaliseName(name),
    text,
    specifier,
    url,
    folder: path === null ? null : locateFolder(file, path),
    hasMarker: marker !== null,
    part,
    line,
  };
}

/** Imports and one call without arguments: all that it says is in other files. */
const EMPTY_SETUP =
  /^(?:\s|#[^\n]*\n|#[^\n]*$|"""[^"]*"""|import setuptools\n|from setuptools import setup\n|from distutils.core import setup\n|if __name__ == ["']__main__["']:\n)*(?:setuptools\.)?setup\(\s*\)\s*$/;

/** setup.py is a program: it is never run, so what it requires is unknown. */
export function readSetupPy(file: string, bytes: Uint8Array): Result<PythonManifest> {
  const text = decodeUtf8(bytes);
  const source = text.ok ? text.value.replaceAll('\r\n', '\n') : '';
  // mutant setup-py-that-says-something by python-coverage: operand 2 -> true
  const isEmpty = source.length < 4_096 && EMPTY_SETUP.test(source);
  const unknown = isEmpty
    ? null
    : 'it is a program, which is not run here: what it requires is unknown';
  return ok({ file, name: null, wanted: [], unknown, indexes: [], problems: [] });
}

/** Pipfile of Pipenv: `packages`, `dev-packages` and other categories. */
export function readPipfile(file: string, bytes: Uint8Array): Result<PythonManifest> {
  const document = readToml(bytes, LIMITS.dependencyFileBytesMax);
  if (!document.ok) return document;
  const { members, text } = document.value;
  const wanted: PythonNeed[] = [];
  const problems: Skip[] = [];
  for (const [category, table] of Object.entries(members)) {
    if (['source', 'requires', 'scripts', 'pipenv'].includes(category)) continue;
    for (const [name, value] of Object.entries(takeObject(table))) {
      const fields = typeof value === 'string' ? { version: value } : value;
      const found = isJsonObject(fields) ? fields : {};
      const specifier = toSpecifiers(takeText(found['version']) ?? '*');
      const path = takeText(found['path']);
      const url = takeText(found['git']) ?? takeText(found['file']) ?? path;
      if (specifier === null) problems.push(refuse(file, `${name} = ${JSON.stringify(value)}`));
      else
        wanted.push({
          name: normaliseName(name),
          text: takeText(found['version']) ?? url ?? '*',
          specifier,
          url,
          folder: path === null ? null : locateFolder(file, path),
          hasMarker: Object.keys(found).some((key) =>
            /^(?:markers|sys_platform|os_name|platform_|python_)/.test(key),
          ),
          part: category === 'packages' ? 'main' : 'group',
          line: countLine(text, Math.max(text.indexOf(`\n${name}`) + 1, 0)),
        });
    }
  }
  const indexes = takeObjects(members['source']).flatMap(({ name, url }) => {
    const address = takeText(url);
    if (address === null) return [];
    const line = countLine(text, Math.max(text.indexOf(address), 0));
    return [{ name: takeText(name), url: address, line, isExplicit: false, isDefault: true }];
  });
  return ok({ file, name: null, wanted, unknown: null, indexes, problems });
}

function refuse(file: string, text: string): Skip {
  const why = `it requires ${JSON.stringify(text.slice(0, 120))}, which is no requirement`;
  return createSkip(file, 'MALFORMED', why, 'Correct it (PEP 508).');
}
