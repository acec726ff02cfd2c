import { describeOrigin, type ProjectedPolicy, writeShell } from './shell-policy.ts';

/** docs.github.com, "Metadata syntax reference", composite actions. */
export function projectGitHub(projected: ProjectedPolicy): string {
  return [
    ...describeOrigin(projected, 'github'),
    'name: waybill gate build',
    `description: Asks the build gate with the policy that is inside. Use it behind a checkout.`,
    'runs:',
    '  using: composite',
    '  steps:',
    '    - name: waybill gate build',
    '      shell: sh',
    '      run: |',
    ...writeShell(projected, 'build .').map((line) => `        ${line}`),
    '',
  ].join('\n');
}
