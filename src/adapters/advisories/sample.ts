import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AdvisoryIndex, readSample } from '../../capabilities/scanning/index.ts';
import { failed, type Result } from '../../core/result.ts';
import { storeFailure } from './schema.ts';

/** Both from src/ and from dist/ it lies three folders up. */
const SAMPLE = fileURLToPath(new URL('../../../data/advisories-sample.ndjson', import.meta.url));

/** The bundled sample, for trying out: it says that it is one, and no enforcing gate accepts it. */
export function sampleAdvisories(): Result<AdvisoryIndex> {
  try {
    return readSample(readFileSync(SAMPLE, 'utf8'));
  } catch (thrown) {
    return failed(storeFailure(thrown, SAMPLE));
  }
}
