import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { listKeys } from '../../compose/key-stores.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyListCall } from '../options/signing.ts';
import { type Block, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

export async function run(call: KeyListCall): Promise<Report> {
  const keys = orThrow(await listKeys(await loadCallConfig(call)));
  const shown = keys.map(({ name, certificate }) => ({
    name,
    certificate:
      certificate === null
        ? null
        : { ...certificate, validUntil: formatAnswerInstant(certificate.validUntil) },
  }));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-list', () => ({ keys: shown })),
    blocks: () => showKeys(shown),
  };
}

function showKeys(keys: SchemaValue<'key-list'>['keys']): readonly Block[] {
  if (keys.length === 0) return [showNote('no keys yet; make one: waybill key generate')];
  const rows = keys.map(({ name, certificate }) => [
    name,
    certificate === null ? '-' : shortenInstant(certificate.validUntil),
    certificate?.subject ?? 'waits for its certificate',
  ]);
  return [showTable(['NAME', 'VALID UNTIL', 'SUBJECT'], rows)];
}
