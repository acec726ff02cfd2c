import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../formats/json/places.ts';
import type { Skip } from '../component.ts';
import { createSkip } from '../extractor.ts';
import { type ManifestContent, type ManifestRequest, quoteName } from '../locked/locked-package.ts';
import { isPlatformPackage } from './composer-lock.ts';

const CORRECT = 'Correct the manifest: composer validate says what is wrong.';

/** composer.json: what a project requires, without PHP itself and its extensions. */
export function readComposerManifest(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, CORRECT);
  const [requests, problems]: [ManifestRequest[], Skip[]] = [[], []];
  const toLine = createLineCounter(text.value);
  for (const group of ['require', 'require-dev']) {
    const named = getOwn(json.value, group);
    // PHP writes an empty object as an empty list.
    if (named === undefined || (Array.isArray(named) && named.length === 0)) continue;
    if (!isJsonObject(named)) {
      problems.push(createSkip(file, 'MALFORMED', `its ${group} is not an object`, CORRECT));
      continue;
    }
    const start = findMember(text.value, [group])?.valueStart ?? 0;
    for (const { key: name, keyStart } of listMembers(text.value, start)) {
      const spec = getOwn(named, name);
      if (isPlatformPackage(name)) continue;
      if (typeof spec !== 'string') {
        const why = `the constraint of ${quoteName(name)} is not a text`;
        problems.push(createSkip(file, 'MALFORMED', why, CORRECT));
        continue;
      }
      const development = group === 'require-dev';
      const given = { written: null, folder: null, line: toLine(keyStart), development };
      requests.push({ name, spec, kind: 'required', ...given });
    }
  }
  return ok({ name: null, requests, problems });
}
