import { Failure } from '../../../core/failure.ts';
import { SCHEMA_VERSION } from '../schema/migrations.ts';

export function refuseNewer(version: number): void {
  if (version <= SCHEMA_VERSION) return;
  throw new Failure(
    'STORE_TOO_NEW',
    `the database has schema ${version}, but this Waybill knows ${SCHEMA_VERSION}`,
    'Use the newer Waybill that wrote it, or another database.',
  );
}

export function refuseOlder(version: number): void {
  if (version >= SCHEMA_VERSION) return;
  throw new Failure(
    'STORE_LOCKED',
    `the database has schema ${version}, not ${SCHEMA_VERSION}`,
    'Open it once for writing: run waybill graph status.',
  );
}
