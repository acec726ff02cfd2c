import { sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type { Advisory } from './advisory.ts';
import { readAdvisoryRecord, SAMPLE_MARK } from './advisory-record.ts';
import { createMemoryIndex } from './memory-index.ts';
import type { AdvisoryIndex } from './port.ts';

/** The bundled sample: a header line that says what it is, then one record per line. */
export function readSample(text: string): Result<AdvisoryIndex> {
  try {
    const [header, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
    if (header === undefined || !isSampleHeader(parseLine(header))) {
      throw new Failure(
        'MALFORMED',
        'the sample of advisories has no header',
        'Install Waybill again.',
      );
    }
    const advisories: Advisory[] = lines.map(
      (line) => orThrow(readAdvisoryRecord(parseLine(line))).advisory,
    );
    const origin = {
      source: 'sample',
      version: sha256(text),
      importedAt: null,
      rejected: 0,
    } as const;
    return ok(createMemoryIndex(advisories, origin));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

export function isSampleHeader(value: JsonValue): boolean {
  return isJsonObject(value) && value[SAMPLE_MARK] !== undefined;
}

function parseLine(line: string): JsonValue {
  return orThrow(parseJson(line, { bytesMax: LIMITS.advisoryBytesMax }));
}
