import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { toSpdxExpression } from '../../../formats/spdx/licence.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  type RecordedFile,
  takeDirectory,
} from '../extractor.ts';
import { joinPath } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { createPortDraft, isPortName, parsePortVersion } from './port.ts';

/** The SPDX document that vcpkg writes for each port: `share/zlib/vcpkg.spdx.json`. */
export const vcpkgDocument: Extractor = {
  name: 'vcpkg-spdx',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['vcpkg.spdx.json'] }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const json = orThrow(parseJson(bytes, { bytesMax: LIMITS.fileBytesMax }));
  const document = isJsonObject(json) ? json : {};
  const port = listObjects(document['packages']).find(({ SPDXID: id }) => id === 'SPDXRef-port');
  const { name } = port ?? {};
  const version = parsePortVersion(port?.['versionInfo']);
  if (port === undefined || !isPortName(name) || version === null) {
    const why = 'it names no port with a name and a version';
    const remedy = 'Install the port again: vcpkg install.';
    return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, remedy)] };
  }
  const written = port['licenseConcluded'];
  const licence = typeof written === 'string' ? toSpdxExpression(written) : null;
  const known = { name, ...version, key: path, location: path };
  return {
    drafts: [createPortDraft({ ...known, licenses: licence === null ? [] : [licence] })],
    skips: [],
    recorded: { of: path, files: listFiles(path, document) },
  };
}

/** Newer documents name the files of the port, from the folder above `share`. */
function listFiles(path: string, document: JsonObject): readonly RecordedFile[] {
  const prefix = takeDirectory(takeDirectory(takeDirectory(path)));
  return listObjects(document['files']).flatMap(({ SPDXID: id, fileName }) => {
    if (typeof id !== 'string' || !id.startsWith('SPDXRef-binary-file-')) return [];
    if (typeof fileName !== 'string' || !fileName.startsWith('./')) return [];
    return [{ path: joinPath(prefix, fileName.slice(2)), size: null }];
  });
}

function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => isJsonObject(one)) : [];
}
