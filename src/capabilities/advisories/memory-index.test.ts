import { orThrow } from '../../core/result.ts';
import { readAdvisoryRecord } from './advisory-record.ts';
import { createMemoryIndex } from './memory-index.ts';
import { CONTRACT_RECORDS, describeAdvisoryIndex } from './port.contract.ts';

describeAdvisoryIndex('memory', async () => {
  const records = CONTRACT_RECORDS.map((value) => orThrow(readAdvisoryRecord(value)).advisory);
  const index = createMemoryIndex(records, {
    source: 'imported',
    version: 'test',
    importedAt: null,
    rejected: 0,
  });
  return { index, close: async () => {} };
});
