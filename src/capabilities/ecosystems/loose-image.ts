import { trimCharacters } from '../../formats/text/cut.ts';

/** The keys under which Kubernetes, Argo, Tekton, Helm and others name an image. */
const IMAGE_KEYS = ['image:', '"image":', "'image':"];

/** Whether a text of YAML names an image that no digest fixes. */
export function namesLooseImage(text: string): boolean {
  if (!text.includes('image')) return false;
  // Line by line: all of them at once would hold a large file several times over.
  for (let start = 0; start < text.length; ) {
    const end = findLineEnd(text, start);
    const next = stripLine(text.slice(end + 1, findLineEnd(text, end + 1)));
    const line = text.slice(start, end);
    // mutant loose-image-in-a-flow by named-in-content: operand 2 -> false
    if (isLooseImage(stripLine(line), next) || findInFlow(line)) return true;
    start = end + 1;
  }
  return false;
}

function isLooseImage(line: string, next: string): boolean {
  const key = IMAGE_KEYS.find((one) => line.startsWith(one));
  if (key === undefined) return false;
  const value = line.slice(key.length).trim();
  // Helm writes the parts of a name below the key.
  const isInParts = value === '' && IMAGE_PARTS.some((part) => next.startsWith(part));
  // mutant loose-image-in-yaml by named-in-content: value -> isInParts
  return isInParts || (value !== '' && !value.startsWith('#') && !value.includes('@sha256:'));
}

/** YAML also writes a map in one line: `{name: web, image: "nginx:1.27"}` (YAML 1.2 §7.4). */
function findInFlow(line: string): boolean {
  for (const key of IMAGE_KEYS)
    for (let at = line.indexOf(key); at !== -1; at = line.indexOf(key, at + 1)) {
      const before = line.slice(Math.max(0, at - BEFORE_MAX), at).trimEnd();
      const isKey = before.endsWith('{') || before.endsWith(',');
      if (isKey && isNameInFlow(line.slice(at + key.length, at + key.length + NAME_MAX)))
        return true;
    }
  return false;
}

/** The name up to the next entry of the map; prose has several words. */
function isNameInFlow(rest: string): boolean {
  const value = rest.trimStart();
  if (value.startsWith('{')) return !/@?sha256:/.test(value);
  const [name = ''] = value.split(/[,}]/);
  const word = trimCharacters(name.trim(), `"'`);
  return /^[^\s]+$/.test(word) && !word.includes('@sha256:');
}

/** Blanks before a key, and a name behind it: more of a line is not looked at. */
const BEFORE_MAX = 80;
const NAME_MAX = 600;

function findLineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

const IMAGE_PARTS = ['repository:', 'registry:', 'name:', 'tag:'];

/** Without its indentation and the hyphens of a list. */
function stripLine(line: string): string {
  let at = 0;
  while (at < line.length && (line[at] === ' ' || line[at] === '-' || line[at] === '\t')) at++;
  return line.slice(at);
}
