import { findNode, listItems, readScalar, type YamlNode } from '../../../formats/yaml/trees.ts';
import type { CollectedManifest } from '../collected-manifest.ts';

export function isKustomization(name: string): boolean {
  return /^(?:kustomization\.ya?ml|Kustomization)$/.test(name);
}

/** Replaced images, resources from elsewhere and charts of one kustomization. */
export function readKustomization(root: YamlNode, collected: CollectedManifest): void {
  for (const image of listItems(findNode(root, 'images'))) readImage(image, collected);
  for (const key of ['resources', 'bases', 'components', 'crds', 'generators', 'transformers'])
    for (const node of listItems(findNode(root, key))) {
      const text = readScalar(node);
      if (text === null) continue;
      if (isRemote(text)) collected.addAddress(node, text);
      else collected.addPath(node, text, 'kubernetes');
    }
  for (const chart of listItems(findNode(root, 'helmCharts'))) readChart(chart, collected);
}

/**
 * `images: [{ name, newName, newTag, digest, tagSuffix }]`: a new tag or a suffix takes the digest
 * of a resource away, and a digest counts before a tag.
 */
function readImage(image: YamlNode, collected: CollectedManifest): void {
  const read = (key: string): string | null => readScalar(findNode(image, key)) || null;
  const [name, newTag, digest] = [read('name'), read('newTag'), read('digest')];
  const suffix = read('tagSuffix');
  const node = ['digest', 'newTag', 'newName', 'tagSuffix']
    .map((key) => findNode(image, key))
    .find((one) => readScalar(one));
  if (name === null || node === undefined || node === null) return;
  const tag = newTag === null ? '' : `:${newTag}`;
  const text = `${read('newName') ?? name}${digest === null ? tag : `@${digest}`}`;
  // mutant kustomization-that-takes-the-digest-away by kubernetes: value -> null
  const loose = suffix !== null && digest === null ? 'its suffix takes the digest away' : null;
  collected.addImage(node, {
    text,
    written: text,
    // kustomize takes a tag with a digest behind it.
    ...(digest === null && newTag !== null ? { pinAt: newTag } : {}),
    open: newTag === null && digest === null ? (loose ?? 'the resources decide its tag') : loose,
    notes: [`it replaces ${name}`],
  });
}

function readChart(chart: YamlNode, collected: CollectedManifest): void {
  const read = (key: string): string | null => readScalar(findNode(chart, key));
  const [name, repository, version] = [read('name'), read('repo'), read('version')];
  // Without a repository it is a folder of this tree.
  if (name === null || repository === null) return;
  const isExact = version !== null && /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version);
  collected.addSource(chart, {
    ecosystem: 'helm',
    name,
    version,
    requested: `${name} ${version ?? ''}`.trim(),
    pinned: isExact ? 'yes' : 'no',
    why: isExact ? 'its version is named; nothing records its hash' : 'no exact version is named',
    address: repository,
    recorded: false,
    remedy: 'name its exact version',
  });
}

/** As kustomize tells them from paths: an address, or a repository by its host. */
function isRemote(text: string): boolean {
  return (
    /^(?:\w[\w+.-]*:\/\/|git@|git::)/.test(text) ||
    /^(?:github\.com|gitlab\.com|bitbucket\.org|dev\.azure\.com)[/:]/.test(text) ||
    /[?&](?:ref|version)=/.test(text)
  );
}
