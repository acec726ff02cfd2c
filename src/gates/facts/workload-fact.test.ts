import { describe, expect, it } from 'vitest';
import { UnknownFact } from '../../capabilities/policy/index.ts';
import { buildAdmissionFacts } from './facts.ts';

describe('The workload that asks for an image', () => {
  const asked = { cluster: 'eu-1', operation: 'CREATE', user: '' };

  it('is known by what the request says of it', () => {
    const named = { namespace: 'shop', kind: 'Pod', name: 'trips' };
    const { workload } = buildAdmissionFacts({}, { ...asked, ...named });
    expect(workload).toEqual({ cluster: 'eu-1', ...named });
  });

  it('foundation 1: what the request does not say is unknown, not empty', () => {
    const { workload } = buildAdmissionFacts({}, { ...asked, namespace: '', kind: '', name: '' });
    expect(workload).toMatchObject({ cluster: 'eu-1' });
    for (const part of ['namespace', 'kind', 'name'] as const)
      expect((workload as never)[part]).toBeInstanceOf(UnknownFact);
  });
});
