import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { createSkip, type Extraction, type Extractor, type FoundFile } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createMavenDraft, pickCoordinates } from './coordinates.ts';
import { readProperties } from './properties.ts';

/**
 * The coordinates of an archive that was unpacked: `META-INF/maven/GROUP/ARTIFACT/pom.properties`.
 * Layered images and servers run archives so.
 */
export const unpackedArchive: Extractor = {
  name: 'java-unpacked',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({
    names: ['pom.properties'],
    where: /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/,
  }),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const stated = pickCoordinates(readProperties(orThrow(decodeUtf8(bytes))));
    if (stated === null) {
      const why = 'it does not hold Maven coordinates';
      const remedy = 'Attach an inventory of another tool that lists it.';
      return { drafts: [], skips: [createSkip(path, 'FACT_UNKNOWN', why, remedy)] };
    }
    const { group, artifact, version } = stated;
    return { drafts: [createMavenDraft(path, group, artifact, version)], skips: [] };
  },
  yieldsToOwner: true,
};
