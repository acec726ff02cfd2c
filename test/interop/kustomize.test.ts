import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readKubernetes } from '../../src/capabilities/ecosystems/kubernetes/kubernetes.ts';
import { orThrow } from '../../src/core/result.ts';
import { peer } from '../support/peer.ts';

const kubectl = peer('kubectl');
const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

/** Images of a pod, by their names, and what a kustomization writes in their place. */
const ENTRIES = [
  { name: 'a', image: 'a:1', entry: 'newTag: "2"' },
  { name: 'b', image: `b@${DIGEST}`, entry: 'newTag: "2"' },
  { name: 'c', image: 'c:1', entry: `digest: "${OTHER}"` },
  { name: 'd', image: 'd:1', entry: `newTag: "2", digest: "${OTHER}"` },
  { name: 'e', image: 'e:1', entry: `newName: registry.example.com/e, digest: "${OTHER}"` },
  { name: 'f', image: 'f:1', entry: `newTag: "2@${OTHER}"` },
  { name: 'g', image: 'g:1', entry: 'newName: h, newTag: "3"' },
];

const listPins = (file: string, text: string): readonly string[] =>
  orThrow(readKubernetes(file, new TextEncoder().encode(text))).dependencies.map(
    ({ name, pinned }) => `${name} ${pinned}`,
  );

describe.skipIf(kubectl === null)('kubectl kustomize', () => {
  it('D11 D20: runs the images that we read from a kustomization, with the same pins', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
    try {
      const containers = ENTRIES.map(
        ({ name, image }) => `    - { name: ${name}, image: "${image}" }\n`,
      ).join('');
      const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n';
      const images = ENTRIES.map(({ name, entry }) => `  - { name: ${name}, ${entry} }\n`).join('');
      const kustomization = `resources: [pod.yaml]\nimages:\n${images}`;
      writeFileSync(join(folder, 'pod.yaml'), pod + containers);
      writeFileSync(join(folder, 'kustomization.yaml'), kustomization);
      const built = execFileSync(kubectl ?? '', ['kustomize', folder], { encoding: 'utf8' });
      const ours = listPins('kustomization.yaml', kustomization);
      expect(ours).toEqual(listPins('built.yaml', built));
      expect(ours).toHaveLength(ENTRIES.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
