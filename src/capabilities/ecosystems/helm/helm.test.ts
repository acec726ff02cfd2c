import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { readDeclaredDependencies } from '../../inventory/declared-dependencies.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CHART = `apiVersion: v2
name: shop
version: 1.0.0
appVersion: "3.2"
`;

async function show(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { dependencies, notLookedAt, problems } = await readDeclaredDependencies(makeTree(files));
  return [
    ...dependencies.map(
      ({ name, version, pinned, place }) =>
        `${place.file}:${place.line} ${name} ${version ?? '-'} ${pinned}`,
    ),
    ...notLookedAt.map(({ kind, places }) => `${places.join()} ${kind}`),
    ...problems.map(({ location, cause }) => `${location} ${cause.code}`),
  ];
}

describe('D11 D20 B10: charts that a chart requires', () => {
  const requires = (entry: string): string => `${CHART}dependencies:\n  - ${entry}\n`;
  const lock = (version: string): string =>
    `dependencies:\n- name: db\n  repository: https://charts.example.com\n  version: ${version}\ndigest: sha256:x\n`;

  it.each([
    ['a range without a lock', 'version: ~1.2, REPO', {}, ['Chart.yaml:6 db - no']],
    ['an exact version', 'version: 1.2.3, REPO', {}, ['Chart.yaml:6 db 1.2.3 yes']],
    [
      'a range with a lock',
      'version: ~1.2, REPO',
      { 'Chart.lock': lock('1.2.9') },
      ['Chart.yaml:6 db 1.2.9 yes'],
    ],
    [
      'a lock that disagrees',
      'version: ~1.2, REPO',
      { 'Chart.lock': lock('2.0.0') },
      ['Chart.yaml:6 db 2.0.0 unknown'],
    ],
    ['a folder of the tree', 'version: 1.2.3, repository: "file://db"', {}, []],
    [
      'a registry',
      'version: 1.2.3, repository: "oci://x.example/charts"',
      {},
      ['Chart.yaml:6 db 1.2.3 yes'],
    ],
  ])('%s', async (_, entry, files, wanted) => {
    const written = entry.replace('REPO', 'repository: "https://charts.example.com"');
    const chart = requires(`{ name: db, ${written} }`);
    expect(await show({ 'Chart.yaml': chart, ...(files as object) })).toEqual(wanted);
  });

  it('have a recorded content where their archive is in the tree', async () => {
    const chart = requires(
      '{ name: db, version: 1.2.3, repository: "https://charts.example.com" }',
    );
    const { dependencies } = await readDeclaredDependencies(
      makeTree({ 'a/Chart.yaml': chart, 'a/charts/db-1.2.3.tgz': 'x' }),
    );
    expect(dependencies[0]).toMatchObject({
      recorded: true,
      registry: 'charts.example.com',
      purl: 'pkg:helm/db@1.2.3?repository_url=charts.example.com',
    });
  });
});

describe('D11 D12 D20: images of values and templates', () => {
  const template = (image: string): string =>
    `{{- if .Values.on }}\nkind: Pod\nspec:\n  containers:\n    - image: ${image}\n{{- end }}\n`;

  it.each([
    [
      'a text of the values',
      `image: x.example/a@${DIGEST}\n`,
      '{{ .Values.image }}',
      [`values.yaml:1 x.example/a ${DIGEST} yes`],
    ],
    [
      'parts of a name',
      'image:\n  repository: x.example/a\n  tag: "1"\n',
      '"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"',
      ['values.yaml:2 x.example/a 1 no'],
    ],
    [
      'the version of the chart',
      'image:\n  repository: x.example/a\n  tag: ""\n',
      '"{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}"',
      ['values.yaml:2 x.example/a 3.2 no'],
    ],
    [
      'a named template with an image of the values',
      `image: { registry: x.example, repository: a, digest: "${DIGEST}" }\n`,
      '{{ include "image" (dict "root" .Values.image) }}',
      [`values.yaml:1 x.example/a ${DIGEST} yes`],
    ],
    [
      'a branch for a digest that is not set',
      'image: { repository: x.example/a, tag: 1, sha: "" }\n',
      '"{{ .Values.image.repository }}@sha256:{{ .Values.image.sha }}"',
      ['values.yaml:1 x.example/a 1 no'],
    ],
    [
      'a named template',
      '{}\n',
      '{{ include "shop.image" . | quote }}',
      ['templates/a.yaml:5 {{ include "shop.image" . | quote }} - unknown'],
    ],
    [
      'a plain name in a template',
      '{}\n',
      'nginx:1 # why',
      ['templates/a.yaml:5 docker.io/library/nginx 1 no'],
    ],
    [
      'no tag anywhere',
      'image: { repository: a/b }\n',
      '{{ .Values.x }}',
      ['values.yaml:1 a/b - unknown'],
    ],
  ])('%s', async (_, values, image, wanted) => {
    const files = {
      'Chart.yaml': CHART,
      'values.yaml': values,
      'templates/a.yaml': template(image),
    };
    expect(await show(files)).toEqual(wanted);
  });

  it('values without a chart are read too, and no other repository is an image', async () => {
    const values =
      'git: { repository: https://x.example/a }\nchart: { repository: x }\nweb: { image: a, tag: 2 }\n';
    expect(await show({ 'deploy/values-prod.yaml': values })).toEqual([
      'deploy/values-prod.yaml:3 docker.io/library/a 2 no',
    ]);
  });

  it('a template that cannot be read is named, and plain ones are manifests', async () => {
    expect(await show({ 'x/templates/a.yaml': template('{{ .image }}') })).toEqual([
      'x/templates/a.yaml:5 {{ .image }} - unknown',
    ]);
    const plain = 'apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: a }] }\n';
    expect(await show({ 'x/templates/a.yaml': plain })).toEqual([
      'x/templates/a.yaml:3 docker.io/library/a latest no',
    ]);
  });
});
