import { type Io, startProgress } from './io.ts';

/** After so many records, a first document is in the log: each module was used. */
const MODULES_USED_RECORDS = 1_200;

/** Shows how many records were read. `begin`: see withoutLateCompilation. */
export function startRecordProgress(io: Io, begin: () => void): (records: number) => void {
  const show = startProgress(io, 'advisories');
  return (records) => {
    show(records);
    if (records > MODULES_USED_RECORDS) begin();
  };
}
