import { describeOrigin, type ProjectedPolicy, writeShell } from './shell-policy.ts';

/** learn.microsoft.com, "Template usage reference": a pipeline names it under `steps`. */
export function projectAzure(projected: ProjectedPolicy): string {
  return [
    ...describeOrigin(projected, 'azure'),
    'steps:',
    '  - script: |',
    "      exec sh <<'SCRIPT'",
    ...writeShell(projected, 'build .').map((line) => `      ${line}`),
    '      SCRIPT',
    '    displayName: waybill gate build',
    '    workingDirectory: $(Build.SourcesDirectory)',
    '',
  ].join('\n');
}
