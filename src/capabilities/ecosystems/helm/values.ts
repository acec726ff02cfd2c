import {
  findNode,
  listEntries,
  listItems,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';

/** An image that values name, by the conventions of charts. */
export interface ValuesImage {
  readonly text: string;
  /** Where its name begins. */
  readonly node: YamlNode;
  /** The map that is one image, or the text. */
  readonly owner: YamlNode;
  /** Whether its last part is a tag that a template adds. */
  readonly lacksTag: boolean;
}

/**
 * `image: name:tag`, `image: name` beside `tag`, and maps with `repository`, `registry`, `tag` and
 * `digest`.
 */
export function listValuesImages(root: YamlNode): readonly ValuesImage[] {
  const found: ValuesImage[] = [];
  const walk = (node: YamlNode, key: string): void => {
    const image = readImage(node, key);
    if (image !== null) found.push(image);
    for (const item of listItems(node)) walk(item, key);
    for (const [name, value] of listEntries(node)) {
      const text = readScalar(value)?.trim() ?? '';
      if (/^image$|Image$/.test(name) && text !== '') found.push(readText(node, value, text));
      else walk(value, name);
    }
  };
  walk(root, '');
  return found;
}

function readText(owner: YamlNode, node: YamlNode, text: string): ValuesImage {
  const tag = readScalar(findNode(owner, 'tag')) ?? readScalar(findNode(owner, 'imageTag'));
  const isWhole = hasTag(text);
  const whole = isWhole || tag === null || tag === '' ? text : `${text}:${tag}`;
  return { text: whole, node, owner: node, lacksTag: false };
}

/** A `repository` may also be one of charts or of git: a tag or its name shows that it is none. */
function readImage(node: YamlNode, key: string): ValuesImage | null {
  const read = (name: string): string => readScalar(findNode(node, name))?.trim() ?? '';
  const place = findNode(node, 'repository');
  const repository = read('repository');
  if (place === null || repository === '' || /^\w+:\/\//.test(repository)) return null;
  const hasParts = findNode(node, 'tag') !== null || findNode(node, 'digest') !== null;
  if (!hasParts && !/image/i.test(key)) return null;
  const registry = read('registry') === '' ? '' : `${read('registry')}/`;
  const tag = read('tag') === '' ? '' : `:${read('tag')}`;
  const digest = /^sha256:[0-9a-f]{64}$/.test(read('digest')) ? `@${read('digest')}` : '';
  return {
    text: `${registry}${repository}${digest === '' ? tag : ''}${digest}`,
    node: place,
    owner: node,
    lacksTag: tag === '' && digest === '' && !hasTag(repository),
  };
}

function hasTag(text: string): boolean {
  return text.includes('@') || text.lastIndexOf(':') > text.lastIndexOf('/');
}
