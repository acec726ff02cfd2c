/** The keys under which Kubernetes, Argo, Tekton, Helm and others name an image. */
const IMAGE_KEYS = ['image:', '"image":', "'image':"];

/** Whether a text of YAML names an image that no digest fixes. */
export function namesLooseImage(text: string): boolean {
  if (!text.includes('image')) return false;
  // Line by line: all of them at once would hold a large file several times over.
  for (let start = 0; start < text.length; ) {
    const end = findLineEnd(text, start);
    const next = stripLine(text.slice(end + 1, findLineEnd(text, end + 1)));
    if (isLooseImage(stripLine(text.slice(start, end)), next)) return true;
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
