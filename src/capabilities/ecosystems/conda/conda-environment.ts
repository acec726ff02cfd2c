import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  type PackageRequest,
  takeBaseName,
} from '../extractor.ts';
import { parseRequirement } from '../python/requirement.ts';
import { readToml, takeList, takeObject, takeText, takeTexts } from '../python/values.ts';
import { wantFiles } from '../wanted-files.ts';
import { takeFirstName } from './conda-meta.ts';

const NAME = /^(?:[^/]*environment|environment[-_][^/]*|conda)\.ya?ml$/;

/** `environment.yml` and `pixi.toml`: what they require, which a lock resolves. */
export const condaEnvironment: Extractor = {
  name: 'conda-environment',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles(
    { names: ['pixi.toml'] },
    { endings: ['.yml', '.yaml'], where: (path) => NAME.test(takeBaseName(path)) },
  ),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const names = path.endsWith('.toml') ? readPixi(bytes) : readEnvironment(bytes);
  // Files of this name configure other things too.
  if (names === null) return NOTHING;
  const requests = names.map((name): PackageRequest => ({ name, spec: '', kind: 'required' }));
  const why = 'it requires packages that no lock that is read here has';
  const remedy = 'Lock them: conda-lock, or pixi lock.';
  const uncovered = names.length === 0 ? null : createSkip(path, 'FACT_UNKNOWN', why, remedy);
  return { ...NOTHING, declares: { path, name: null, requests, uncovered } };
}

function readEnvironment(bytes: Uint8Array): readonly string[] | null {
  const text = orThrow(decodeUtf8(bytes));
  const document = orThrow(parseYaml(text, { bytesMax: LIMITS.dependencyFileBytesMax }));
  const dependencies = isJsonObject(document) ? document['dependencies'] : undefined;
  if (!Array.isArray(dependencies)) return null;
  return takeList(dependencies).flatMap(readDependency);
}

/** `channel::name=1.2=build`, or the requirements of pip. */
function readDependency(value: JsonValue): readonly string[] {
  if (typeof value === 'string') {
    const name = takeFirstName(
      value
        .slice(value.lastIndexOf('::') + 1)
        .replace(/^:/, '')
        .trim(),
    );
    return name === '' ? [value] : [name];
  }
  return takeTexts(takeObject(value)['pip']).map((one) => parseRequirement(one)?.name ?? one);
}

function readPixi(bytes: Uint8Array): readonly string[] {
  const { members } = orThrow(readToml(bytes, LIMITS.dependencyFileBytesMax));
  const features = Object.values(takeObject(members['feature'])).map(takeObject);
  return [members, ...features].flatMap((table) =>
    ['dependencies', 'host-dependencies', 'build-dependencies', 'pypi-dependencies'].flatMap(
      (key) =>
        Object.entries(takeObject(getOwn(table, key))).flatMap(([name, value]) =>
          takeText(takeObject(value)['path']) === null ? [name] : [],
        ),
    ),
  );
}
