import type { TextEdit } from '../../../../formats/text/edits.ts';

interface ManagedEntry {
  /** `group:artifact`. */
  readonly name: string;
  readonly safe: string;
}

/**
 * Adds versions to the dependencyManagement of a pom, which is made where there is none; null where
 * the text does not show where. Profiles have one of their own, so what is in them is left out.
 */
export function manageVersion(pom: string, entries: readonly ManagedEntry[]): TextEdit | null {
  const profiles = pom.indexOf('<profiles>');
  const own = profiles === -1 ? pom : pom.slice(0, profiles);
  const management = own.indexOf('<dependencyManagement>');
  const mark = '<dependencies>';
  if (management !== -1) {
    const at = own.indexOf(mark, management);
    if (at === -1 || at > own.indexOf('</dependencyManagement>', management)) return null;
    const start = at + mark.length;
    return { start, end: start, text: `\n${write(entries, '      ')}`.trimEnd() };
  }
  const at = profiles === -1 ? pom.lastIndexOf('</project>') : profiles;
  if (at === -1) return null;
  const start = pom.lastIndexOf('\n', at) + 1;
  // The end of the project may be on the line of something else.
  if (pom.slice(start, at).trim() !== '') return null;
  const list = `    <dependencies>\n${write(entries, '      ')}    </dependencies>\n`;
  const text = `  <dependencyManagement>\n${list}  </dependencyManagement>\n`;
  return { start, end: start, text };
}

function write(entries: readonly ManagedEntry[], indent: string): string {
  return entries
    .map(({ name, safe }) => {
      const [group = '', artifact = ''] = name.split(':');
      const inner = [
        `  <groupId>${group}</groupId>`,
        `  <artifactId>${artifact}</artifactId>`,
        `  <version>${safe}</version>`,
      ];
      const lines = ['<dependency>', ...inner, '</dependency>'];
      return lines.map((line) => `${indent}${line}\n`).join('');
    })
    .join('');
}
