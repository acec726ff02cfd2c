// A process that imports documents in turn and prints the acknowledged ones, until it is killed.
import { writeSync } from 'node:fs';
import { type GraphPlace, openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { advisoryBatch, encodeJson, graphPorts as testPorts } from './graph-ports.ts';

const [named = '', first = '0', last = '1000000'] = process.argv.slice(2);
// A file, or a place on a server as JSON.
const place: GraphPlace = named.startsWith('{') ? JSON.parse(named) : { path: named };
const writer = orThrow(await openWriter({ ...place, ports: testPorts }));

function document(at: number): EvidenceInput {
  if (at % 5 === 4) {
    const advisory = {
      id: `ADV-${at % 7}`,
      modified: at,
      affected: { 'npm/part-1': [String(at % 11)] },
    };
    return {
      kind: 'advisories',
      mediaType: 'application/x-ndjson',
      body: advisoryBatch([advisory]),
      subject: null,
    };
  }
  const components = Array.from({ length: 60 }, (_, part) => ({
    purl: `pkg:npm/part-${part}@${(at + part) % 11}`,
    path: `${at}`,
  }));
  return {
    kind: 'sbom',
    mediaType: 'application/json',
    body: encodeJson({ complete: true, components }),
    subject: sha256(`image ${at}`),
  };
}

writeSync(1, 'ready\n');
for (let at = Number(first); at < Number(last); at++) {
  const [receipt] = orThrow(await writer.append([document(at)], toInstant(at)));
  writeSync(1, `${receipt?.position} ${receipt?.digest}\n`);
}
await writer.close();
