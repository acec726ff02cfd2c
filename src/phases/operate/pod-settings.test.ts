import { describe, expect, it } from 'vitest';
import { listSecurityCases, type SecurityCase } from '../../../test/support/pod-security.ts';
import type { JsonObject } from '../../core/json.ts';
import { readObjects } from './cluster-list.ts';
import { listSettings } from './pod-settings.ts';

/** The settings of all containers of a pod. */
function listAll({ spec, annotations }: SecurityCase): readonly string[] {
  const pod = spec as JsonObject;
  return ['initContainers', 'containers']
    .flatMap((list) => readObjects(pod[list]))
    .flatMap((container) => listSettings(pod, container, annotations));
}

describe('The restricted Pod Security Standard', () => {
  it.each(listSecurityCases())('truth A19: $name is judged as Kubernetes 1.36 does', (one) => {
    const settings = listAll(one);
    expect([settings, settings.length === 0]).toEqual([settings, one.admitted]);
  });

  it('truth A19: asks less of a pod for Windows, which has no capabilities', () => {
    const container = { name: 'app' };
    const spec = { securityContext: { runAsNonRoot: true }, containers: [container] };
    expect(listSettings({ ...spec, os: { name: 'windows' } }, container)).toEqual([]);
    expect(listSettings({ ...spec, os: { name: 'linux' } }, container)).toHaveLength(3);
    const windowsOptions = { hostProcess: true };
    const host = { ...spec, os: { name: 'windows' }, securityContext: { windowsOptions } };
    expect(listSettings(host, container)).toContain('windowsOptions.hostProcess: true');
  });
});
